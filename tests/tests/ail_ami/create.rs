//! `ail-ami create`.

use serde_json::{Value, json};
use tests::{Fault, Lab};

use crate::stage::{
    HERE, NONE, assert_nothing_left, bare, create, foreign_image, image_name, images, launch, made,
    record, record_of, snapshots,
};

fn tag<'a>(thing: &'a Value, key: &str) -> Option<&'a str> {
    let tags = thing["Tags"].as_array()?;
    tags.iter().find(|tag| tag["Key"] == key)?["Value"].as_str()
}

#[test]
fn the_image_is_as_the_record_says() {
    let lab = Lab::new();
    let ran = create(&lab).run();
    assert_eq!(
        ran.stderr_text(),
        "ami-… (ail-ID, eu-central-1) of i-…\n\
         ami-… (ail-ID, eu-central-1): pending 0 %\n\
         ami-… (ail-ID, eu-central-1): available\n\
         ail-ami create: done in N s\n"
    );
    let after = ran.record();
    let image = &images(&lab, HERE)[0];
    let snapshot = &snapshots(&lab, HERE)[0];
    assert_eq!(
        after["image"],
        json!({
            "id": image["ImageId"],
            "name": image_name(&lab),
            "state": "available",
            "snapshots": [snapshot["SnapshotId"]],
            "public": false,
        })
    );
    for thing in [image, snapshot] {
        assert_eq!(tag(thing, "ail:asset-id"), Some(lab.asset_id().as_str()));
        assert_eq!(tag(thing, "ail:tool"), Some("ail-ami"));
        assert_eq!(tag(thing, "ail:expires"), None);
    }
    let before = record(&lab);
    assert_eq!(after["instance"], before["instance"]);
    assert_eq!(after["unknown"], before["unknown"]);
    assert_eq!(lab.mutating_calls(), ["CreateImage"]);
}

#[test]
fn a_second_run_resumes_and_changes_nothing() {
    let lab = Lab::new();
    let first = made(&lab);
    let ran = create(&lab).run();
    assert_eq!(
        ran.stderr_text(),
        "ami-… (ail-ID, eu-central-1) is there already\nail-ami create: done in N s\n"
    );
    assert_eq!(ran.record()["image"], first["image"]);
    // The instance is gone; the image is found by its member, and by its name alone.
    let mut later = first.clone();
    later.as_object_mut().expect("an object").remove("instance");
    for record in [later, bare(&lab)] {
        let again = lab.tool("ail-ami").args(["create"]).record(&record).run().record();
        assert_eq!(again["image"], first["image"]);
    }
    assert_eq!(lab.mutating_calls(), ["CreateImage"]);
}

#[test]
fn a_reboot_is_the_default() {
    let lab = Lab::new();
    let instance = launch();
    let record = record_of(&lab, &instance);
    let plan = lab.tool("ail-ami").args(["create", "--dry-run"]).record(&record).run().exits(0);
    assert_eq!(
        plan.stdout_text(),
        format!(
            "would create the image {} of {instance}, which reboots (eu-central-1)\n",
            image_name(&lab)
        )
    );
    assert_eq!(lab.mutating_calls(), NONE);
    let made = lab
        .tool("ail-ami")
        .args(["create", "--description", "of a test"])
        .record(&record)
        .run()
        .record();
    assert_eq!(made["image"]["state"], "available");
    assert_eq!(images(&lab, HERE)[0]["Description"], "of a test");
    lab.aws(&["ec2", "terminate-instances", "--instance-ids", &instance]);
}

#[test]
fn a_taken_name_is_told_before_anything_is_changed() {
    let lab = Lab::new();
    let other = foreign_image(&lab, &image_name(&lab), "");
    let ran = create(&lab).run().exits(73).stdout("");
    assert!(ran.stderr_raw().contains(&other), "{ran:#?}");
    ran.stderr(
        "ail-ami: the image name ail-ID is taken by ami-… (not tagged ail:asset-id=ID, \
         eu-central-1)\n  \
         ami-… is available, without the tag ail:asset-id\n  \
         next: take another --asset-id; or, if nobody needs it, `aws ec2 deregister-image \
         --region eu-central-1 --image-id ami-…`\n",
    );
    assert_eq!(lab.mutating_calls(), NONE);
}

