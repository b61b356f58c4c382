//! What `ail-export sign` writes, and what `verify` finds of it.

use serde_json::json;

use crate::stage::{Release, SERVED};

#[test]
fn a_signed_release_is_verified_from_outside() {
    let release = Release::new();
    let signed = release.sign().record();
    let (_, public) = release.key_pair();
    assert_eq!(
        signed["checksums"],
        json!({
            "bucket": SERVED.bucket,
            "key": release.key("SHA256SUMS"),
            "url": release.url("SHA256SUMS"),
            "signature": {
                "key": release.key("SHA256SUMS.minisig"),
                "url": release.url("SHA256SUMS.minisig"),
                "public_key": public,
            },
        })
    );
    assert_eq!(signed["exports"], release.record["exports"]);

    // Readers that are not ours: sha256sum, curl, and the signature by Python's cryptography.
    let sums = format!(
        "{}  {}\n{}  more.txt\n",
        release.sha256("the bytes of a disk"),
        release.disk(),
        release.sha256("{}")
    );
    let script = format!(
        "for f in SHA256SUMS SHA256SUMS.minisig {0} more.txt; do curl -sSf -o $f '{1}'/$f; done; \
         sha256sum --quiet --strict --check SHA256SUMS && cat SHA256SUMS",
        release.disk(),
        release.url("").trim_end_matches('/')
    );
    release.shell(&script).exits(0).stdout(&sums);
    let comment = release.lab.reader("minisign.py").args([&public, "SHA256SUMS"]).run().exits(0);
    let id = release.lab.asset_id();
    assert!(comment.stdout_text().ends_with(&format!("\tasset-id:{id}\n")), "{comment:#?}");
    for name in ["SHA256SUMS", "SHA256SUMS.minisig"] {
        let key = release.key(name);
        let of = ["--bucket", &SERVED.bucket, "--key", &key];
        let tags = release.lab.aws(&[&["s3api", "get-object-tagging"][..], &of].concat());
        assert_eq!(tags["TagSet"][0], json!({"Key": "ail:asset-id", "Value": id}));
    }

    // Without credentials, and without a record.
    let tool = release.lab.tool("ail-export").args(["verify", "--quiet", "--public-key", &public]);
    let tool = tool.env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_SECRET_ACCESS_KEY");
    let tool = tool.args(["--url", &release.url("SHA256SUMS")]);
    for ran in [tool.run(), release.verify(&signed)] {
        let lines = ran.exits(0).lines();
        let results: Vec<_> = lines.iter().map(|line| (&line["file"], &line["result"])).collect();
        let disk = json!(release.disk());
        assert_eq!(
            results,
            [(&disk, &json!("verified")), (&json!("more.txt"), &json!("verified"))]
        );
    }

    // Whose key it is, only who got it in another way can tell.
    let verify = |more: &[&str]| {
        let tool = release.lab.tool("ail-export").args(["verify"]).args(more);
        tool.record(&signed).run().exits(0).stderr_text()
    };
    let own = format!(
        "https://ADDRESS/ai_lab/ID/SHA256SUMS of the release ID is signed by the record's own key \
         {public}; whose that is, only --public-key tells\n"
    );
    assert_eq!(verify(&[]).matches(&own).count(), 1);
    let given =
        "https://ADDRESS/ai_lab/ID/SHA256SUMS of the release ID is signed by the key given\n";
    assert!(verify(&["--public-key", &public]).contains(given));

    // The sums of one release are not those of another one.
    let other = release.lab.tool("ail-export").args(["verify", "--asset-id", "another"]);
    other.record(&signed).run().exits(1).stdout("").stderr(
        "ail-export: https://ADDRESS/ai_lab/ID/SHA256SUMS was signed for the release ID, not another\n",
    );

    // Again: nothing is changed.
    let calls = release.lab.mutating_calls();
    assert_eq!(release.sign().record(), signed);
    assert_eq!(release.lab.mutating_calls(), calls);
}

#[test]
fn one_flipped_byte_is_found_wherever_it_is() {
    let release = Release::new();
    let signed = release.sign().record();
    release.flip(&release.disk(), 3);
    let found = release.verify(&signed).exits(1);
    let results: Vec<_> = found.lines().iter().map(|line| line["result"].clone()).collect();
    assert_eq!(results, ["differs", "verified"]);
    found.stderr(&format!(
        "ail-export: 1 of 2 files beside {} are wrong\n  \
         {}: its SHA-256 is {}, signed is {}\n  \
         next: do not use them; `ail-export run` and `sign` publish a release again\n",
        "https://ADDRESS/ai_lab/ID/SHA256SUMS",
        "ai-lab-ID.vhd",
        release.sha256("the!bytes of a disk"),
        release.sha256("the bytes of a disk")
    ));

    let release = Release::new();
    let signed = release.sign().record();
    release.flip("SHA256SUMS", 3);
    let found = release.verify(&signed).exits(1).stdout("");
    found.stderr(
        "ail-export: https://ADDRESS/ai_lab/ID/SHA256SUMS is not what the key signed
  https://ADDRESS/ai_lab/ID/SHA256SUMS.minisig: Signature verification failed
  the sums, their signature or the key is another one
  next: do not use the release; `ail-export sign` signs it again
",
    );

    // Signing again mends the sums, and after that the signature.
    release.sign().record();
    release.verify(&signed).exits(0);
    release.flip("SHA256SUMS.minisig", 100);
    let found = release.verify(&signed).exits(1).stdout("");
    assert!(found.stderr_raw().contains("SHA256SUMS is not what the key signed"), "{found:#?}");
    release.sign().record();
    release.verify(&signed).exits(0);
}

