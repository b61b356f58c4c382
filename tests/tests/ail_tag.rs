//! `ail-tag`, as its users meet it.

use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use serde_json::{Value, json};
use tests::{Fault, Lab, Ran, Tool};

/// What `make.py` of the tests of `ail-assets` made.
struct Made {
    lines: String,
    volume: String,
    snapshot: String,
    bucket: String,
}

/// Makes something of this test's asset id; see `make.py`. What makes it is not this test's caller.
fn make(lab: &Lab, thing: &str) -> Value {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/ail_assets/make.py");
    lab.program("/bin/sh")
        .args(["-c", "exec python \"$0\" \"$1\" \"$2\"", script, thing, &lab.asset_id()])
        .env("AWS_ACCESS_KEY_ID", "maker")
        .run()
        .exits(0)
        .json()
}

/// A stack with a security group, a volume, a snapshot, a key pair, an object and an upload.
fn leftovers(lab: &Lab) -> Made {
    let made = make(lab, "leftovers");
    let text = |member: &str| made[member].as_str().expect("it was made").to_owned();
    let record = json!({"schema": "ail/1", "asset_id": lab.asset_id()});
    let list = lab.tool("ail-assets").args(["list", "--bucket", &text("bucket")]).record(&record);
    let lines = list.env("AWS_ACCESS_KEY_ID", "maker").run().exits(0).stdout_text().to_owned();
    Made { lines, volume: text("volume"), snapshot: text("snapshot"), bucket: text("bucket") }
}

fn ail_tag(lab: &Lab, arguments: &[&str]) -> Tool {
    lab.tool("ail-tag").args(arguments)
}

/// The tags that `show` tells of the first thing of a type.
fn tags_of(ran: &Ran, kind: &str) -> Value {
    let lines = ran.lines();
    let found = lines.iter().find(|line| line["type"] == kind);
    found.unwrap_or_else(|| panic!("no {kind} in {ran:#?}"))["tags"].clone()
}

/// A line of a volume that was just made, with no tag but its asset id.
fn volume(lab: &Lab) -> (String, String) {
    let tags = format!("ResourceType=volume,Tags=[{{Key=ail:asset-id,Value={}}}]", lab.asset_id());
    let zone = ["--availability-zone", "eu-central-1a", "--size", "1", "--tag-specifications"];
    let made = lab.aws(&[&["ec2", "create-volume"], &zone[..], &[&tags]].concat());
    let id = made["VolumeId"].as_str().expect("an id").to_owned();
    (json!({"type": "volume", "id": id}).to_string() + "\n", id)
}

#[test]
fn lines_come_out_as_they_went_in_and_everything_is_tagged_once() {
    let lab = Lab::new();
    let made = leftovers(&lab);
    let add = || ail_tag(&lab, &["add", "team=AI Lab", "stage="]).stdin(made.lines.as_str());
    let ran = add().run().exits(0).stdout(&made.lines);
    assert!(ran.stderr_text().contains("7 changed, 0 were so already, 0 failed\n"), "{ran:#?}");
    let show = || ail_tag(&lab, &["show"]).stdin(made.lines.as_str()).run().exits(0);
    for kind in ["stack", "volume", "security-group", "key-pair", "snapshot", "object"] {
        let tags = tags_of(&show(), kind);
        assert_eq!((&tags["team"], &tags["stage"]), (&json!("AI Lab"), &json!("")), "{kind}");
        assert_eq!(tags["ail:run"], "00c0ffee", "{kind}");
    }
    // The service itself says so too.
    let filter = format!("Name=resource-id,Values={}", made.volume);
    let tags = lab.aws(&["ec2", "describe-tags", "--filters", &filter, "Name=key,Values=team"]);
    assert_eq!(tags["Tags"][0]["Value"], "AI Lab");

    let before = lab.mutating_calls().len();
    let ran = add().run().exits(0).stdout(&made.lines);
    assert!(ran.stderr_text().starts_with("0 changed, 7 were so already, 0 failed\n"), "{ran:#?}");
    assert_eq!(lab.mutating_calls().len(), before);

    ail_tag(&lab, &["rm", "stage"]).stdin(made.lines.as_str()).run().exits(0).stdout(&made.lines);
    for kind in ["stack", "volume", "object"] {
        let tags = tags_of(&show(), kind);
        assert_eq!((&tags["team"], &tags["stage"]), (&json!("AI Lab"), &Value::Null), "{kind}");
    }
}

