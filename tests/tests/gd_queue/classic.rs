//! `--classic`: what the instructions of 2014 say, read back by the aws CLI and boto3.

use serde_json::{Value, json};
use tests::{Cloud, Fault};

use crate::stage::Stage;

const EVERYBODY: &str = "http://acs.amazonaws.com/groups/global/AllUsers";

fn bucket(record: &Value) -> &str {
    record["queues"]["bucket"]["name"].as_str().expect("a name")
}

/// What everybody may do, by an access control list.
fn public(acl: &Value) -> Vec<&str> {
    let grants = acl["Grants"].as_array().expect("a list").iter();
    let everybodys = grants.filter(|grant| grant["Grantee"]["URI"] == EVERYBODY);
    everybodys.filter_map(|grant| grant["Permission"].as_str()).collect()
}

#[test]
fn the_instructions_of_2014_are_followed_and_called_unwise() {
    let stage = Stage::empty();
    let ran = stage.team(&["up", "--classic"]).run();
    let told = ran.stderr_text();
    for line in [
        "--classic: everybody in the world can list the bucket, and read the montages that",
        "--classic: montages are kept, and paid for, until somebody deletes them\n",
        "--classic: unfinished uploads are kept, and paid for, though nobody can see them\n",
        "--classic: queues are not encrypted, and they and the bucket are reached without TLS too\n",
    ] {
        assert!(told.contains(line), "{line}: {told}");
    }
    let record = ran.record();
    assert_eq!(record["queues"]["classic"], true);
    read_back(&stage, &record);
    stage.team(&["verify"]).record(&record).run().exits(0).stdout("");

    // The choice is in the record.
    let before = stage.lab.mutating_calls().len();
    let again = stage.team(&["up"]).record(&record).run();
    assert!(again.stderr_text().starts_with("--classic: "), "{again:#?}");
    assert_eq!(again.record(), record);
    assert_eq!(stage.lab.mutating_calls().len(), before);

    // It can be taken back, in place.
    let today = stage.team(&["up", "--classic=false"]).record(&record).run().record();
    assert_eq!(bucket(&today), bucket(&record));
    let acl = stage.lab.aws(&["s3api", "get-bucket-acl", "--bucket", bucket(&today)]);
    assert_eq!(public(&acl), [""; 0]);
    stage.team(&["verify"]).record(&today).run().exits(0).stdout("");
}

fn read_back(stage: &Stage, record: &Value) {
    let bucket = bucket(record);
    let acl = stage.lab.aws(&["s3api", "get-bucket-acl", "--bucket", bucket]);
    assert_eq!(public(&acl), ["READ"]);
    let ownership = ["s3api", "get-bucket-ownership-controls", "--bucket", bucket];
    let rules = &stage.lab.aws(&ownership)["OwnershipControls"]["Rules"];
    assert_eq!(rules, &json!([{"ObjectOwnership": "ObjectWriter"}]));
    let read = stage.world("read", &[bucket]);
    for (what, code) in [
        ("block", "NoSuchPublicAccessBlockConfiguration"),
        ("policy", "NoSuchBucketPolicy"),
        ("lifecycle", "NoSuchLifecycleConfiguration"),
    ] {
        assert_eq!(read["bucket"][what], code);
    }
    // Version 1 of the aws CLI knows better than the environment where SQS is.
    let sqs = ["sqs", "get-queue-attributes", "--attribute-names", "All", "--endpoint-url"];
    for role in ["input", "output"] {
        let url = format!("{}/123456789012/{}", Cloud::shared().endpoint(), stage.name(role));
        let arguments = [&sqs[..], &[Cloud::shared().endpoint(), "--queue-url", &url]].concat();
        let told = &stage.lab.aws(&arguments)["Attributes"];
        assert_eq!(
            [&told["SqsManagedSseEnabled"], &told["VisibilityTimeout"], &told["Policy"]],
            [&json!("false"), &json!("90"), &Value::Null],
        );
    }
}

#[test]
fn a_worker_of_2014_makes_montages_that_everybody_can_read() {
    let stage = Stage::empty();
    let record = stage.team(&["up", "--classic"]).run().record();
    let pictures = concat!(env!("CARGO_MANIFEST_DIR"), "/../scripts/pictures");
    let line = format!(
        "coproc SITE {{ exec {pictures}; }}; read -r port <&\"${{SITE[0]}}\"
        echo http://127.0.0.1:$port/a.png | gd-queue send > sent
        gd-worker run --classic --max-jobs 1 --port $port --allow-address 127.0.0.1/32 > worked
        gd-queue results --download montages"
    );
    let ran = stage.shell(&line).env("GD_BUCKET", bucket(&record)).run().exits(0);
    let result = &ran.json();
    assert_eq!((&result["result"], &result["images"]), (&json!("montage"), &json!(1)), "{ran:#?}");
    let (url, key) = (result["url"].as_str(), result["key"].as_str().expect("a key"));
    let plain = |url: &&str| url.ends_with(key) && !url.contains('?');
    assert!(url.filter(plain).is_some(), "a plain link: {url:?}");
    let acl = ["s3api", "get-object-acl", "--bucket", bucket(&record), "--key", key];
    assert_eq!(public(&stage.lab.aws(&acl)), ["READ"]);
    assert!(stage.lab.home().join(result["file"].as_str().expect("a file")).exists());
}

#[test]
fn an_account_that_blocks_public_buckets_is_named() {
    let stage = Stage::empty();
    stage.lab.fault(&Fault {
        service: "s3",
        operation: "PutBucketAcl",
        status: 403,
        code: "AccessDenied",
        ..Fault::default()
    });
    let ran = stage.team(&["up"]).env("GD_CLASSIC", "true").run().exits(77).stdout("");
    let told = ran.stderr_text();
    assert!(told.contains("cannot set acl of the bucket image-bucket-"), "{told}");
    assert!(told.contains("next: if this account's own Block Public Access forbids"), "{told}");
    assert!(told.contains("done before: bucket bucket is made: image-bucket-"), "{told}");
}
