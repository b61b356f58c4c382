//! Forty jobs are too many for one worker, and none for four.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tests::{Cloud, Lab};

use crate::stage::Stage;

#[test]
fn forty_jobs_make_the_group_grow_and_none_makes_it_shrink() {
    let stage = Stage::new();
    let ran = stage.just("gameday").run().exits(0);
    let first = ran.json();
    assert_eq!((&first["result"], &first["images"]), (&json!("montage"), &json!(3)), "{ran:#?}");
    let record = stage.record();
    let bucket = record["queues"]["bucket"]["name"].as_str().expect("a name").to_owned();

    let before = Cloud::shared().calls().len();
    // A minute of this cloud's alarms is five seconds: so much faster is the images' site.
    let mut load = stage.just("gameday-load").env("GD_LOAD_SECONDS", "1").start();
    load.until_says(" 4 of 4 workers at work\n");
    assert_eq!(stage.world(&["group", "worker-group"]), json!({"in_service": 4, "running": 4}));
    let ran = load.wait().exits(0);
    assert_eq!(stage.world(&["group", "worker-group"]), json!({"in_service": 1, "running": 1}));
    let png = stage.lab.out().join("load.png");
    assert_eq!(
        ran.json(),
        json!({"jobs": 40, "montages": 40, "missing": [], "workers": 4, "plot": png}),
    );

    let results = lines(&stage, "load-results.ndjson");
    let jobs: BTreeSet<&str> = results.iter().filter_map(|line| line["job"].as_str()).collect();
    assert_eq!((results.len(), jobs.len()), (40, 40));
    let Value::Array(montages) = stage.world(&["montages", &bucket]) else { panic!("no list") };
    let montages: BTreeSet<_> = montages.iter().filter_map(Value::as_str).collect();
    let first = first["job"].as_str().expect("an id");
    assert_eq!(montages, &jobs | &BTreeSet::from([first]));

    assert_eq!(workers(before).len(), 4, "each of four instances has worked");
    let changes = stage.world(&["changes", "worker-group-many-jobs"]).to_string();
    assert!(changes.ends_with(r#""ALARM","OK"]"#), "{changes}");
    // Without jobs it had sounded before, too.
    let changes = stage.world(&["changes", "worker-group-no-jobs"]).to_string();
    assert!(changes.ends_with(r#""OK","ALARM"]"#), "{changes}");

    let svg = stage.lab.out().join("load.svg");
    let drawn = stage.world(&["pictures", &svg.to_string_lossy(), &png.to_string_lossy()]);
    let texts = drawn["texts"].to_string();
    for text in ["GameDay: 40 jobs of 64 images", "waiting", "at work", "oldest job"] {
        assert!(texts.contains(&format!("{text:?}")), "{text}: {texts}");
    }
    assert_eq!((&drawn["width"], &drawn["height"]), (&json!(2000), &json!(1440)));

    stage.just("gameday-down").run().exits(0);
    stage.nothing_is_left();
    the_aws_cli_finds_nothing(&stage.lab);
}

fn lines(stage: &Stage, name: &str) -> Vec<Value> {
    let lines = String::from_utf8(stage.kept(name)).expect("text");
    lines.lines().map(|line| serde_json::from_str(line).expect("a JSON object a line")).collect()
}

/// The keys of the role under which jobs were taken off the queue since so many calls: each
/// instance has its own.
fn workers(since: usize) -> BTreeSet<String> {
    let calls = Cloud::shared().calls().into_iter().skip(since);
    let of_role = calls.filter(|call| call["operation"] == "DeleteMessage").filter_map(|call| {
        let caller = call["caller"].as_str()?;
        caller.starts_with("ASIA").then(|| caller.to_owned())
    });
    of_role.collect()
}

fn the_aws_cli_finds_nothing(lab: &Lab) {
    let live = "Name=instance-state-name,Values=pending,running,stopping,stopped";
    let own = "Name=isDefault,Values=false";
    for (command, query) in [
        (&["ec2", "describe-instances", "--filters", live][..], "Reservations[]"),
        (&["ec2", "describe-vpcs", "--filters", own], "Vpcs"),
        (&["ec2", "describe-security-groups"], "SecurityGroups[?GroupName!='default']"),
        (&["ec2", "describe-addresses"], "Addresses"),
        (&["ec2", "describe-key-pairs"], "KeyPairs"),
        (&["ec2", "describe-images", "--owners", "self"], "Images"),
        (&["ec2", "describe-snapshots", "--owner-ids", "self"], "Snapshots"),
        (&["ec2", "describe-launch-templates"], "LaunchTemplates"),
        (&["autoscaling", "describe-auto-scaling-groups"], "AutoScalingGroups"),
        (&["cloudwatch", "describe-alarms"], "MetricAlarms"),
        (&["iam", "list-roles"], "Roles"),
        (&["iam", "list-instance-profiles"], "InstanceProfiles"),
        (&["s3api", "list-buckets"], "Buckets"),
    ] {
        let left = lab.aws(&[command, &["--query", query]].concat());
        assert!(left == json!([]) || left.is_null(), "{}: {left:#}", command[1]);
    }
}
