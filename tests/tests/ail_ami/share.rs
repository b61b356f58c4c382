//! `ail-ami publish` and `ail-ami unpublish`.

use serde_json::{Value, json};
use tests::{Fault, Lab};

use crate::stage::{
    ELSEWHERE, HERE, NONE, bare, foreign_image, image_name, images, made, snapshots,
};

const ONE: &str = "111122223333";
const TWO: &str = "444455556666";

fn launch_permissions(lab: &Lab, id: &Value) -> Value {
    let id = id.as_str().expect("an id");
    lab.aws(&[
        "ec2",
        "describe-image-attribute",
        "--attribute",
        "launchPermission",
        "--image-id",
        id,
    ])["LaunchPermissions"]
        .clone()
}

fn volume_permissions(lab: &Lab, id: &Value) -> Value {
    let id = id.as_str().expect("an id");
    lab.aws(&[
        "ec2",
        "describe-snapshot-attribute",
        "--attribute",
        "createVolumePermission",
        "--snapshot-id",
        id,
    ])["CreateVolumePermissions"]
        .clone()
}

#[test]
fn everybody_may_launch_it_until_nobody_may() {
    let lab = Lab::new();
    let record = made(&lab);
    let id = &record["image"]["id"];
    let publish = |verb: &str| lab.tool("ail-ami").args([verb]).record(&record).run();

    let ran = publish("publish");
    assert_eq!(
        ran.stderr_text(),
        "ami-… (ail-ID, eu-central-1): public\nail-ami publish: done in N s\n"
    );
    assert_eq!(ran.record()["image"]["public"], true);
    assert_eq!(launch_permissions(&lab, id), json!([{"Group": "all"}]));
    assert_eq!(publish("publish").record()["image"]["public"], true);
    assert_eq!(lab.mutating_calls(), ["CreateImage", "ModifyImageAttribute"]);

    let ran = publish("unpublish");
    assert_eq!(
        ran.stderr_text(),
        "ami-… (ail-ID, eu-central-1): private\nail-ami unpublish: done in N s\n"
    );
    assert_eq!(ran.record()["image"]["public"], false);
    assert_eq!(launch_permissions(&lab, id), json!([]));
    publish("unpublish").record();
    assert_eq!(lab.mutating_calls().len(), 3);
    // The snapshots were never touched.
    assert_eq!(volume_permissions(&lab, &record["image"]["snapshots"][0]), json!([]));
}

#[test]
fn single_accounts_get_the_image_and_its_snapshots() {
    let lab = Lab::new();
    let record = made(&lab);
    let (image, snapshot) = (&record["image"]["id"], &record["image"]["snapshots"][0]);
    let both = ["--snapshots", "--account", ONE, "--account", TWO];

    let plan = lab
        .tool("ail-ami")
        .args(["publish", "--dry-run"])
        .args(both)
        .record(&record)
        .run()
        .exits(0);
    assert_eq!(
        plan.stdout_text(),
        format!(
            "would share {s} of {i} ({n}, {HERE}) with {ONE}, {TWO}\n\
             would share {i} ({n}, {HERE}) with {ONE}, {TWO}\n",
            s = snapshot.as_str().expect("an id"),
            i = image.as_str().expect("an id"),
            n = image_name(&lab),
        )
    );
    assert_eq!(lab.mutating_calls(), ["CreateImage"]);

    let ran = lab.tool("ail-ami").args(["publish"]).args(both).record(&record).run();
    assert_eq!(
        ran.stderr_text(),
        "snap-… of ami-… (ail-ID, eu-central-1): shared with 111122223333, 444455556666\n\
         ami-… (ail-ID, eu-central-1): shared with 111122223333, 444455556666\n\
         ail-ami publish: done in N s\n"
    );
    let shared = ran.record();
    assert_eq!(shared["image"]["shared_with"], json!([ONE, TWO]));
    assert_eq!(volume_permissions(&lab, snapshot).as_array().map(Vec::len), Some(2));

    // Only what differs is changed: the snapshot is shared already.
    let calls = lab.mutating_calls().len();
    let less =
        lab.tool("ail-ami").args(["unpublish", "--account", ONE]).record(&shared).run().record();
    assert_eq!(less["image"]["shared_with"], json!([TWO]));
    assert_eq!(lab.mutating_calls()[calls..], ["ModifyImageAttribute"]);
    lab.tool("ail-ami").args(["publish"]).args(both).record(&less).run().record();
    assert_eq!(lab.mutating_calls()[calls + 1..], ["ModifyImageAttribute"]);
}