#[test]
fn what_is_missing_is_asked_for() {
    let lab = Lab::new();
    lab.tool("ail-ami").args(["create"]).record(&bare(&lab)).run().exits(65).stdout("").stderr(
        "ail-ami: the record has no member `instance`\n  \
         next: make it with `ail-stack up --kind ec2`, or inside `ail-stack run`\n",
    );
    let lab = Lab::new();
    let nameless = json!({"schema": "ail/1"});
    lab.tool("ail-ami").args(["create"]).record(&nameless).run().exits(2).stdout("").stderr(
        "ail-ami: no asset id is given\n  \
         next: give --asset-id, or set AIL_ASSET_ID, or put asset_id into the record\n",
    );
    let mut wrong = record(&lab);
    wrong["instance"]["port"] = json!("22");
    lab.tool("ail-ami").args(["create"]).record(&wrong).run().exits(65).stdout("").stderr(
        "ail-ami: the input is not a record that this tool can read\n  \
         instance.port: invalid type: string \"22\", expected u16\n",
    );
    assert_eq!(lab.calls(), NONE);
}

#[test]
fn an_instance_that_is_gone_is_not_found() {
    let lab = Lab::new();
    let record = record_of(&lab, "i-00000000000000000");
    let ran = lab.tool("ail-ami").args(["create"]).record(&record).run().exits(66).stdout("");
    assert!(
        ran.stderr_text().starts_with(
            "ail-ami: cannot make the image ail-ID of i-… (eu-central-1)\n  \
             CreateImage: InvalidInstanceID.NotFound: "
        ),
        "{ran:#?}"
    );
}

#[test]
fn a_refusal_leaves_nothing_and_names_the_permission() {
    let lab = Lab::new();
    lab.fault(&Fault {
        operation: "CreateImage",
        status: 403,
        code: "UnauthorizedOperation",
        message: "You are not authorized to perform this operation.",
        ..Fault::default()
    });
    create(&lab).run().exits(77).stdout("").stderr(
        "ail-ami: cannot make the image ail-ID of i-… (eu-central-1)\n  \
         CreateImage: UnauthorizedOperation: You are not authorized to perform this operation \
         (request …)\n  \
         next: check the credentials, and that their policy allows CreateImage\n",
    );
    assert_nothing_left(&lab, HERE);
}

#[test]
fn throttling_is_slowed_down_for() {
    let lab = Lab::new();
    lab.fault(&Fault {
        operation: "CreateImage",
        status: 503,
        code: "RequestLimitExceeded",
        message: "Request limit exceeded.",
        ..Fault::default()
    });
    create(&lab).run().record();
    assert_eq!(lab.mutating_calls(), ["CreateImage", "CreateImage"]);
}

#[test]
fn a_failed_image_gives_its_reason_and_goes() {
    let lab = Lab::new();
    let instance = launch();
    let record = record_of(&lab, &instance);
    // A disk that cannot be read: the written part of this instance's file system.
    let state = format!("/var/tmp/ail-cloud/test-{}/instances/{instance}", std::process::id());
    let (disk, away) = (format!("{state}/upper"), format!("{state}/upper-away"));
    std::fs::rename(&disk, &away).expect("the instance has a disk");

    let create = || lab.tool("ail-ami").args(["create", "--no-reboot"]).record(&record).run();
    let ran = create().exits(1).stdout("");
    let said = ran.stderr_text();
    assert!(
        said.contains(
            "ail-ami: taking back: remove the image ail-ID (eu-central-1)\n\
             ail-ami: the image ami-… (ail-ID, eu-central-1) is failed\n  \
             Server.InternalError: "
        ),
        "{ran:#?}"
    );
    assert!(said.ends_with("\n  undone: remove the image ail-ID (eu-central-1)\n"), "{ran:#?}");
    assert_nothing_left(&lab, HERE);

    // One that an earlier run left is removed and made again.
    let tag = format!("{{Key=ail:asset-id,Value={}}}", lab.asset_id());
    let specification = format!("ResourceType=image,Tags=[{tag}]");
    let name = image_name(&lab);
    let mut arguments = vec!["ec2", "create-image", "--no-reboot", "--instance-id", &instance];
    arguments.extend(["--name", &name, "--tag-specifications", &specification]);
    let broken = lab.aws(&arguments)["ImageId"].clone();
    while images(&lab, HERE)[0]["State"] == "pending" {}
    std::fs::rename(&away, &disk).expect("it was moved away");
    let ran = create();
    assert!(ran.stderr_text().contains("; removing it\n"), "{ran:#?}");
    let image = &ran.record()["image"];
    assert_eq!(image["state"], "available");
    assert_ne!(image["id"], broken);
    assert_eq!(images(&lab, HERE).len(), 1);
    lab.aws(&["ec2", "terminate-instances", "--instance-ids", &instance]);
}
