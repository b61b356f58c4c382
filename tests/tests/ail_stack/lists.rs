//! `kinds`, `diff` and `status`.

use serde_json::{Value, json};
use tests::Lab;

use crate::stacks::{net, stack};

#[test]
fn kinds_are_shown_without_any_call() {
    let lab = Lab::new();
    let lines = stack(&lab, &["kinds"]).run().exits(0).lines();
    assert_eq!(lab.calls(), [""; 0]);
    let of = |kind: &str, parameter: Value| {
        lines.iter().find(|line| line["kind"] == kind && line["parameter"] == parameter)
    };
    let description = |line: Option<&Value>| line.expect("a line")["description"].clone();
    let ec2 = description(of("ec2", Value::Null));
    assert!(ec2.as_str().expect("text").ends_with("Passes with its run."), "{ec2}");
    let bucket = description(of("vm-bucket", Value::Null));
    assert!(bucket.as_str().expect("text").ends_with("named AIL-VM-BUCKET."), "{bucket}");
    let size = of("ec2", json!("VolumeSize")).expect("a parameter");
    assert_eq!((&size["option"], &size["default"]), (&json!("--volume-size"), &json!("100")));
}

#[test]
fn diff_shows_what_up_would_do_and_leaves_nothing() {
    let lab = Lab::new();
    let added = net(&lab, "diff").run().exits(0).lines();
    let group = json!({"action": "Add", "logical_id": "Group",
                       "resource_type": "AWS::EC2::SecurityGroup"});
    assert_eq!(added, [group]);
    assert_eq!(lab.mutating_calls(), [""; 0]);

    let up = net(&lab, "up").run().record();
    let id = &up["stack"]["outputs"]["GroupId"];
    let before = lab.mutating_calls().len();
    net(&lab, "diff").run().exits(0).stdout("");
    assert_eq!(lab.mutating_calls().len(), before, "equal is seen without a change set");

    let changed = net(&lab, "diff").args(["--param", "Cidr=198.51.100.0/24"]).run().exits(0);
    let changed = changed.lines();
    assert_eq!(changed.len(), 1);
    assert_eq!((&changed[0]["action"], &changed[0]["physical_id"]), (&json!("Modify"), id));
    assert_eq!(changed[0]["replacement"], "never");
    let replaced = net(&lab, "diff").args(["--param", "Purpose=more"]).run().exits(0).lines();
    assert_eq!(replaced[0]["replacement"], "always");
    assert_eq!(replaced[0]["because"], json!(["GroupDescription"]));

    assert_eq!(lab.mutating_calls()[before..], ["CreateChangeSet", "DeleteChangeSet"].repeat(2));
    let name = format!("ail-net-{}", lab.asset_id());
    let sets = lab.aws(&["cloudformation", "list-change-sets", "--stack-name", &name]);
    let open = sets["Summaries"].as_array().expect("a list").iter();
    assert_eq!(open.filter(|set| set["ExecutionStatus"] == "AVAILABLE").count(), 0);
    net(&lab, "down").args(["--yes"]).run().exits(0);
}

#[test]
fn status_shows_stack_outputs_and_resources() {
    let lab = Lab::new();
    let up = net(&lab, "up").run().record();
    let ran = stack(&lab, &["status", "--output", "table"]).record(&up).run().exits(0);
    let words: Vec<Vec<_>> =
        ran.stdout_text().lines().map(|line| line.split_whitespace().collect()).collect();
    let name = format!("ail-net-{}", lab.asset_id());
    let id = up["stack"]["outputs"]["GroupId"].as_str().expect("an id");
    assert_eq!(words[0], ["WHAT", "NAME", "STATUS", "VALUE", "TYPE"]);
    assert_eq!(words[1][..3], ["stack", &name, "CREATE_COMPLETE"]);
    assert_eq!(words[2], ["output", "GroupId", id]);
    assert_eq!(words[3], ["resource", "Group", "CREATE_COMPLETE", id, "AWS::EC2::SecurityGroup"]);
    assert_eq!(stack(&lab, &["status"]).record(&up).run().exits(0).lines().len(), 3);

    net(&lab, "down").args(["--yes"]).run().exits(0);
    stack(&lab, &["status"]).record(&up).run().exits(66).stdout("").stderr(
        "ail-stack: there is no stack ail-net-ID (eu-central-1)\n  \
         next: make it with `ail-stack up`\n",
    );
}
