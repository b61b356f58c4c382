//! The kind vm-bucket: one for all releases, and it stays.

use serde_json::{Value, json};
use tests::Lab;

use crate::stacks::stack;

#[test]
fn the_bucket_is_made_once_and_belongs_to_no_release() {
    let lab = Lab::new();
    let up = |record: &Value| stack(&lab, &["up", "--kind", "vm-bucket"]).record(record).run();
    let record = up(&json!({"schema": "ail/1"})).record();
    let bucket = record["stack"]["outputs"]["BucketName"].as_str().expect("a bucket").to_owned();
    assert_eq!(record["stack"]["name"], "AIL-VM-BUCKET");
    assert_eq!(record["stack"]["kind"], "vm-bucket");
    assert_eq!((&record["key_pair"], &record["instance"]), (&Value::Null, &Value::Null));
    let found = lab.aws(&["cloudformation", "describe-stacks", "--stack-name", "AIL-VM-BUCKET"]);
    let tags = found["Stacks"][0]["Tags"].as_array().expect("a list");
    let keys: Vec<_> = tags.iter().map(|tag| tag["Key"].as_str().expect("text")).collect();
    assert_eq!(keys, ["ail:tool", "ail:run"]);

    let calls = lab.mutating_calls();
    assert_eq!(up(&record).record(), record);
    // A release's own stack stays in the record, to be taken down by it.
    let own = json!({"name": "ail-ec2-x", "id": "arn:x", "status": "CREATE_COMPLETE"});
    let other = json!({"schema": "ail/1", "stack": own});
    assert_eq!(up(&other).record()["stack"], own);
    assert_eq!(lab.mutating_calls(), calls);
    // /dev/null is no record, and none is needed; nor is an asset id.
    let shell = "env -u AIL_ASSET_ID ail-stack up --kind vm-bucket < /dev/null";
    let bare = lab.program("/bin/bash").args(["-c", shell]).run().exits(0).json();
    assert_eq!(bare["stack"], record["stack"]);

    stack(&lab, &["down", "--kind", "vm-bucket"]).run().exits(80).stdout("");
    let down = stack(&lab, &["down", "--kind", "vm-bucket", "--yes"]).record(&record).run();
    let down = down.exits(0);
    let kept = format!("AIL-VM-BUCKET: its template keeps Bucket ({bucket})\n");
    assert!(down.stderr_raw().contains(&kept), "{down:#?}");
    assert_eq!(down.record()["stack"]["status"], "DELETE_COMPLETE");
    lab.aws(&["s3api", "head-bucket", "--bucket", &bucket]);
    lab.aws(&["s3api", "delete-bucket", "--bucket", &bucket]);
}