#[test]
fn the_image_is_found_by_its_tag_without_a_record_of_it() {
    let lab = Lab::new();
    let record = made(&lab);
    let published = lab.tool("ail-ami").args(["publish"]).record(&bare(&lab)).run().record();
    assert_eq!(published["image"]["id"], record["image"]["id"]);
    assert_eq!(published["image"]["public"], true);
}

#[test]
fn several_images_are_refused_unless_all_are_asked_for() {
    let lab = Lab::new();
    made(&lab);
    let tag = format!("{{Key=ail:asset-id,Value={}}}", lab.asset_id());
    foreign_image(&lab, &format!("other-{}", lab.asset_id()), &tag);
    let publish = |arguments: &[&str]| {
        lab.tool("ail-ami").args(["publish"]).args(arguments).record(&bare(&lab)).run()
    };
    publish(&[]).exits(65).stdout("").stderr(
        "ail-ami: 2 images are of ID (eu-central-1)\n  \
         ami-… (ail-ID, available, made TIME)\n  \
         ami-… (other-ID, available, made TIME)\n  \
         next: give a record that names one of them, or --all\n",
    );
    assert_eq!(lab.mutating_calls(), ["CreateImage"]);
    publish(&["--all"]).record();
    assert_eq!(lab.mutating_calls()[1..], ["ModifyImageAttribute"; 2]);
}

#[test]
fn what_is_not_there_is_told() {
    let lab = Lab::new();
    lab.tool("ail-ami").args(["publish"]).record(&bare(&lab)).run().exits(66).stdout("").stderr(
        "ail-ami: no image of ID exists (eu-central-1)\n  \
         next: make it with `ail-ami create`, or check --asset-id and --region\n",
    );
    let mut gone = bare(&lab);
    gone["image"] = json!({"id": "ami-00000000000000000", "name": "x", "state": "available"});
    lab.tool("ail-ami").args(["publish"]).record(&gone).run().exits(66).stdout("").stderr(
        "ail-ami: the image ami-… (x, eu-central-1) does not exist\n  \
         next: make it again with `ail-ami create`, or check --region\n",
    );
}

#[test]
fn somebody_elses_image_is_not_touched() {
    let lab = Lab::new();
    let found = lab.tool("ail-ami").args(["find"]).args(crate::stage::DEBIAN).run().record();
    let mut theirs = bare(&lab);
    theirs["image"] = json!({"id": found["source_image"]["id"], "name": "x", "state": "available"});
    lab.tool("ail-ami").args(["publish"]).record(&theirs).run().exits(77).stdout("").stderr(
        "ail-ami: the image ami-… (eu-central-1) is not this account's own\n  \
         its owner is 136693071363\n  \
         next: use the owner's credentials\n",
    );
    let id = foreign_image(&lab, &format!("untagged-{}", lab.asset_id()), "");
    theirs["image"]["id"] = json!(id);
    lab.tool("ail-ami").args(["publish"]).record(&theirs).run().exits(73).stdout("").stderr(
        "ail-ami: the image ami-… (untagged-ID, eu-central-1) is not of ID\n  \
         it is without the tag ail:asset-id\n  \
         next: check --asset-id, or correct the tag with `ail-tag add`\n",
    );
    assert_eq!(lab.mutating_calls(), NONE);
}