#[test]
fn a_stack_whose_resources_take_values_of_each_other_is_tagged() {
    let lab = Lab::new();
    let name = make(&lab, "linked")["stack"].as_str().expect("it was made").to_owned();
    let line = json!({"type": "stack", "id": name}).to_string() + "\n";
    ail_tag(&lab, &["add", "team=x"]).stdin(line.as_str()).run().exits(0).stdout(&line);
    let of_asset = format!("Name=tag:ail:asset-id,Values={}", lab.asset_id());
    let filters = ["--filters", &of_asset, "Name=tag:team,Values=x"];
    let found = lab.aws(&[&["ec2", "describe-security-groups"], &filters[..]].concat());
    assert_eq!(found["SecurityGroups"].as_array().map(Vec::len), Some(2), "{found:#}");
}

#[test]
fn a_record_passes_through_and_what_it_names_is_tagged() {
    let lab = Lab::new();
    let made = leftovers(&lab);
    let record = json!({
        "schema": "ail/1",
        "unknown": [1, {"kept": null}],
        "asset_id": lab.asset_id(),
        "stack": {"name": "gone", "id": "arn:gone", "status": "DELETE_COMPLETE"},
        "source_image": {"id": "ami-0", "name": "not ours", "owner": "1", "user": "admin"},
        "image": {"id": made.volume, "name": "x", "state": "available",
                  "snapshots": [made.snapshot]},
        "exports": [{"format": "vmdk", "task": made.volume, "bucket": made.bucket,
                     "key": format!("ai_lab/{0}/ai-lab-{0}.vmdk", lab.asset_id()), "bytes": 1,
                     "sha256": "", "url": ""}],
    });
    let out = ail_tag(&lab, &["add", "team=x"]).record(&record).run().exits(0);
    out.stdout(&format!("{record}\n"));
    let ran = ail_tag(&lab, &["show"]).record(&record).run().exits(0);
    for kind in ["image", "snapshot", "object"] {
        assert_eq!(tags_of(&ran, kind)["team"], "x", "{ran:#?}");
    }
    let mut calls = lab.mutating_calls();
    calls.sort();
    assert_eq!(calls, ["CreateTags", "PutObjectTagging"]);
}

#[test]
fn every_help_page_begins_with_its_examples() {
    let lab = Lab::new();
    for verb in ["add", "rm", "show"] {
        let ran = ail_tag(&lab, &[verb, "--help"]).run().exits(0).stderr("");
        assert!(ran.stdout_text().starts_with("Examples:\n"), "{verb}");
        assert!(ran.stdout_text().contains(&format!("ail-tag {verb} ")), "{verb}");
    }
}

#[test]
fn wrong_tags_end_with_2_and_call_nothing() {
    let lab = Lab::new();
    let long = format!("{}=x", "k".repeat(129));
    for (arguments, said) in [
        (vec!["add", "team"], "expected KEY=VALUE"),
        (vec!["add", "aws:team=x"], "keys that begin with aws: are AWS's own"),
        (vec!["add", "team=<x>"], "'<' is none of them"),
        (vec!["add", long.as_str()], "a key has at most 128 characters, not 129"),
        (vec!["add", "ail:asset-id=a/b"], "'/' is none of them"),
        (vec!["add", "a=1", "a=2"], "a cannot be both \"1\" and \"2\""),
        (vec!["add"], "required arguments were not provided"),
        (vec!["rm", ""], "a key has at least one character"),
    ] {
        let line = r#"{"type":"volume","id":"vol-1"}"#;
        let ran = ail_tag(&lab, &arguments).stdin(line).run().exits(2).stdout("");
        assert!(ran.stderr_text().contains(said), "{arguments:?}: {ran:#?}");
    }
    assert_eq!(lab.calls(), [""; 0]);
}

