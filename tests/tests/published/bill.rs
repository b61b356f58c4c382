//! The bill of materials as a file of the release.

use serde_json::{Value, json};
use tests::Ran;

use crate::stage::{Release, SERVED};

const IMAGE: &str = "ami-0123456789abcdef0";

/// A bill by the schema, of one package.
fn bill(version: &str) -> String {
    let purl = format!("pkg:deb/debian/adduser@{version}?arch=all");
    json!({
        "bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1,
        "serialNumber": "urn:uuid:2ed6657d-e927-568b-95e1-2665a8aea6a2",
        "metadata": {"component": {"type": "operating-system", "bom-ref": "image", "name": "ai-lab"}},
        "components": [{
            "type": "library", "bom-ref": purl, "name": "adduser", "version": version, "purl": purl,
        }],
    })
    .to_string()
}

impl Release {
    fn bill_name(&self) -> String {
        format!("ai-lab-{}.cdx.json", self.lab.asset_id())
    }

    /// The file that the record's inventory names.
    fn bill_file(&self) -> std::path::PathBuf {
        self.lab.home().join("bill.cdx.json")
    }

    /// What `ail-provision inventory` adds.
    fn with_inventory(mut self, content: &str) -> Self {
        let file = self.bill_file();
        std::fs::write(&file, content).expect("it can be written");
        let sha256 = self.shell("sha256sum < bill.cdx.json | cut -c -64").exits(0);
        self.record["inventory"] = json!({
            "file": file, "sha256": sha256.stdout_text().trim(), "packages": {"deb": 1, "pypi": 0},
        });
        self.record["image"] = json!({"id": IMAGE, "name": "n", "state": "available", "snapshots": [], "public": false});
        self
    }

    fn published(&self) -> Ran {
        let name = self.bill_name();
        self.shell(&format!("curl -sSf -D headers '{}'", self.url(&name))).exits(0)
    }
}

fn without_inventory(record: &Value) -> Value {
    let mut record = record.clone();
    record.as_object_mut().expect("a record").remove("inventory");
    record
}

#[test]
fn the_bill_is_signed_and_published_with_the_disks() {
    let content = bill("3.134");
    let mut release = Release::new().with_inventory(&content);
    let signed = release.sign().record();
    let name = release.bill_name();
    assert_eq!(
        signed["bill"],
        json!({
            "bucket": SERVED.bucket, "key": release.key(&name), "bytes": content.len(),
            "sha256": release.record["inventory"]["sha256"], "url": release.url(&name),
        })
    );
    // Readers that are not ours: curl, sha256sum, CycloneDX's own library, the aws CLI.
    release.published().stdout(&content);
    let headers = std::fs::read_to_string(release.lab.home().join("headers")).expect("headers");
    let of_type = "content-type: application/vnd.cyclonedx+json; version=1.6";
    assert!(headers.to_lowercase().contains(of_type), "{headers}");
    let sum = format!("curl -sSf '{}' | grep -F '{name}'", release.url("SHA256SUMS"));
    let sum = release.shell(&format!("{sum} | sed 's/  .*/  bill.cdx.json/' | sha256sum -c"));
    sum.exits(0).stdout("bill.cdx.json: OK\n");
    assert_eq!(release.lab.bill(&release.bill_file()), ["deb adduser 3.134 all"]);
    let of = ["--bucket", &SERVED.bucket, "--key", &release.key(&name)];
    let tags = release.lab.aws(&[&["s3api", "get-object-tagging"][..], &of].concat());
    let keys: Vec<_> =
        tags["TagSet"].as_array().expect("tags").iter().map(|tag| &tag["Key"]).collect();
    assert_eq!(keys, ["ail:asset-id", "ail:tool", "ail:run"]);

    let lines = release.verify(&signed).exits(0).lines();
    let files: Vec<_> = lines.iter().map(|line| line["file"].clone()).collect();
    assert_eq!(files, [json!(name), json!(release.disk()), json!("more.txt")]);

    // Again, also where the file is gone by now, and where the image was there already.
    let calls = release.lab.mutating_calls();
    std::fs::remove_file(release.bill_file()).expect("it is there");
    assert_eq!(release.sign().record(), signed);
    release.record = without_inventory(&release.record);
    assert_eq!(release.sign().record(), without_inventory(&signed));
    assert_eq!(release.lab.mutating_calls(), calls);

    // That of another image is not signed for this one.
    release.record["image"]["id"] = json!("ami-0fedcba9876543210");
    release.sign().exits(73).stdout("").stderr(
        "ail-export: cannot sign the exports of ID in s3://BUCKET (eu-central-1)
  s3://BUCKET/ai_lab/ID/ai-lab-ID.cdx.json tells what is inside ami-…, not ami-…
  the record has no inventory of its own: the image was there already
  next: remove it (`aws s3 rm 's3://BUCKET/ai_lab/ID/ai-lab-ID.cdx.json'`), or sign the record of ami-…
",
    );
    assert_eq!(release.lab.mutating_calls(), calls);
}

