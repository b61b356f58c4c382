//! Something else under the right name is not taken for the right one.

use crate::build::nothing_left;
use crate::scale::until_there_are;
use crate::stage::Stage;

#[test]
fn a_role_and_an_image_that_bear_the_right_names_are_found_out_and_made_anew() {
    let stage = Stage::new();
    let record = stage.built();
    until_there_are(&stage, 1);
    let worker = || stage.group()["Instances"][0]["InstanceId"].clone();
    let first = worker();
    stage.damage(&["role-replaced", "image-replaced"]);
    let told = stage.findings(&record);
    // What the worker holds are credentials of the role before.
    for wanted in ["changed role id", "changed worker-image id", "changed worker-group tampered"] {
        assert!(told.iter().any(|one| one == wanted), "{wanted}: {told:?}");
    }
    let before = stage.lab.mutating_calls().len();
    let refused = stage.fleet(&record, &["repair"]).run().exits(80);
    let refused = refused.stderr_text();
    assert!(refused.contains("delete and make anew role, worker-image"), "{refused}");
    assert_eq!(stage.lab.mutating_calls().len(), before);

    let impostor = image(&stage);
    let repaired = stage.fleet(&record, &["repair", "--yes"]).run().record();
    assert_eq!(stage.findings(&repaired), [""; 0]);
    assert_ne!(repaired["fleet"]["image"], record["fleet"]["image"]);
    assert_eq!(repaired["fleet"]["image"], *image(&stage));
    assert_ne!(image(&stage), impostor);
    until_there_are(&stage, 1);
    assert_ne!(worker(), first);
    // The first image was deregistered and its snapshot left.
    assert_eq!(snapshots(&stage), 1);
    let before = stage.lab.mutating_calls().len();
    stage.fleet(&repaired, &["repair"]).run().exits(0);
    assert_eq!(stage.lab.mutating_calls().len(), before);
    stage.fleet(&repaired, &["down", "--yes"]).run().exits(0);
}

#[test]
fn an_image_that_somebody_deregistered_leaves_no_snapshot_behind() {
    let stage = Stage::new();
    let record = stage.built();
    stage.aws(&["ec2", "deregister-image", "--image-id", &image(&stage)]);
    assert_eq!(snapshots(&stage), 1);
    stage.fleet(&record, &["down", "--yes"]).run().exits(0);
    nothing_left(&stage);
}

/// How many snapshots of the team there are, as the aws CLI counts them.
fn snapshots(stage: &Stage) -> usize {
    let team = format!("Name=tag:gd:team,Values={}", stage.team);
    let all = stage.aws(&["ec2", "describe-snapshots", "--filters", &team]);
    all["Snapshots"].as_array().expect("a list").len()
}

/// The image of the workers' name, as the aws CLI reads it.
fn image(stage: &Stage) -> String {
    let name = format!("Name=name,Values=Worker Image {} *", stage.team);
    let query = "Images[].ImageId";
    let all = stage.aws(&["ec2", "describe-images", "--filters", &name, "--query", query]);
    let all: Vec<String> = serde_json::from_value(all).expect("a list of ids");
    assert_eq!(all.len(), 1, "{all:?}");
    all[0].clone()
}