#[test]
fn a_disk_that_was_replaced_is_forgotten_by_cloudfront() {
    let release = Release::new();
    let before = release.sign().record();
    release.verify(&before).exits(0);
    let release = release.with_disk("the bytes of another disk");
    let plan = release.lab.tool("ail-export").args(["sign", "--unsigned", "--dry-run"]);
    plan.record(&release.record).run().exits(73);

    let signed = release.sign().record();
    let calls = release.lab.mutating_calls();
    let last = ["CreateInvalidation", "PutObject", "PutObject", "CreateInvalidation"];
    assert_eq!(calls[calls.len() - 4..], last);
    release.verify(&signed).exits(0);
    // The record of before is that of another disk.
    let old = release.verify(&before).exits(1);
    assert!(old.stderr_raw().contains("25 bytes came, the record says 19"), "{old:#?}");
}

#[test]
fn what_is_missing_is_said_before_anything_is_called() {
    let release = Release::new();
    let sign = || release.lab.tool("ail-export").args(["sign"]);
    sign().record(&release.record).run().exits(2).stdout("").stderr(
        "ail-export: no key to sign with is given
  next: give --secret-key FILE, or set AIL_SIGNING_KEY (`ail-export keygen FILE` makes one); \
         or give --unsigned
",
    );
    let bad = sign().env("AIL_SIGNING_KEY", "RWx").record(&release.record).run().exits(65);
    assert!(bad.stderr_raw().contains("cannot use the secret key of AIL_SIGNING_KEY"), "{bad:#?}");
    let mut elsewhere = release.record.clone();
    elsewhere["exports"][0]["key"] = json!("ai_lab/other/disk.vhd");
    sign().args(["--unsigned"]).record(&elsewhere).run().exits(65).stdout("");
    sign()
        .args(["--unsigned"])
        .record(&json!({"schema": "ail/1", "asset_id": "1"}))
        .run()
        .exits(65);
    assert_eq!(release.lab.calls(), [""; 0]);

    let verify =
        |arguments: &[&str]| release.lab.tool("ail-export").args(["verify"]).args(arguments);
    let (_, public) = release.key_pair();
    let nothing = verify(&["--public-key", &public]).run().exits(2).stdout("");
    assert!(nothing.stderr_raw().contains("it is not said what to verify"), "{nothing:#?}");
    let url = release.url("SHA256SUMS");
    verify(&["--url", &url]).run().exits(2).stdout("");
    verify(&["--url", &url, "--public-key", "RWx"]).run().exits(2).stdout("");
    let unpublished = verify(&["--url", &url, "--public-key", &public]).run().exits(66).stdout("");
    assert!(unpublished.stderr_raw().contains("is not published: HTTP 403"), "{unpublished:#?}");
    let gone = verify(&["--url", "https://127.0.0.1:9/SHA256SUMS", "--public-key", &public]);
    gone.run().exits(69).stdout("");
}

#[test]
fn a_key_comes_from_the_environment_and_may_be_encrypted() {
    let release = Release::new();
    let file = release.lab.out().with_extension("locked");
    let path = file.to_str().expect("text");
    let tool = || release.lab.tool("ail-export");
    let password = ("AIL_SIGNING_PASSWORD", "of the key");
    let made = tool().args(["keygen", path]).env(password.0, password.1).run().exits(0);
    let secret = std::fs::read_to_string(&file).expect("the key");
    let sign = || tool().args(["sign", "--quiet"]).env("AIL_SIGNING_KEY", &secret);
    let refused = sign().record(&release.record).run().exits(65);
    let told = "it is encrypted, and AIL_SIGNING_PASSWORD has no password";
    assert!(refused.stderr_raw().contains(told), "{refused:#?}");
    let wrong = sign().env(password.0, "another one").record(&release.record).run().exits(65);
    assert!(wrong.stderr_raw().contains("Wrong password for that key"), "{wrong:#?}");
    let signed = sign().env(password.0, password.1).record(&release.record).run().record();
    assert_eq!(signed["checksums"]["signature"]["public_key"], made.stdout_text().trim());
    assert!(!signed.to_string().contains(secret.lines().nth(1).expect("the key")));
    let again = tool().args(["keygen", path]).run().exits(73).stdout("");
    again.stderr(
        "ail-export: HOME/out.locked exists already
  next: a lost key cannot be made again: choose another file
",
    );
}
