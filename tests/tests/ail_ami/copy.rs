//! `ail-ami copy`.

use serde_json::json;
use tests::{Fault, Lab};

use crate::stage::{HERE, NONE, assert_nothing_left, bare, image_name, images, made, snapshots};

const TO: [&str; 3] = ["copy", "--to", "us-east-1,eu-west-1"];

#[test]
fn each_region_gets_a_copy_once() {
    let lab = Lab::new();
    let record = made(&lab);
    let plan = lab.tool("ail-ami").args(TO).args(["--dry-run"]).record(&record).run().exits(0);
    let source = format!(
        "{} ({}, {HERE})",
        record["image"]["id"].as_str().expect("an id"),
        image_name(&lab)
    );
    assert_eq!(
        plan.stdout_text(),
        format!("would copy {source} to eu-west-1\nwould copy {source} to us-east-1\n")
    );
    assert_eq!(lab.mutating_calls(), ["CreateImage"]);

    let copied = lab.tool("ail-ami").args(TO).record(&record).run().record();
    assert_eq!(copied["image"], record["image"]);
    for (index, region) in ["eu-west-1", "us-east-1"].into_iter().enumerate() {
        let image = &images(&lab, region)[0];
        let snapshot = &snapshots(&lab, region)[0];
        assert_eq!(
            copied["copies"][index],
            json!({
                "region": region,
                "id": image["ImageId"],
                "name": image_name(&lab),
                "state": "available",
                "snapshots": [snapshot["SnapshotId"]],
                "public": false,
            })
        );
    }
    let again = lab.tool("ail-ami").args(TO).record(&copied).run().record();
    assert_eq!(again, copied);
    assert_eq!(lab.mutating_calls(), ["CreateImage", "CopyImage", "CopyImage"]);

    // What is done to the image is done to its copies, if that is asked for.
    let published =
        lab.tool("ail-ami").args(["publish", "--copies"]).record(&copied).run().record();
    assert_eq!(published["copies"][1]["public"], true);
    assert_eq!(images(&lab, "us-east-1")[0]["Public"], true);
    let ran = lab.tool("ail-ami").args(["unpublish"]).record(&published).run();
    assert_eq!(
        ran.stderr_text(),
        "the copies in eu-west-1, us-east-1 stay as they are (see --copies)\n\
         ami-… (ail-ID, eu-central-1): private\n\
         ail-ami unpublish: done in N s\n"
    );
}

#[test]
fn a_region_that_fails_is_cleaned_and_the_others_stay() {
    let lab = Lab::new();
    let record = made(&lab);
    lab.fault(&Fault {
        operation: "CopyImage",
        code: "ResourceLimitExceeded",
        message: "You have exceeded the number of simultaneous image copies.",
        ..Fault::default()
    });
    let ran = lab.tool("ail-ami").args(TO).record(&record).run().exits(79);
    let copied = ran.json();
    let copies = copied["copies"].as_array().expect("a list");
    assert_eq!(copies.len(), 1, "{ran:#?}");
    let done = copies[0]["region"].as_str().expect("a region");
    let failed = if done == "us-east-1" { "eu-west-1" } else { "us-east-1" };
    let said = ran.stderr_text();
    assert!(
        said.ends_with(&format!(
            "ail-ami: cannot copy ami-… (ail-ID, eu-central-1) to {failed}\n  \
             CopyImage: ResourceLimitExceeded: You have exceeded the number of simultaneous \
             image copies (request …)\n  \
             done before: ami-… (ail-ID, {done}) is available\n"
        )),
        "{ran:#?}"
    );
    assert_nothing_left(&lab, failed);
    assert_eq!(images(&lab, done).len(), 1);
    // The same line again does the rest.
    let rest = lab.tool("ail-ami").args(TO).record(&copied).run().record();
    assert_eq!(rest["copies"].as_array().map(Vec::len), Some(2));
}

#[test]
fn a_name_that_is_taken_there_is_told_before_anything_is_copied() {
    let lab = Lab::new();
    let record = made(&lab);
    let id = record["image"]["id"].as_str().expect("an id");
    let name = image_name(&lab);
    let mut arguments = vec!["ec2", "copy-image", "--source-region", HERE, "--source-image-id", id];
    arguments.extend(["--name", &name, "--region", "us-east-1"]);
    lab.aws(&arguments);
    let ran = lab.tool("ail-ami").args(TO).record(&record).run().exits(73).stdout("");
    assert!(
        ran.stderr_text().starts_with(
            "ail-ami: the image name ail-ID is taken by ami-… (not tagged ail:asset-id=ID, \
             us-east-1)\n"
        ),
        "{ran:#?}"
    );
    assert_eq!(lab.mutating_calls(), ["CreateImage"]);
}

#[test]
fn regions_are_other_regions() {
    let lab = Lab::new();
    let record = made(&lab);
    let copy =
        |region: &str| lab.tool("ail-ami").args(["copy", "--to", region]).record(&record).run();
    copy(HERE).exits(2).stdout("").stderr(
        "ail-ami: ami-… (ail-ID, eu-central-1) lies in eu-central-1 already\n  \
         next: give other regions as --to\n",
    );
    copy("mars-1").exits(2).stdout("").stderr(
        "ail-ami: there is no region mars-1\n  \
         next: see `aws ec2 describe-regions --all-regions`\n",
    );
    assert_eq!(lab.mutating_calls(), ["CreateImage"]);
    let lab = Lab::new();
    lab.tool("ail-ami").args(["copy"]).record(&bare(&lab)).run().exits(2).stdout("");
    assert_eq!(lab.calls(), NONE);
}
