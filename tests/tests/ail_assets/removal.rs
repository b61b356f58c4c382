//! `ail-assets rm`, of all but instances and stacks.

use nix::sys::signal::Signal;
use serde_json::{Value, json};
use tests::{Fault, Lab, Ran};

use crate::stage::{RUN, assets, key_file, make, strings, text, types};

/// The types and the results of lines, sorted.
fn results(ran: &Ran) -> Vec<String> {
    let word = |line: &Value, member: &str| line[member].as_str().expect("a word").to_owned();
    let lines = ran.lines();
    let mut results: Vec<_> =
        lines.iter().map(|line| word(line, "type") + " " + &word(line, "result")).collect();
    results.sort();
    results
}

#[test]
fn a_plan_is_printed_and_nothing_is_touched_without_yes() {
    let lab = Lab::new();
    let made = make(&lab, "leftovers", &[]);
    let (id, bucket, group) = (lab.asset_id(), text(&made, "bucket"), text(&made, "group"));
    let rm = || assets(&lab, "rm").args(["--bucket", bucket]);
    let ran = rm().args(["--dry-run", "--type", "stack", "--type", "volume"]).run().exits(0);
    let expected =
        format!("would delete stack ail-ec2-{id}\nwould delete volume {}\n", text(&made, "volume"));
    assert_eq!(ran.stdout_text(), expected);
    let ran = rm().args(["--dry-run"]).run().exits(0);
    assert!(
        ran.stdout_text().contains(&format!("would delete security group {group} (loose-{id})\n")),
        "{ran:#?}"
    );
    rm().run().exits(80).stdout("").stderr(
        "ail-assets: this would remove 1 stack, 1 volume, 2 security groups, 1 key pair, 1 \
         snapshot, 1 object, 1 upload (eu-central-1)\n  next: look at it with --dry-run, then \
         give --yes\n",
    );
    assert_eq!(lab.mutating_calls(), [""; 0]);
}

#[test]
fn everything_goes_and_a_second_run_has_nothing_to_do() {
    let lab = Lab::new();
    let made = make(&lab, "leftovers", &[]);
    let file = key_file(&lab, RUN);
    let rm = || assets(&lab, "rm").args(["--bucket", text(&made, "bucket"), "--yes"]);
    let ran = rm().run().exits(0);
    assert_eq!(
        results(&ran),
        [
            "key-file removed",
            "key-pair removed",
            "object removed",
            "security-group removed",
            "security-group removed",
            "snapshot removed",
            "stack removed",
            "upload removed",
            "volume removed",
        ]
    );
    let with_stack = ran.lines().into_iter().find(|line| line["part_of"].is_string());
    let with_stack = with_stack.expect("a group was part of the stack");
    assert_eq!(with_stack["reason"], format!("with ail-ec2-{}", lab.asset_id()));
    assert!(!file.exists());
    let list = assets(&lab, "list").args(["--bucket", text(&made, "bucket")]);
    list.run().exits(0).stdout("");
    let before = lab.mutating_calls().len();
    rm().args(["--output", "table"])
        .run()
        .exits(0)
        .stdout("")
        .stderr("ail-assets rm: done in N s\n");
    assert_eq!(lab.mutating_calls().len(), before);
}

#[test]
fn a_run_takes_only_what_it_made() {
    let lab = Lab::new();
    let made = make(&lab, "leftovers", &[]);
    let (mine, other) = (key_file(&lab, "0badcafe"), key_file(&lab, RUN));
    let rm = assets(&lab, "rm").args(["--bucket", text(&made, "bucket"), "--yes"]);
    let ran = rm.args(["--run", "0badcafe"]).run().exits(0);
    assert_eq!(results(&ran), ["key-file removed"]);
    assert!(!mine.exists() && other.exists());
    assert_eq!(lab.mutating_calls(), [""; 0]);
}

#[test]
fn what_cannot_be_removed_is_told_and_the_rest_goes() {
    let lab = Lab::new();
    let made = make(&lab, "leftovers", &[]);
    lab.fault(&Fault {
        operation: "DeleteVolume",
        status: 403,
        code: "UnauthorizedOperation",
        ..Fault::default()
    });
    let types = ["--type", "volume", "--type", "key-pair", "--type", "snapshot"];
    let rm = || assets(&lab, "rm").args(types).args(["--yes"]);
    let ran = rm().run().exits(79);
    assert_eq!(results(&ran), ["key-pair removed", "snapshot removed", "volume failed"]);
    assert!(
        ran.stderr_text().ends_with(
            "ail-assets: 1 asset is left (eu-central-1)\n  volume vol-…: DeleteVolume: \
             UnauthorizedOperation (request …)\n  next: see to the reasons, then run the same \
             command again\n"
        ),
        "{ran:#?}"
    );
    let again = rm().run().exits(0).lines();
    assert_eq!(strings(&again, "id"), [text(&made, "volume")]);
}

#[test]
fn what_cannot_be_read_is_not_called_gone() {
    let lab = Lab::new();
    make(&lab, "old_and_new", &[]);
    lab.fault(&Fault {
        operation: "DescribeSnapshots",
        times: 9,
        status: 403,
        code: "UnauthorizedOperation",
        ..Fault::default()
    });
    let rm = assets(&lab, "rm").args(["--type", "volume", "--type", "snapshot", "--yes"]);
    let ran = rm.run().exits(79);
    assert_eq!(results(&ran), ["volume removed"; 3]);
    assert!(
        ran.stderr_text().contains("ail-assets: these types could not be read: snapshot\n"),
        "{ran:#?}"
    );
}