#[test]
fn a_flipped_byte_of_the_bill_is_found_and_signing_again_mends_it() {
    let release = Release::new().with_inventory(&bill("3.134"));
    let signed = release.sign().record();
    release.verify(&signed).exits(0);
    release.flip(&release.bill_name(), 5);
    let found = release.verify(&signed).exits(1);
    let results: Vec<_> = found.lines().iter().map(|line| line["result"].clone()).collect();
    assert_eq!(results, ["differs", "verified", "verified"]);
    let wrong = "1 of 3 files beside https://ADDRESS/ai_lab/ID/SHA256SUMS are wrong";
    assert!(found.stderr_text().contains(wrong), "{found:#?}");
    let sum = signed["bill"]["sha256"].as_str().expect("a sum");
    assert!(found.stderr_raw().contains("cdx.json: its SHA-256 is "), "{found:#?}");
    assert!(found.stderr_raw().contains(&format!(", signed is {sum}\n")), "{found:#?}");

    assert_eq!(release.sign().record(), signed);
    release.verify(&signed).exits(0);

    // Another one in its place: CloudFront forgets the old one, and the sums follow.
    let release = release.with_inventory(&bill("3.135"));
    let calls = release.lab.mutating_calls().len();
    let plan = release.lab.tool("ail-export").args(["sign", "--dry-run", "--quiet"]);
    let plan = plan.args(["--secret-key", &release.key_pair().0]).record(&release.record).run();
    let told = format!("would write s3://{}/{}", SERVED.bucket, release.key(&release.bill_name()));
    assert!(plan.exits(0).stdout_text().contains(&told));
    let resigned = release.sign().record();
    let made = release.lab.mutating_calls().split_off(calls);
    let expected =
        ["PutObject", "CreateInvalidation", "PutObject", "PutObject", "CreateInvalidation"];
    assert_eq!(made, expected);
    release.verify(&resigned).exits(0);
}

#[test]
fn a_file_that_is_another_one_or_gone_changes_nothing() {
    let release = Release::new().with_inventory(&bill("3.134"));
    std::fs::write(release.bill_file(), "{}").expect("it can be written");
    let next = "put the file of that run back to HOME/bill.cdx.json; or take the member inventory \
                out of the record (`jq 'del(.inventory)'`), and no bill is added to the release";
    let first = "ail-export: cannot sign the exports of ID in s3://BUCKET (eu-central-1)";
    release.sign().exits(65).stdout("").stderr(&format!(
        "{first}
  HOME/bill.cdx.json is not what the record says
  its SHA-256 is {}, the record's {}
  next: {next}
",
        release.sha256("{}"),
        release.record["inventory"]["sha256"].as_str().expect("a sum")
    ));
    std::fs::remove_file(release.bill_file()).expect("it is there");
    release.sign().exits(66).stdout("").stderr(&format!(
        "{first}
  cannot read the bill of materials HOME/bill.cdx.json
  No such file or directory (os error 2)
  next: {next}
"
    ));
    assert_eq!(release.lab.mutating_calls(), [""; 0]);

    // As is said: without it, the release has no bill, and says so.
    let (secret, _) = release.key_pair();
    let tool = release.lab.tool("ail-export").args(["sign", "--secret-key", &secret]);
    let signed = tool.record(&without_inventory(&release.record)).run().exits(0);
    let said = "without a bill of materials: neither the record nor \
                s3://BUCKET/ai_lab/ID/ai-lab-ID.cdx.json has one";
    assert!(signed.stderr_text().contains(said), "{signed:#?}");
    assert_eq!(signed.record()["bill"], Value::Null);
}
