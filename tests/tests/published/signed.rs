//! What `ail-export sign` puts into a bucket in which something lies already.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use serde_json::{Value, json};
use tests::{Fault, Tool};

use crate::stage::{Release, SERVED};

impl Release {
    /// `sign` as a stage of one run.
    fn sign_in(&self, run: &str) -> Tool {
        let (secret, _) = self.key_pair();
        let tool = self.lab.tool("ail-export").args(["sign", "--run", run]);
        tool.args(["--secret-key", &secret]).record(&self.record)
    }

    /// The run of each file that a tool wrote, by its tag.
    fn runs(&self) -> BTreeMap<String, Value> {
        let tag = |name: &str| {
            let of = ["--bucket", &SERVED.bucket, "--key", &self.key(name)];
            let tags = self.lab.aws(&[&["s3api", "get-object-tagging"][..], &of].concat());
            let tags = tags["TagSet"].as_array().expect("tags").clone();
            let run = tags.iter().find(|tag| tag["Key"] == "ail:run");
            run.map_or(Value::Null, |tag| tag["Value"].clone())
        };
        ["SHA256SUMS", "SHA256SUMS.minisig"].map(|name| (name.to_owned(), tag(name))).into()
    }

    fn remove_what_was_made_in(&self, run: &str) {
        let id = self.lab.asset_id();
        let tool = self.lab.tool("ail-assets").args(["rm", "--yes", "--asset-id", &id]);
        tool.args(["--run", run]).run().exits(0);
    }

    fn served(&self, name: &str) -> String {
        let got = self.shell(&format!("curl -sSf '{}'", self.url(name))).exits(0);
        got.stdout_text().to_owned()
    }
}

/// The runs of a release and of what comes after it.
const FIRST: &str = "aaaaaaaa";
const SECOND: &str = "bbbbbbbb";

#[test]
fn a_later_run_that_is_undone_takes_nothing_from_the_release_before_it() {
    let release = Release::new();
    release.sign_in(FIRST).run().exits(0);
    let of_first = release.runs();
    assert_eq!(of_first["SHA256SUMS"], FIRST);
    let before = release.served("SHA256SUMS");

    // Interrupted while it writes: what was there is put back, and is the first run's still.
    let release = release.with_disk("the bytes of another disk");
    let slow = Fault { service: "s3", operation: "PutObject", delay: 4.0, ..Fault::default() };
    release.lab.fault(&slow);
    let mut running = release.sign_in(SECOND).start();
    running.until_says("is completed");
    // The call before the slow one.
    let began = Instant::now();
    while !release.lab.calls().iter().any(|call| call == "GetObjectTagging") {
        assert!(began.elapsed() < Duration::from_secs(60), "it does not write");
        std::thread::sleep(Duration::from_millis(50));
    }
    std::thread::sleep(Duration::from_secs(1));
    running.signal(Signal::SIGINT);
    let ended = running.wait().exits(130).stdout("");
    let undone = "undone: put s3://BUCKET/ai_lab/ID/SHA256SUMS back as it was\n";
    assert!(ended.stderr_text().contains(undone), "{ended:#?}");
    assert_eq!(release.runs(), of_first);
    release.remove_what_was_made_in(SECOND);
    assert_eq!(release.served("SHA256SUMS"), before);

    // And if it ends well: what it wrote anew lies in the place of the first run's.
    let signed = release.sign_in(SECOND).run().record();
    assert_eq!(release.runs(), of_first);
    release.remove_what_was_made_in(SECOND);
    release.verify(&signed).exits(0);
}

