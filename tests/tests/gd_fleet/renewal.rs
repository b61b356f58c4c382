//! Living workers are replaced where something newer shall start them, and only then.

use std::time::{Duration, Instant};

use serde_json::Value;
use tests::Fault;

use crate::scale::until_there_are;
use crate::stage::Stage;

const OTHER: &str = "#!/bin/sh\n[ \"$1\" = --version ] && exec echo 1\nexec sleep inf\n";

/// The instances that are in service, alone in the group.
fn serving(stage: &Stage) -> Vec<String> {
    let group = stage.group();
    let instances = group["Instances"].as_array().expect("a list");
    let serving = instances.iter().filter(|one| one["LifecycleState"] == "InService");
    let ids: Vec<_> = serving.map(|one| one["InstanceId"].as_str().expect("an id")).collect();
    match ids.len() == instances.len() {
        true => ids.into_iter().map(str::to_owned).collect(),
        false => Vec::new(),
    }
}

/// Waits until one instance alone is in service, not this one, and the group replaces no more;
/// gives it.
fn until_replaced(stage: &Stage, old: &str) -> String {
    until(Duration::from_secs(240), || {
        let ended = newest_refresh(stage)["Status"] == "Successful";
        match &serving(stage)[..] {
            [new] if new != old && ended => Some(new.clone()),
            _ => None,
        }
    })
}

/// What comes of this, as soon as something does.
#[track_caller]
fn until<T>(patience: Duration, look: impl Fn() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(seen) = look() {
            return seen;
        }
        assert!(started.elapsed() < patience, "not within {patience:?}");
        std::thread::sleep(Duration::from_millis(500));
    }
}

/// The last replacement of the group's instances.
fn newest_refresh(stage: &Stage) -> Value {
    let refreshes = ["autoscaling", "describe-instance-refreshes", "--auto-scaling-group-name"];
    let refreshes = stage.aws(&[&refreshes[..], &[&stage.name("worker-group")]].concat());
    refreshes["InstanceRefreshes"][0].clone()
}

/// What started the instance: the version of the template.
fn version(stage: &Stage) -> Value {
    stage.group()["Instances"][0]["LaunchTemplate"]["Version"].clone()
}

#[test]
fn a_new_worker_takes_the_place_of_the_living_and_a_lost_refresh_is_made_up_for() {
    let stage = Stage::new();
    let record = stage.built();
    until_there_are(&stage, 1);
    let first = serving(&stage).remove(0);
    stage.worker("worker", OTHER);
    let renewed = stage.fleet(&record, &["up", "--yes"]).run().record();
    // It is under way: nothing is wrong.
    assert_eq!(stage.findings(&renewed), [""; 0]);
    let second = until_replaced(&stage, &first);
    assert_eq!(version(&stage), "2");

    // The group starts others from now on, and the run ends before it replaces those that live.
    stage.lab.fault(&Fault {
        service: "autoscaling",
        operation: "StartInstanceRefresh",
        code: "LimitExceeded",
        message: "You have already reached a limit for your Amazon EC2 Auto Scaling resources.",
        ..Fault::default()
    });
    let smaller = ["up", "--instance-type", "t3.nano"];
    let cut = stage.fleet(&renewed, &smaller).run();
    assert!(cut.stderr_text().contains("cannot replace the instances of"), "{cut:#?}");
    let planned = stage.fleet(&renewed, &[&smaller[..], &["--dry-run"]].concat()).run().exits(0);
    assert!(planned.stdout_text().contains(&format!("outdated is [\"{second}\"]")), "{planned:#?}");
    let before = stage.lab.mutating_calls().len();
    let smaller = stage.fleet(&renewed, &smaller).run().record();
    assert_eq!(stage.lab.mutating_calls()[before..], ["StartInstanceRefresh"]);
    until_replaced(&stage, &second);
    assert_eq!(version(&stage), "3");
    assert_eq!(stage.findings(&smaller), [""; 0]);
    stage.fleet(&smaller, &["down", "--yes"]).run().exits(0);
}

#[test]
fn what_changes_during_a_refresh_takes_what_the_refresh_brought_as_well() {
    let stage = Stage::new();
    let record = stage.built();
    until_there_are(&stage, 1);
    let first = serving(&stage).remove(0);
    let nano = stage.fleet(&record, &["up", "--instance-type", "t3.nano"]).run().record();
    // It starts as the first refresh has it, which from then on is done with it.
    let second = until(Duration::from_secs(120), || {
        let instances = stage.group()["Instances"].clone();
        let started = instances.as_array()?.iter().find(|it| it["InstanceId"] != *first)?;
        Some(started["InstanceId"].as_str()?.to_owned())
    });
    assert_eq!(newest_refresh(&stage)["Status"], "InProgress");
    // It stands still until the next run, which sets that right first.
    let suspend = ["autoscaling", "suspend-processes", "--scaling-processes", "InstanceRefresh"];
    let suspend = [&suspend[..], &["--auto-scaling-group-name", &stage.name("worker-group")]];
    stage.aws(&suspend.concat());

    let before = stage.lab.mutating_calls().len();
    let micro = stage.fleet(&nano, &["up", "--instance-type", "t3.micro"]).run().record();
    let calls = &stage.lab.mutating_calls()[before..];
    let refreshed = ["CancelInstanceRefresh", "UpdateAutoScalingGroup", "StartInstanceRefresh"];
    assert!(calls.ends_with(&refreshed.map(str::to_owned)), "{calls:?}");
    assert_eq!(stage.findings(&micro), [""; 0]);
    until_replaced(&stage, &second);
    assert_eq!(version(&stage), "3");
    let before = stage.lab.mutating_calls().len();
    assert_eq!(stage.fleet(&micro, &["repair", "--yes"]).run().record(), micro);
    assert_eq!(stage.lab.mutating_calls()[before..], [""; 0]);
    stage.fleet(&micro, &["down", "--yes"]).run().exits(0);
}

