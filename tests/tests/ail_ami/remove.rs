//! `ail-ami rm`.

use serde_json::{Value, json};
use tests::{Fault, Lab};

use crate::stage::{HERE, NONE, assert_nothing_left, bare, foreign_image, images, made};

fn line(kind: &str, id: &Value, result: &str) -> Value {
    json!({"type": kind, "id": id, "region": HERE, "result": result})
}

#[test]
fn the_image_and_its_snapshots_go_when_that_is_confirmed() {
    let lab = Lab::new();
    let record = made(&lab);
    let (image, snapshot) = (&record["image"]["id"], &record["image"]["snapshots"][0]);
    let rm =
        |arguments: &[&str]| lab.tool("ail-ami").args(["rm"]).args(arguments).record(&record).run();
    rm(&[]).exits(80).stdout("").stderr(
        "ail-ami: this would deregister ami-… (ail-ID, eu-central-1) and delete snap-…\n  \
         next: look at it with --dry-run, then give --yes\n",
    );
    let ran = rm(&["--dry-run"]).exits(0);
    let plan = [line("image", image, "would-remove"), line("snapshot", snapshot, "would-remove")];
    assert_eq!(ran.lines(), plan);
    assert_eq!(lab.mutating_calls(), ["CreateImage"]);

    let ran = rm(&["--yes"]).exits(0);
    assert_eq!(
        ran.lines(),
        [line("image", image, "removed"), line("snapshot", snapshot, "removed")]
    );
    assert_nothing_left(&lab, HERE);

    let ran = rm(&["--yes"]).exits(0);
    assert_eq!(ran.lines(), [line("image", image, "gone")]);
    assert_eq!(
        ran.stderr_text(),
        "no image and no snapshot of ID is left (eu-central-1)\nail-ami rm: done in N s\n"
    );
    assert_eq!(lab.mutating_calls(), ["CreateImage", "DeregisterImage"]);
}

#[test]
fn the_copies_go_if_that_is_asked_for() {
    let lab = Lab::new();
    let record = made(&lab);
    let record =
        lab.tool("ail-ami").args(["copy", "--to", "us-west-2"]).record(&record).run().record();
    let ran = lab.tool("ail-ami").args(["rm", "--yes", "--copies"]).record(&record).run().exits(0);
    assert_eq!(ran.lines().len(), 4);
    assert_nothing_left(&lab, HERE);
    assert_nothing_left(&lab, "us-west-2");
}

#[test]
fn what_is_not_of_the_asset_is_not_touched() {
    let lab = Lab::new();
    let id = foreign_image(
        &lab,
        &format!("foreign-{}", lab.asset_id()),
        "{Key=ail:asset-id,Value=somebody-elses}",
    );
    let mut record = bare(&lab);
    record["image"] = json!({"id": id, "name": "x", "state": "available"});
    lab.tool("ail-ami").args(["rm", "--yes"]).record(&record).run().exits(73).stdout("").stderr(
        "ail-ami: the image ami-… (foreign-ID, eu-central-1) is not of ID\n  \
         it is tagged ail:asset-id=somebody-elses\n  \
         next: check --asset-id, or correct the tag with `ail-tag add`\n",
    );
    assert_eq!(lab.mutating_calls(), NONE);
}

#[test]
fn an_image_of_another_region_is_not_taken_for_gone() {
    let lab = Lab::new();
    let record = made(&lab);
    lab.tool("ail-ami")
        .args(["rm", "--yes", "--region", "us-west-2"])
        .record(&record)
        .run()
        .exits(2)
        .stdout("")
        .stderr(
            "ail-ami: the record's image ami-… lies in eu-central-1, not in us-west-2\n  \
             next: give --region eu-central-1 (AWS_REGION counts too), and --copies for copies \
             elsewhere\n",
        );
}

#[test]
fn a_snapshot_that_is_in_use_is_a_partial_success() {
    let lab = Lab::new();
    let record = made(&lab);
    let (image, snapshot) = (&record["image"]["id"], &record["image"]["snapshots"][0]);
    // The image is gone, as after a removal that was broken off; its snapshot is there.
    lab.aws(&["ec2", "deregister-image", "--image-id", image.as_str().expect("an id")]);
    lab.fault(&Fault {
        operation: "DeleteSnapshot",
        code: "InvalidSnapshot.InUse",
        message: "The snapshot is currently in use by ami-0123456789abcdef0",
        ..Fault::default()
    });
    let rm = || lab.tool("ail-ami").args(["rm", "--yes"]).record(&record).run();
    let ran = rm().exits(79);
    let lines = ran.lines();
    assert_eq!(lines[0], line("image", image, "gone"));
    assert_eq!((&lines[1]["id"], &lines[1]["result"]), (snapshot, &json!("in-use")));
    let reason = lines[1]["reason"].as_str().expect("a reason");
    assert!(reason.contains("in use by ami-0123456789abcdef0"), "{reason}");
    assert_eq!(rm().exits(0).lines()[1], line("snapshot", snapshot, "removed"));
    assert_nothing_left(&lab, HERE);
}

#[test]
fn a_missing_permission_removes_nothing() {
    let lab = Lab::new();
    let record = made(&lab);
    lab.fault(&Fault {
        operation: "DeregisterImage",
        status: 403,
        code: "UnauthorizedOperation",
        message: "You are not authorized to perform this operation.",
        ..Fault::default()
    });
    let ran = lab.tool("ail-ami").args(["rm", "--yes"]).record(&record).run().exits(77);
    assert_eq!(ran.lines()[0]["result"], "failed");
    ran.stderr(
        "ail-ami: cannot deregister ami-… (eu-central-1)\n  \
         DeregisterImage: UnauthorizedOperation: You are not authorized to perform this \
         operation (request …)\n  \
         next: check the credentials, and that their policy allows DeregisterImage\n",
    );
    assert_eq!(images(&lab, HERE).len(), 1);
}

#[test]
fn a_table_is_for_people() {
    let lab = Lab::new();
    let record = made(&lab);
    let ran = lab
        .tool("ail-ami")
        .args(["rm", "--yes", "--output", "table"])
        .record(&record)
        .run()
        .exits(0);
    let heads: Vec<_> =
        ran.stdout_text().lines().next().unwrap_or_default().split_whitespace().collect();
    assert_eq!(heads, ["TYPE", "ID", "REGION", "RESULT", "REASON"]);
    assert_eq!(ran.stdout_text().lines().count(), 3);
}
