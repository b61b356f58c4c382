//! Everything that somebody can change about a fleet, each found by its own attribute and mended.

use crate::scale::until_there_are;
use crate::stage::Stage;

/// Damages, looks, repairs, and looks again; the second repair is silent.
fn found_and_mended(stage: &Stage, record: &serde_json::Value, damage: &[&str], found: &[&str]) {
    stage.damage(damage);
    let mut told = stage.findings(record);
    told.sort();
    let mut expected = found.to_vec();
    expected.sort_unstable();
    assert_eq!(told, expected, "{damage:?}");
    let repaired = stage.fleet(record, &["repair", "--yes"]).run().record();
    assert_eq!(stage.findings(&repaired), [""; 0], "{damage:?}");
    let before = stage.lab.mutating_calls().len();
    stage.fleet(&repaired, &["repair"]).run().exits(0);
    assert_eq!(stage.lab.mutating_calls().len(), before, "{damage:?}");
}

#[test]
fn whatever_is_changed_about_a_fleet_is_found_and_mended() {
    let stage = Stage::new();
    let record = stage.built();
    until_there_are(&stage, 1);
    found_and_mended(
        &stage,
        &record,
        &["group-settings", "warm-pool", "notification", "hook-told", "policy-changed"],
        &[
            "changed worker-group cooldown",
            "extra worker-group warmup",
            "changed worker-group termination",
            "changed worker-group rebalance",
            "extra worker-group lifetime",
            "changed worker-group protects_new",
            "changed worker-group health_check",
            "extra worker-group warm_pool",
            "extra worker-group -",
            "extra drain-hook notified",
            "changed scale-in adjustment",
            "changed scale-in instances",
        ],
    );
    found_and_mended(
        &stage,
        &record,
        &["image-shared", "image-deprecated", "snapshot-shared", "role-long", "role-lent"],
        &[
            "extra worker-image shared",
            "extra worker-image deprecated",
            "extra worker-image snapshots_shared",
            "changed role session",
            "extra role -",
        ],
    );
    found_and_mended(
        &stage,
        &record,
        &["alarm-on-policy", "alarm-on-worker", "version-added", "worker-opened", "image-disabled"],
        &[
            "extra worker-group -",
            "extra worker-group -",
            "extra launch-template -",
            "changed worker-group tampered",
            "changed worker-image disabled",
        ],
    );
    // The service measures anew within a minute, and what was set by hand passes.
    stage.damage(&["alarm-by-hand"]);
    let told = stage.findings(&record);
    assert!(told.is_empty() || told == ["extra many-jobs state_by_hand"], "{told:?}");
    stage.fleet(&record, &["down", "--yes"]).run().exits(0);
}

#[test]
fn instances_that_something_else_starts_or_nobody_keeps_are_found_and_replaced() {
    let stage = Stage::new();
    let record = stage.built();
    until_there_are(&stage, 1);
    let worker = || stage.group()["Instances"][0]["InstanceId"].clone();
    let first = worker();
    found_and_mended(&stage, &record, &["worker-detached"], &["extra worker-group -"]);
    until_there_are(&stage, 1);
    assert_ne!(worker(), first);
    found_and_mended(&stage, &record, &["group-mixed"], &["extra worker-group mixed"]);
    // Its version is in force, so that it is no stranger beside it.
    stage.damage(&["refreshed-to-other"]);
    let told = stage.findings(&record);
    for wanted in ["extra worker-group refresh", "changed worker-group launch"] {
        assert!(told.iter().any(|one| one == wanted), "{wanted}: {told:?}");
    }
    let repaired = stage.fleet(&record, &["repair", "--yes"]).run().record();
    assert_eq!(stage.findings(&repaired), [""; 0]);
    assert_eq!(stage.group()["LaunchTemplate"]["Version"], "1");
    stage.fleet(&repaired, &["down", "--yes"]).run().exits(0);
}
