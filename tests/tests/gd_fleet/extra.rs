//! What somebody added to the group, and whom they took out of work.

use crate::scale::until_there_are;
use crate::stage::Stage;

#[test]
fn what_is_added_to_a_group_is_told_and_whoever_is_kept_from_work_goes_back_to_it() {
    let stage = Stage::new();
    let record = stage.built();
    until_there_are(&stage, 1);
    let group = stage.name("worker-group");
    let worker = stage.group()["Instances"][0]["InstanceId"].clone();
    let worker = worker.as_str().expect("an id");
    let on = ["--auto-scaling-group-name", &group];
    let hook = "autoscaling:EC2_INSTANCE_LAUNCHING";
    for attack in [
        &["put-scaling-policy", "--policy-name", "panic", "--scaling-adjustment", "-4"][..],
        &["put-lifecycle-hook", "--lifecycle-hook-name", "wait", "--lifecycle-transition", hook],
        &["put-scheduled-update-group-action", "--scheduled-action-name", "night"],
        &["suspend-processes", "--scaling-processes", "Launch", "HealthCheck"],
        &["set-instance-protection", "--protected-from-scale-in", "--instance-ids", worker],
        &["enter-standby", "--no-should-decrement-desired-capacity", "--instance-ids", worker],
        &["enable-metrics-collection", "--granularity", "1Minute"],
    ] {
        let more: &[&str] = match attack[0] {
            "put-scaling-policy" => &["--adjustment-type", "ChangeInCapacity"],
            "put-scheduled-update-group-action" => {
                &["--recurrence", "0 0 * * *", "--min-size", "0", "--max-size", "0"]
            }
            _ => &[],
        };
        stage.aws(&[&["autoscaling"], attack, &on, more].concat());
    }
    let extra = "extra worker-group -";
    assert_eq!(
        stage.findings(&record),
        [
            "extra worker-group suspended",
            extra,
            extra,
            extra,
            "extra worker-group standby",
            "extra worker-group metrics",
            "extra worker-group protected",
        ]
    );
    let told = stage.fleet(&record, &["verify"]).run().exits(1);
    let lines = told.lines();
    let mut ids: Vec<_> =
        lines.iter().filter(|one| one["attribute"].is_null()).map(|one| &one["id"]).collect();
    ids.sort_by_key(|id| id.to_string());
    assert_eq!(ids, ["hook wait", "policy panic", "schedule night"]);

    // What nobody planned is deleted only after asking.
    let before = stage.lab.mutating_calls().len();
    let refused = stage.fleet(&record, &["repair"]).run().exits(80).stderr_text();
    assert!(refused.contains("the unplanned lifecycle hook hook wait"), "{refused}");
    assert_eq!(stage.lab.mutating_calls().len(), before);
    let repaired = stage.fleet(&record, &["repair", "--yes"]).run().record();
    let mut mended = stage.lab.mutating_calls().split_off(before);
    mended.sort();
    assert_eq!(
        mended,
        [
            "DeleteLifecycleHook",
            "DeletePolicy",
            "DeleteScheduledAction",
            "DisableMetricsCollection",
            "ExitStandby",
            "ResumeProcesses",
            "SetInstanceProtection",
        ]
    );
    assert_eq!(repaired["fleet"], record["fleet"]);
    assert_eq!(stage.findings(&repaired), [""; 0]);
    stage.fleet(&repaired, &["down", "--yes"]).run().exits(0);
}