#[test]
fn lines_are_removed_and_nothing_else() {
    let lab = Lab::new();
    let made = make(&lab, "old_and_new", &[]);
    let line = |id: &str| json!({"type": "volume", "id": id}).to_string();
    let input = line(text(&made, "passed")) + "\n" + &line("vol-0123456789abcdef0") + "\n";
    let rm = || lab.tool("ail-assets").args(["rm", "--lines", "--yes"]);
    let ran = rm().stdin(input.as_str()).run().exits(0);
    assert_eq!(results(&ran), ["volume gone", "volume removed"]);
    let left = assets(&lab, "list").args(["--type", "volume"]).run().exits(0).lines();
    let mut expected = [text(&made, "coming"), text(&made, "lasting")];
    expected.sort_unstable();
    let mut ids = strings(&left, "id");
    ids.sort_unstable();
    assert_eq!(ids, expected);
    // What carries no tag of these tools is not theirs to remove.
    let zone = ["--availability-zone", "eu-central-1a", "--size", "1"];
    let foreign = lab.aws(&[&["ec2", "create-volume"], &zone[..]].concat());
    let id = text(&foreign, "VolumeId");
    let ran = rm().stdin(line(id)).run().exits(0);
    assert_eq!(results(&ran), ["volume gone"]);
    assert_eq!(ran.lines()[0]["reason"], "nothing of these tools has this id");
    lab.aws(&["ec2", "describe-volumes", "--volume-ids", id]);
    // No lines are nothing to do.
    rm().stdin("").run().exits(0).stdout("");
}

#[test]
fn every_page_is_read_and_every_version_goes() {
    let lab = Lab::new();
    // More than the pages of 500 and 1000 that the services give, and than one DeleteObjects.
    let made = make(&lab, "many", &["510", "1010"]);
    let bucket = ["--bucket", text(&made, "bucket"), "--type", "object"];
    let list = || assets(&lab, "list").args(bucket).args(["--type", "snapshot"]);
    let lines = list().run().exits(0).lines();
    let count = |kind| types(&lines).iter().filter(|other| **other == kind).count();
    assert_eq!((count("snapshot"), count("object")), (510, 1010));
    let ran = assets(&lab, "rm").args(bucket).args(["--yes"]).run().exits(0);
    assert_eq!(results(&ran), vec!["object removed"; 1010]);
    let deletes = lab.mutating_calls();
    assert_eq!(deletes, ["DeleteObjects"; 2]);
    let keys = ["s3api", "list-objects-v2", "--bucket", text(&made, "bucket")];
    let left = lab.aws(&keys)["Contents"].clone();
    assert_eq!(left[0]["Key"], format!("ai_lab/{}.1/other", lab.asset_id()));
    assert_eq!(left.as_array().map(Vec::len), Some(1));
}

#[test]
fn a_versioned_bucket_keeps_nothing() {
    let lab = Lab::new();
    let made = make(&lab, "versions", &[]);
    let bucket = ["--bucket", text(&made, "bucket")];
    let lines = assets(&lab, "list").args(bucket).run().exits(0).lines();
    let mut states = strings(&lines, "state");
    states.sort_unstable();
    assert_eq!(states, ["current", "delete marker", "noncurrent", "noncurrent", "noncurrent"]);
    assets(&lab, "rm").args(bucket).args(["--yes"]).run().exits(0);
    let left = lab.aws(&["s3api", "list-object-versions", "--bucket", text(&made, "bucket")]);
    assert_eq!((&left["Versions"], &left["DeleteMarkers"]), (&Value::Null, &Value::Null));
}

#[test]
fn an_object_that_s3_refuses_to_delete_has_its_own_result() {
    let lab = Lab::new();
    let made = make(&lab, "old_and_new", &[]);
    lab.fault(&Fault {
        service: "s3",
        operation: "DeleteObjects",
        status: 403,
        code: "AccessDenied",
        message: "Access Denied",
        ..Fault::default()
    });
    let bucket = ["--bucket", text(&made, "bucket"), "--type", "object", "--yes"];
    let ran = assets(&lab, "rm").args(bucket).run().exits(77);
    assert_eq!(results(&ran), ["object failed"; 2]);
    assert_eq!(results(&assets(&lab, "rm").args(bucket).run().exits(0)), ["object removed"; 2]);
}

#[test]
fn a_killed_removal_is_finished_by_the_next() {
    let lab = Lab::new();
    let made = make(&lab, "leftovers", &[]);
    for (signal, status) in [(Signal::SIGINT, 130), (Signal::SIGTERM, 143), (Signal::SIGKILL, 137)]
    {
        lab.fault(&Fault {
            service: "cloudformation",
            operation: "DeleteStack",
            delay: 3.0,
            ..Fault::default()
        });
        let rm = assets(&lab, "rm").args(["--bucket", text(&made, "bucket"), "--yes"]).start();
        std::thread::sleep(std::time::Duration::from_secs(1));
        rm.signal(signal);
        rm.wait().exits(status);
    }
    let rm = || assets(&lab, "rm").args(["--bucket", text(&made, "bucket"), "--yes"]);
    rm().run().exits(0);
    rm().run().exits(0).stdout("");
}
