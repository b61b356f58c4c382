//! Something else under the right name is not taken for the right one.

use crate::scale::until_there_are;
use crate::stage::Stage;

#[test]
fn a_role_and_an_image_that_bear_the_right_names_are_found_out_and_made_anew() {
    let stage = Stage::new();
    let record = stage.built();
    until_there_are(&stage, 1);
    stage.damage(&["role-replaced", "image-replaced"]);
    let told = stage.findings(&record);
    for wanted in ["changed role id", "changed worker-image id"] {
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
    let before = stage.lab.mutating_calls().len();
    stage.fleet(&repaired, &["repair"]).run().exits(0);
    assert_eq!(stage.lab.mutating_calls().len(), before);
    stage.fleet(&repaired, &["down", "--yes"]).run().exits(0);
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
