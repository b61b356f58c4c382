//! What cannot be built is told before anything is changed.

use serde_json::{Value, json};

use crate::stage::Stage;

#[test]
fn a_record_without_its_members_is_refused() {
    let lab = tests::Lab::new();
    let run = |verb: &str, record: &Value| {
        lab.tool("gd-fleet").args([verb]).env("GD_WORKER", "/bin/true").record(record).run()
    };
    for verb in ["up", "status", "down"] {
        run(verb, &json!({"schema": "ail/1"})).exits(65).stdout("").stderr(
            "gd-fleet: the record has no member `network`\n  next: make it with `gd-vpc up`\n",
        );
    }
    for verb in ["verify", "repair"] {
        run(verb, &json!({"schema": "ail/1"})).exits(65).stdout("").stderr(
            "gd-fleet: the record has no member `fleet`\n  next: make it with `gd-fleet up`\n",
        );
    }
    let empty = lab.tool("gd-fleet").args(["up"]).stdin("").run().exits(65);
    assert!(empty.stderr_text().contains("it is empty"), "{empty:#?}");
    assert_eq!(lab.calls(), [""; 0]);
}

#[test]
fn options_that_cannot_be_are_refused() {
    let lab = tests::Lab::new();
    let record = json!({"schema": "ail/1"});
    for wrong in [
        &["up", "--worker-setting", "jobs=3"][..],
        &["up", "--worker-setting", "GD_JOBS"],
        &["up", "--instance-type", "big"],
        &["up", "--min", "5", "--max", "4"],
        &["up", "--max", "0"],
        &["up", "--team", "Red"],
        &["scale"],
        &["scale", "4..1"],
        &["scale", "many"],
    ] {
        let tool = lab.tool("gd-fleet").args(wrong).env("GD_WORKER", "/bin/true");
        tool.record(&record).run().exits(2).stdout("");
    }
    let missing = lab.tool("gd-fleet").args(["up", "--worker", "/nowhere"]).record(&record);
    missing.run().exits(65).stdout("").stderr(
        "gd-fleet: cannot read the worker /nowhere\n  No such file or directory (os error 2)\n  \
         next: name its binary with --worker\n",
    );
    assert_eq!(lab.calls(), [""; 0]);
}

#[test]
fn a_strangers_role_is_not_taken_over() {
    let stage = Stage::new();
    let role = stage.name("BatchProcessing");
    stage.lab.aws(&[
        "iam",
        "create-role",
        "--role-name",
        &role,
        "--assume-role-policy-document",
        "{}",
    ]);
    let ran = stage.fleet(&stage.record, &["up"]).run().exits(73).stdout("");
    assert!(ran.stderr_text().contains("the name of the role is taken by"), "{ran:#?}");
    assert_eq!(stage.lab.mutating_calls(), [""; 0]);
}

#[test]
fn a_worker_that_does_not_run_is_told_with_its_reason_and_leaves_no_instance() {
    let stage = Stage::new();
    stage.worker("worker", "#!/bin/sh\necho wrong system\nexit 1\n");
    let ran = stage.fleet(&stage.record, &["up"]).run().exits(1).stdout("");
    let told = ran.stderr_text();
    assert!(told.contains("the worker was not installed on i-…"), "{told}");
    assert!(told.contains("wrong system"), "{told}");
    stage.fleet(&stage.record, &["down", "--yes"]).run().exits(0);
}
