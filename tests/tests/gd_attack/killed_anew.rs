//! A repair that makes something anew is killed, and run again with the record of before: nothing
//! is there twice.

use std::time::{Duration, Instant};

use serde_json::{Map, Value};
use tests::{Fault, Lab};

use crate::catalogue::text;
use crate::day::{Day, TEAM, TOOLS};

/// What a repair can make anew, beside the NAT instance.
const KINDS: [&str; 9] = [
    "bucket",
    "image",
    "instance profile",
    "key pair",
    "launch template",
    "policy",
    "role",
    "role of a profile",
    "snapshot",
];

/// A worker boots, and one of before drains.
const REPLACING: Duration = Duration::from_secs(180);

/// How many of each there are. Workers come and go.
fn counts(day: &Day) -> Value {
    let all = day.counts();
    let mut counts: Map<_, _> =
        KINDS.map(|kind| (kind.to_owned(), all[kind].clone())).into_iter().collect();
    let team = format!("Name=tag:gd:team,Values={TEAM}");
    let nat = ["Name=tag:gd:resource,Values=nat-instance", &team];
    let alive = "Name=instance-state-name,Values=pending,running,stopping,stopped";
    let described = Lab::new()
        .aws(&[&["ec2", "describe-instances", "--filters", alive][..], &nat[..]].concat());
    let reservations = described["Reservations"].as_array().expect("a list");
    counts.insert("nat instance".to_owned(), reservations.len().into());
    Value::Object(counts)
}

/// Waits until the group replaces no worker any more.
fn until_nobody_is_replaced(day: &Day) {
    let describe = ["autoscaling", "describe-instance-refreshes", "--auto-scaling-group-name"];
    let arguments = [&describe[..], &[text(&day.record["fleet"], "group")]].concat();
    let began = Instant::now();
    loop {
        let refreshes = Lab::new().aws(&arguments)["InstanceRefreshes"].take();
        let mut refreshes = refreshes.as_array().expect("a list").iter();
        if refreshes.all(|one| ["Successful", "Cancelled"].contains(&text(one, "Status"))) {
            break;
        }
        assert!(began.elapsed() < REPLACING, "{refreshes:?}");
        std::thread::sleep(Duration::from_millis(500));
    }
}

/// Asserts that it is whole, and that there is as much of everything as it shall be.
#[track_caller]
fn whole_with(day: &mut Day, expected: &Value) {
    // A refresh that a killed run began replaces those that were there then, and none that came
    // before the next run said what the group starts.
    until_nobody_is_replaced(day);
    day.repair();
    let left = day.all_findings();
    assert!(left.is_empty(), "{left:#?}");
    day.canary();
    assert_eq!(counts(day), *expected);
    day.repairs_nothing();
    day.is_whole();
}

/// Attacks, and has this tool killed later and later; the others repair in one run.
fn killed(day: &mut Day, attack: &str, tool: &str, step: usize) {
    day.attack(&[attack]);
    let lab = Lab::new();
    for one in TOOLS {
        let repair = || day.tool_of(&lab, one).args(["repair", "--yes"]);
        let ran = match one == tool {
            true => {
                let (kills, ran) = lab.killed_later_and_later(step, repair);
                assert!(kills >= 4, "{tool} was killed {kills} times");
                ran
            }
            false => repair().run(),
        };
        day.record = ran.record();
    }
}

#[test]
fn a_role_is_there_once() {
    let mut day = Day::whole();
    let before = counts(&day);
    killed(&mut day, "role-recreated", "gd-fleet", 1);
    whole_with(&mut day, &before);
}

#[test]
fn an_image_is_there_once() {
    let mut day = Day::whole();
    let before = counts(&day);
    // Each run starts an instance and makes an image of it: at every other call that is enough.
    killed(&mut day, "image-replaced", "gd-fleet", 2);
    // What the deregistered image was made of is gone with it.
    whole_with(&mut day, &before);
}

#[test]
fn an_instance_is_there_once() {
    let mut day = Day::whole();
    let before = counts(&day);
    killed(&mut day, "nat-terminated", "gd-vpc", 1);
    whole_with(&mut day, &before);
}

#[test]
fn a_bucket_of_another_name_is_there_once_and_so_is_the_image_that_names_it() {
    let mut day = Day::whole();
    let (before, lab) = (counts(&day), Lab::new());
    let name = |day: &Day| text(&day.record["queues"]["bucket"], "name").to_owned();
    let earlier = name(&day);
    day.attack(&["bucket-deleted"]);
    // Another account took the name.
    lab.fault(&Fault {
        service: "s3",
        operation: "CreateBucket",
        status: 409,
        code: "BucketAlreadyExists",
        ..Fault::default()
    });
    for tool in TOOLS {
        let repair = || day.tool_of(&lab, tool).args(["repair", "--yes"]);
        // An image that nobody sealed is made anew by each run.
        let (kills, ran) = match tool {
            "gd-fleet" => lab.killed_later_and_later(3, repair),
            _ => lab.killed_at_each_call(repair),
        };
        assert!(kills >= 3 || tool == "gd-vpc", "{tool} was killed {kills} times");
        day.record = ran.record();
    }
    assert_ne!(name(&day), earlier);
    let refused = lab.calls().iter().filter(|call| *call == "CreateBucket").count();
    assert_eq!(refused, 2, "the earlier name was asked for, and one other");
    whole_with(&mut day, &before);
}