#[test]
fn a_block_of_public_access_is_told_and_stays() {
    let lab = Lab::new();
    let copied =
        lab.tool("ail-ami").args(["copy", "--to", ELSEWHERE]).record(&made(&lab)).run().record();
    assert_eq!(copied["copies"][0]["region"], ELSEWHERE);
    lab.aws(&[
        "ec2",
        "enable-image-block-public-access",
        "--region",
        ELSEWHERE,
        "--image-block-public-access-state",
        "block-new-sharing",
    ]);
    let calls = lab.mutating_calls().len();
    let publish = |arguments: &[&str]| {
        let there = lab.tool("ail-ami").args(["publish", "--region", ELSEWHERE]);
        there.args(arguments).record(&bare(&lab)).run()
    };
    publish(&[]).exits(69).stdout("").stderr(
        "ail-ami: cannot make ami-… public (eu-north-1)\n  \
         this account blocks public access to its images there (block-new-sharing)\n  \
         next: share with single accounts by --account; or, if images of this account may be \
         public, lift the block yourself: `aws ec2 disable-image-block-public-access --region \
         eu-north-1` (it takes up to 10 minutes)\n",
    );
    assert_eq!(lab.mutating_calls().len(), calls);
    // Refused in one region, it is published in none.
    lab.tool("ail-ami").args(["publish", "--copies"]).record(&copied).run().exits(69).stdout("");
    assert_eq!(lab.mutating_calls().len(), calls);
    // Single accounts are another matter.
    let shared = publish(&["--account", ONE]).record();
    assert_eq!(shared["image"]["shared_with"], json!([ONE]));
    let state = lab.aws(&["ec2", "get-image-block-public-access-state", "--region", ELSEWHERE]);
    assert_eq!(state["ImageBlockPublicAccessState"], "block-new-sharing");
}

#[test]
fn half_a_publication_is_taken_back() {
    let lab = Lab::new();
    let record = made(&lab);
    lab.fault(&Fault {
        operation: "ModifyImageAttribute",
        status: 403,
        code: "UnauthorizedOperation",
        message: "You are not authorized to perform this operation.",
        ..Fault::default()
    });
    let ran = lab.tool("ail-ami").args(["publish", "--snapshots"]).record(&record).run().exits(77);
    ran.stdout("").stderr(
        "ail-ami: taking back: stop sharing snap-… with everybody\n\
         ail-ami: cannot share ami-… with everybody (eu-central-1)\n  \
         ModifyImageAttribute: UnauthorizedOperation: You are not authorized to perform this \
         operation (request …)\n  \
         undone: stop sharing snap-… with everybody\n  \
         next: check the credentials, and that their policy allows ModifyImageAttribute\n",
    );
    let snapshot = &snapshots(&lab, HERE)[0]["SnapshotId"];
    assert_eq!(volume_permissions(&lab, snapshot), json!([]));
    assert_eq!(launch_permissions(&lab, &images(&lab, HERE)[0]["ImageId"]), json!([]));
}

#[test]
fn the_way_on_from_a_full_quota_of_public_images_is_told() {
    let lab = Lab::new();
    let record = made(&lab);
    lab.fault(&Fault {
        operation: "ModifyImageAttribute",
        code: "ResourceLimitExceeded",
        message: "You have reached your quota of 5 for the number of public images allowed in \
                  this Region. Deregister unused public images or make them private, or request \
                  an increase in your public AMIs quota.",
        ..Fault::default()
    });
    let publish = || lab.tool("ail-ami").args(["publish"]).record(&record).run();
    publish().exits(69).stdout("").stderr(
        "ail-ami: cannot share ami-… with everybody (eu-central-1)\n  \
         ModifyImageAttribute: ResourceLimitExceeded: You have reached your quota of 5 for the \
         number of public images allowed in this Region. Deregister unused public images or make \
         them private, or request an increase in your public AMIs quota (request …)\n  \
         next: make an older image private by `ail-ami unpublish --region eu-central-1 \
         --asset-id OLDER`, or ask AWS for a higher quota `Public AMIs` there; then run `ail-ami \
         publish` on the record again\n",
    );
    assert_eq!(publish().record()["image"]["public"], true);
}

#[test]
fn an_account_is_twelve_digits() {
    let lab = Lab::new();
    let ran = lab.tool("ail-ami").args(["publish", "--account", "everybody"]).run().exits(2);
    assert!(ran.stderr_raw().contains("it is `all`, or an account id of 12 digits"), "{ran:#?}");
    assert_eq!(lab.calls(), NONE);
}