#[test]
fn the_disk_of_another_image_is_not_signed_with_the_record_s() {
    let release = Release::new();
    let stray = format!("ai-lab-{}.vmdk", release.lab.asset_id());
    release.put(&stray, "an older disk", true);
    let (bucket, key) = (&SERVED.bucket, release.key(&stray));
    let again = |marks: &str| {
        let from = format!("{bucket}/{key}");
        let to = ["--bucket", bucket, "--key", &key, "--copy-source", &from];
        let marks = ["--metadata-directive", "REPLACE", "--metadata", marks];
        release.lab.aws(&[&["s3api", "copy-object"], &to[..], &marks].concat());
    };
    let of_all = format!("export-task=export-ami-1,sha256={}", release.sha256("an older disk"));
    again(&format!("asset-id={},image-id=ami-0,{of_all}", release.lab.asset_id()));
    release.sign().exits(73).stdout("").stderr(
        "ail-export: cannot sign the exports of ID in s3://BUCKET (eu-central-1)
  s3://BUCKET/ai_lab/ID/ai-lab-ID.vmdk lies among the files of ID: it is an export of ami-0, and the record's are of ami-1
  next: remove it (`aws s3 rm 's3://BUCKET/ai_lab/ID/ai-lab-ID.vmdk'`), then run the same command again
",
    );
    again(&format!("asset-id=another,image-id=ami-1,{of_all}"));
    let refused = release.sign().exits(73).stdout("");
    assert!(refused.stderr_text().contains("it is a disk of another, not of ID"), "{refused:#?}");
    assert_eq!(release.lab.mutating_calls(), [""; 0]);

    release.lab.aws(&["s3api", "delete-object", "--bucket", bucket, "--key", &key]);
    release.sign().exits(0);
}

#[test]
fn a_release_that_is_made_again_after_its_removal_is_not_served_from_the_cache() {
    let release = Release::new();
    let disk = release.disk();
    release.sign().exits(0);
    assert_eq!(release.served(&disk), "the bytes of a disk");
    let id = release.lab.asset_id();
    let rm = release.lab.tool("ail-assets").args(["rm", "--yes", "--asset-id", &id]);
    rm.run().exits(0);
    for name in ["SHA256SUMS", "SHA256SUMS.minisig"] {
        let key = release.key(name);
        let of = ["--bucket", &SERVED.bucket, "--prefix", &key];
        let left = release.lab.aws(&[&["s3api", "list-objects-v2"], &of[..]].concat());
        assert_eq!(left["Contents"], Value::Null, "{name}");
    }

    let release = release.with_disk("the bytes of another disk");
    assert_eq!(release.served(&disk), "the bytes of a disk", "the edge has it still");
    let (secret, _) = release.key_pair();
    let plan = release.lab.tool("ail-export").args(["sign", "--dry-run", "--secret-key", &secret]);
    let plan = plan.record(&release.record).run().exits(0);
    let told = format!("would have {} forget {}\n", SERVED.distribution, release.url("*"));
    assert!(plan.stdout_text().contains(&told), "{plan:#?}");
    let signed = release.sign().record();
    release.verify(&signed).exits(0);
    assert_eq!(release.served(&disk), "the bytes of another disk");
}

#[test]
fn what_cannot_be_signed_is_known_before_there_is_an_image() {
    let release = Release::new();
    let record = json!({"schema": "ail/1", "asset_id": release.lab.asset_id()});
    let check = || release.lab.tool("ail-export").args(["check"]).record(&record);
    let missing = check().args(["--secret-key", "/no/such/key"]).run().exits(65).stdout("");
    assert!(missing.stderr_text().contains("cannot read the key in /no/such/key"), "{missing:#?}");
    let unusable = check().env("AIL_SIGNING_KEY", "RWx").run().exits(65).stdout("");
    let told = "cannot use the secret key of AIL_SIGNING_KEY";
    assert!(unusable.stderr_text().contains(told), "{unusable:#?}");
    assert_eq!(release.lab.calls(), [""; 0]);
    check().args(["--secret-key", "k", "--unsigned"]).run().exits(2).stdout("");

    // A variable that is set to nothing is not set.
    let nothing = ("AIL_SIGNING_KEY_FILE", "");
    check().env(nothing.0, nothing.1).run().exits(0);
    check().env(nothing.0, nothing.1).args(["--unsigned"]).run().exits(0);

    let (secret, public) = release.key_pair();
    let fit = check().args(["--secret-key", &secret]).run().exits(0);
    let told = format!("{public} is the key to sign with\n");
    assert!(fit.stderr_raw().contains(&told), "{fit:#?}");
    assert!(!fit.stdout_text().contains(&public), "the record is passed through as it is");
    release.sign().exits(0);
    check().args(["--unsigned"]).run().exits(73).stdout("").stderr(
        "ail-export: s3://BUCKET/ai_lab/ID/SHA256SUMS.minisig exists already
  sums that are written without a key would not be what it signs
  next: give the key, not --unsigned
",
    );
}
