//! Wrong arguments and records.

use serde_json::json;
use tests::Lab;

use crate::place::NOTHING;

#[test]
fn wrong_arguments_and_records_are_refused_before_any_call() {
    let lab = Lab::new();
    let tool = || lab.tool("ail-export");
    let ran = tool().args(["run", "--format", "qcow2"]).run().exits(2).stdout("");
    assert!(ran.stderr_raw().contains("[possible values: vmdk, vhd, raw]"), "{ran:#?}");
    let ran = tool().args(["run", "--role", "arn:aws:iam::1:role/x"]).run().exits(2).stdout("");
    assert!(ran.stderr_raw().contains("give the role's name, not its path or ARN"), "{ran:#?}");
    tool()
        .args(["run"])
        .record(&json!({"schema": "ail/1", "asset_id": "x"}))
        .run()
        .exits(65)
        .stderr(
            "ail-export: the record has no member `image`
  next: make it with `ail-ami create`, or give --image-id
",
        );
    tool().args(["status"]).record(&json!({"schema": "ail/1"})).run().exits(2).stderr(
        "ail-export: it is not said whose export tasks are meant
  next: give --asset-id or --image-id, or a record on stdin
",
    );
    assert_eq!(lab.calls(), NOTHING);
}