#[test]
fn broken_input_ends_with_65_and_calls_nothing() {
    let lab = Lab::new();
    for (input, said) in [
        ("", "ail-tag: the input is not a record\n  it is empty\n"),
        ("{\"schema\":\"ail/1\"}", "ail-tag: the input names nothing that can carry tags\n"),
        ("{\"type\":\"key-file\",\"id\":\"/k\"}", "names nothing that can carry tags"),
        ("{\"type\":\"object\",\"id\":\"k\"}", "expected s3://BUCKET/KEY, found \"k\""),
        ("{\"type\":\"bucket\",\"id\":\"b\"}", "line 1: type: unknown variant `bucket`"),
        (
            "{\"type\":\"volume\",\"id\":\"vol-1\",\"region\":\"us-east-1\"}",
            "volume vol-1 lies in us-east-1, not in eu-central-1\n",
        ),
    ] {
        for verb in [&["add", "a=1"][..], &["rm", "a"], &["show"]] {
            let ran = ail_tag(&lab, verb).stdin(input).run().exits(65).stdout("");
            assert!(ran.stderr_text().contains(said), "{input}: {ran:#?}");
        }
    }
    assert_eq!(lab.calls(), [""; 0]);
}

#[test]
fn a_plan_is_printed_and_nothing_is_touched() {
    let lab = Lab::new();
    let (line, id) = volume(&lab);
    let ran = ail_tag(&lab, &["add", "b=2", "a=1", "--dry-run"]).stdin(line.as_str()).run();
    ran.exits(0).stdout(&format!("would tag volume {id} with a=1, b=2\n"));
    let ran = ail_tag(&lab, &["rm", "ail:asset-id", "x", "--dry-run"]).stdin(line.as_str()).run();
    ran.exits(0).stdout(&format!("would remove from volume {id} the tags ail:asset-id\n"));
    assert_eq!(lab.mutating_calls(), [""; 0]);
}

#[test]
fn another_asset_id_wants_yes() {
    let lab = Lab::new();
    let (line, _) = volume(&lab);
    for arguments in [["rm", "ail:asset-id"], ["add", "ail:asset-id=other"]] {
        ail_tag(&lab, &arguments).stdin(line.as_str()).run().exits(80).stdout("").stderr(
            "ail-tag: this would give 1 asset another asset id, or none: ail-assets then finds \
             them elsewhere, or nowhere\n  next: look at it with --dry-run, then give --yes\n",
        );
    }
    assert_eq!(lab.mutating_calls(), [""; 0]);
    let yes = ail_tag(&lab, &["rm", "ail:asset-id", "--yes"]).stdin(line.as_str()).run().exits(0);
    yes.stdout(&line);
    let ran = ail_tag(&lab, &["show"]).stdin(line.as_str()).run().exits(0);
    assert_eq!(tags_of(&ran, "volume"), json!({}));
}

#[test]
fn one_thing_that_is_gone_keeps_no_other_from_its_tags() {
    let lab = Lab::new();
    let lines: Vec<_> = (0..5).map(|_| volume(&lab)).collect();
    let gone = json!({"type": "volume", "id": "vol-0123456789abcdef0"}).to_string() + "\n";
    let good: String = lines.iter().map(|(line, _)| line.as_str()).collect();
    let input = format!("{}{gone}{}", lines[0].0, good);
    let ran = ail_tag(&lab, &["add", "a=1"]).stdin(input.as_str()).run().exits(79);
    assert_eq!(ran.stdout_text(), format!("{}{good}", lines[0].0));
    assert!(
        ran.stderr_text().contains("ail-tag: 1 of 6 assets failed\n  volume vol-…: CreateTags: "),
        "{ran:#?}"
    );
    let ran = ail_tag(&lab, &["show"]).stdin(good.as_str()).run().exits(0);
    assert!(ran.lines().iter().all(|line| line["tags"]["a"] == "1"), "{ran:#?}");
    // Alone, it is what it is.
    ail_tag(&lab, &["add", "a=1"]).stdin(gone.as_str()).run().exits(66).stdout("");
}