#[test]
fn a_renewal_that_is_killed_at_each_of_its_calls_leaves_one_image() {
    let stage = Stage::new();
    let record = stage.built();
    stage.worker("worker", OTHER);
    let up = || stage.fleet(&record, &["up", "--yes"]);
    let (kills, ran) = stage.lab.killed_at_each_call(up);
    assert!(kills >= 5, "{kills} kills");
    let renewed = ran.record();
    assert_ne!(renewed["fleet"]["image"], record["fleet"]["image"]);
    let team = format!("Name=tag:gd:team,Values={}", stage.team);
    let images = ["ec2", "describe-images", "--owners", "self", "--filters", &team];
    let images = stage.aws(&images)["Images"].clone();
    let ids: Vec<_> = images.as_array().expect("a list").iter().map(|it| &it["ImageId"]).collect();
    assert_eq!(ids, [&renewed["fleet"]["image"]]);
    let snapshots = ["ec2", "describe-snapshots", "--owner-ids", "self", "--filters", &team];
    let snapshots = stage.aws(&snapshots)["Snapshots"].clone();
    assert_eq!(snapshots.as_array().map(Vec::len), Some(1), "{snapshots}");
    assert_eq!(stage.findings(&renewed), [""; 0]);
    stage.fleet(&renewed, &["down", "--yes"]).run().exits(0);
}

#[test]
fn a_newer_public_image_changes_nothing_until_it_is_asked_for() {
    let stage = Stage::new();
    let debian = "Name=name,Values=debian-12-amd64-*";
    let debian = stage.aws(&["ec2", "describe-images", "--filters", debian]);
    let debian = debian["Images"][0]["ImageId"].as_str().expect("an id").to_owned();
    let run = ["ec2", "run-instances", "--instance-type", "t3.nano", "--image-id", &debian];
    let instance = stage.aws(&run)["Instances"][0]["InstanceId"].clone();
    let instance = instance.as_str().expect("an id");
    stage.aws(&["ec2", "wait", "instance-running", "--instance-ids", instance]);
    let publish = |name: &str| {
        let name = format!("base-{}-{name}", stage.team);
        let create = ["ec2", "create-image", "--instance-id", instance, "--name", &name];
        let image = stage.aws(&create)["ImageId"].as_str().expect("an id").to_owned();
        stage.aws(&["ec2", "wait", "image-available", "--image-ids", &image]);
        image
    };
    let pattern = format!("base-{}-*", stage.team);
    let up = ["up", "--source-owner", "123456789012", "--source-name", &pattern];

    let none = stage.fleet(&stage.record, &up).run().exits(66).stdout("");
    assert!(none.stderr_text().contains("of 123456789012 exists (eu-central-1)"), "{none:#?}");
    let first = publish("1");
    let record = stage.fleet(&stage.record, &up).run().record();
    assert_eq!(record["fleet"]["wish"]["source"]["id"], *first);
    until_there_are(&stage, 1);
    let worker = serving(&stage).remove(0);

    let second = publish("2");
    stage.aws(&["ec2", "terminate-instances", "--instance-ids", instance]);
    let before = stage.lab.mutating_calls().len();
    // By the record, by the line alone, and to verify, it is what it was.
    assert_eq!(stage.fleet(&record, &["up"]).run().record(), record);
    assert_eq!(stage.fleet(&stage.record, &up).run().record(), record);
    assert_eq!(stage.findings(&record), [""; 0]);
    stage.fleet(&record, &["up", "--newest"]).run().exits(80);
    assert_eq!(stage.lab.mutating_calls().len(), before);

    let renewed = stage.fleet(&record, &["up", "--newest", "--yes"]).run().record();
    assert_eq!(renewed["fleet"]["wish"]["source"]["id"], *second);
    assert_ne!(renewed["fleet"]["image"], record["fleet"]["image"]);
    until_replaced(&stage, &worker);
    let before = stage.lab.mutating_calls().len();
    assert_eq!(stage.fleet(&renewed, &["up", "--newest"]).run().record(), renewed);
    assert_eq!(stage.lab.mutating_calls().len(), before);
    assert_eq!(stage.findings(&renewed), [""; 0]);

    // The public image may go: only a new one takes it.
    stage.aws(&["ec2", "deregister-image", "--image-id", &second]);
    assert_eq!(stage.findings(&renewed), [""; 0]);
    let image = renewed["fleet"]["image"].as_str().expect("an id");
    stage.aws(&["ec2", "deregister-image", "--image-id", image]);
    let ran = stage.fleet(&renewed, &["repair"]).run().exits(66).stdout("");
    let told = ran.stderr_text();
    assert!(told.contains("the public image ami-… is there no longer (eu-central-1)"), "{told}");
    assert!(told.contains("next: build on the newest by `gd-fleet up --newest`"), "{told}");
    stage.fleet(&renewed, &["down", "--yes"]).run().exits(0);
}
