//! What a deed changes beside its target is looked at too, and no name that is taken is used.

use std::time::Duration;

use tests::{Lab, Ran};

use crate::catalogue::{finding, text};
use crate::day::{Day, TEAM};

/// Makes one attack with a lab of its own, which tells what was called.
fn attack(day: &Day, lab: &Lab, name: &str) -> Ran {
    day.tool_of(lab, "gd-attack").args(["run", name, "--team", TEAM, "--yes"]).run()
}

#[test]
fn what_is_used_beside_the_target_has_to_be_the_teams_too() {
    let mut day = Day::whole();
    day.attack(&["profile-untagged", "template-untagged"]);
    for (name, used) in
        [("role-recreated", "instance-profile"), ("group-version-moved", "launch-template")]
    {
        let lab = Lab::new();
        let ran = attack(&day, &lab, name).exits(73).stdout("");
        let said = format!("gd-attack: {used} has no tag gd:team, and not gd:team={TEAM}");
        assert!(ran.stderr_raw().starts_with(&said), "{ran:#?}");
        assert_eq!(lab.mutating_calls(), [""; 0]);
    }
    day.repair();
    day.is_whole();
}

#[test]
fn a_role_with_more_than_its_own_is_made_anew_all_the_same() {
    let mut day = Day::whole();
    day.attack(&["role-denied", "role-barred", "role-recreated"]);
    let told: Vec<_> = day.findings("gd-fleet").iter().map(finding).collect();
    assert!(told.contains(&"changed role id".to_owned()), "{told:#?}");
    day.repair();
    day.is_whole();
}

#[test]
fn a_role_that_another_profile_has_is_left_alone() {
    let mut day = Day::whole();
    let (lab, role) = (Lab::new(), text(&day.record["fleet"], "role").to_owned());
    let profile = ["--instance-profile-name", "elsewhere"];
    let with_role = [&profile[..], &["--role-name", &role]].concat();
    let iam = |verb: &str, more: &[&str]| lab.aws(&[&["iam", verb], more].concat());
    iam("create-instance-profile", &profile);
    iam("add-role-to-instance-profile", &with_role);
    let ran = attack(&day, &lab, "role-recreated").exits(73).stdout("");
    assert!(ran.stderr_raw().contains("the instance profile elsewhere has"), "{ran:#?}");
    assert_eq!(lab.mutating_calls(), [""; 0]);
    iam("remove-role-from-instance-profile", &with_role);
    iam("delete-instance-profile", &profile);
    day.is_whole();
}

#[test]
fn an_alarm_of_the_name_is_left_as_it_is_and_one_that_is_made_is_tagged() {
    let mut day = Day::whole();
    let (lab, name) = (Lab::new(), format!("maintenance-{TEAM}"));
    let cloudwatch = |verb: &str, more: &[&str]| lab.aws(&[&["cloudwatch", verb], more].concat());
    let of_others = "--namespace Theirs --metric-name Ours --statistic Sum --period 60 \
                     --evaluation-periods 1 --threshold 7 --comparison-operator \
                     LessThanThreshold --alarm-name";
    let of_others: Vec<_> = of_others.split_whitespace().chain([&*name]).collect();
    cloudwatch("put-metric-alarm", &of_others);
    let alarm = || cloudwatch("describe-alarms", &["--alarm-names", &name])["MetricAlarms"].clone();
    let before = alarm();
    let ran = attack(&day, &lab, "alarm-added").exits(73).stdout("");
    let said = format!("an alarm {name} is there: it is left alone");
    assert!(ran.stderr_raw().contains(&said), "{ran:#?}");
    assert_eq!(lab.mutating_calls(), [""; 0]);
    assert_eq!(alarm(), before);

    cloudwatch("delete-alarms", &["--alarm-names", &name]);
    attack(&day, &lab, "alarm-added").exits(0);
    let arn = text(&alarm()[0], "AlarmArn").to_owned();
    let tags = cloudwatch("list-tags-for-resource", &["--resource-arn", &arn])["Tags"].clone();
    let tags = tags.as_array().expect("a list");
    assert!(tags.iter().any(|tag| text(tag, "Value") == TEAM), "{tags:?}");
    day.repair();
    day.is_whole();
}

#[test]
fn a_queue_of_the_decoys_name_is_left_alone() {
    let mut day = Day::whole();
    let lab = Lab::new();
    let name = format!("{}-jobs", text(&day.record["queues"]["input"], "name"));
    let url = day.sqs(&["create-queue", "--queue-name", &name]);
    let ran = attack(&day, &lab, "decoy-queue").exits(73).stdout("");
    let said = format!("a queue {name} is there: it is left alone");
    assert!(ran.stderr_raw().contains(&said), "{ran:#?}");
    assert_eq!(lab.mutating_calls(), [""; 0]);
    day.sqs(&["delete-queue", "--queue-url", text(&url, "QueueUrl")]);
    // Till then the name of a deleted queue is nobody's: a minute, which takes five seconds there.
    std::thread::sleep(Duration::from_secs(6));
    day.is_whole();
}