#[test]
fn a_missing_permission_is_told_and_the_record_still_passes() {
    let lab = Lab::new();
    let made = leftovers(&lab);
    let deny = || {
        lab.fault(&Fault {
            service: "s3",
            operation: "GetObjectTagging",
            status: 403,
            code: "AccessDenied",
            ..Fault::default()
        });
    };
    deny();
    let ran = ail_tag(&lab, &["add", "a=1"]).stdin(made.lines.as_str()).run().exits(79);
    assert_eq!(ran.stdout_text().lines().count(), made.lines.lines().count() - 1, "{ran:#?}");
    assert!(ran.stderr_text().contains("GetObjectTagging: AccessDenied (request …)"), "{ran:#?}");
    let record = json!({
        "schema": "ail/1",
        "image": {"id": made.volume, "name": "x", "state": "available"},
        "exports": [{"format": "vmdk", "task": made.volume, "bucket": made.bucket, "key": "k",
                     "bytes": 1, "sha256": "", "url": ""}],
    });
    deny();
    let ran = ail_tag(&lab, &["add", "a=2"]).record(&record).run().exits(79);
    ran.stdout(&format!("{record}\n"));
}

#[test]
fn more_tags_than_a_service_takes_are_refused_before_any_is_set() {
    let lab = Lab::new();
    let (line, _) = volume(&lab);
    let many: Vec<_> = (0..50).map(|n| format!("key-{n}=x")).collect();
    let many: Vec<_> = ["add"].into_iter().chain(many.iter().map(String::as_str)).collect();
    ail_tag(&lab, &many).stdin(line.as_str()).run().exits(69).stdout("").stderr(
        "ail-tag: volume vol-… would have 51 tags, and can have 50\n  nothing was changed\n  \
         next: remove some with `ail-tag rm`\n",
    );
    assert_eq!(lab.mutating_calls(), [""; 0]);
}

#[test]
fn hundreds_are_tagged_by_one_call() {
    let lab = Lab::new();
    let (first, id) = volume(&lab);
    let script = "import boto3, sys\nec2 = boto3.client('ec2')\nfor _ in range(410):\n    \
                  print(ec2.create_snapshot(VolumeId=sys.argv[1])['SnapshotId'])";
    let made = lab
        .program("/bin/sh")
        .args(["-c", "exec python -c \"$0\" \"$1\"", script, &id])
        .env("AWS_ACCESS_KEY_ID", "maker")
        .run()
        .exits(0);
    let snapshots = made.stdout_text().lines();
    let lines: String = snapshots
        .map(|id| json!({"type": "snapshot", "id": id}).to_string() + "\n")
        .chain([first])
        .collect();
    ail_tag(&lab, &["add", "a=1"]).stdin(lines.as_str()).run().exits(0).stdout(&lines);
    assert_eq!(lab.mutating_calls(), ["CreateTags"]);
    let ran = ail_tag(&lab, &["show"]).stdin(lines.as_str()).run().exits(0);
    assert_eq!(ran.lines().iter().filter(|line| line["tags"]["a"] == "1").count(), 411);
}

#[test]
fn an_interrupted_update_leaves_no_change_set() {
    let lab = Lab::new();
    let made = leftovers(&lab);
    let stack: String = made.lines.lines().take(1).map(|line| line.to_owned() + "\n").collect();
    lab.fault(&Fault {
        service: "cloudformation",
        operation: "CreateChangeSet",
        delay: 2.0,
        ..Fault::default()
    });
    let add = ail_tag(&lab, &["add", "a=1"]).stdin(stack.as_str()).start();
    let started = Instant::now();
    while !lab.calls().iter().any(|call| call == "DescribeStacks") {
        assert!(started.elapsed() < Duration::from_secs(60), "it calls nothing");
        std::thread::sleep(Duration::from_millis(50));
    }
    std::thread::sleep(Duration::from_secs(1));
    add.signal(Signal::SIGINT);
    let ran = add.wait().exits(130).stdout("");
    assert!(ran.stderr_text().contains("undone: delete change set ail-tag-"), "{ran:#?}");
    let name = format!("ail-ec2-{}", lab.asset_id());
    let sets = lab.aws(&["cloudformation", "list-change-sets", "--stack-name", &name]);
    assert_eq!(sets["Summaries"], json!([]));
    // The same again finds nothing in its way.
    ail_tag(&lab, &["add", "a=1"]).stdin(stack.as_str()).run().exits(0).stdout(&stack);
}
