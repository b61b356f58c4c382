//! What a run leaves that was killed while it made and exported an image.

use std::time::{Duration, Instant};

use serde_json::Value;
use tests::Lab;

use crate::stage::{RUN, assets, strings, text};

fn tagged(lab: &Lab, kinds: &[&str]) -> Vec<String> {
    let id = lab.asset_id();
    let tags = format!("Tags=[{{Key=ail:asset-id,Value={id}}},{{Key=ail:run,Value={RUN}}}]");
    kinds.iter().map(|kind| format!("ResourceType={kind},{tags}")).collect()
}

fn call(lab: &Lab, arguments: &[&str], kinds: &[&str]) -> Value {
    let tags = tagged(lab, kinds);
    let tags = tags.iter().map(String::as_str);
    let all: Vec<_> =
        arguments.iter().copied().chain(["--tag-specifications"]).chain(tags).collect();
    lab.aws(&all)
}

/// The state of an image or an instance, once it is `wanted`.
fn wait_for(wanted: &str, look: impl Fn() -> Value) {
    let started = Instant::now();
    while look() != wanted {
        assert!(started.elapsed() < Duration::from_secs(120), "it is {}", look());
        std::thread::sleep(Duration::from_millis(300));
    }
}

#[test]
fn an_instance_a_pending_image_and_a_running_export_go() {
    let lab = Lab::new();
    let source = lab.aws(&["ec2", "describe-images", "--owners", "136693071363"]);
    let source = text(&source["Images"][0], "ImageId").to_owned();
    let run = ["ec2", "run-instances", "--instance-type", "t3.micro", "--image-id", &source];
    let launched = call(&lab, &run, &["instance", "volume"]);
    let instance = text(&launched["Instances"][0], "InstanceId").to_owned();
    wait_for("running", || {
        let found = lab.aws(&["ec2", "describe-instances", "--instance-ids", &instance]);
        found["Reservations"][0]["Instances"][0]["State"]["Name"].clone()
    });
    let list = assets(&lab, "list").args(["--type", "instance", "--type", "volume", "--cost"]);
    let lines = list.run().exits(0).lines();
    assert_eq!(lines[0]["billed_as"], "t3.micro");
    assert_eq!(lines[0]["cost"]["basis"], "730 h of t3.micro at 0.012 USD/h");
    assert_eq!(
        lines[0]["cost"]["month"].as_f64().map(|month| format!("{month:.2}")).as_deref(),
        Some("8.76")
    );
    let size = lines[1]["bytes"].as_u64().expect("a size") >> 30;
    let class = lines[1]["billed_as"].as_str().expect("a type");
    let price = if class == "gp3" { 0.0952 } else { 0.119 };
    let basis = format!("{size} GiB, {class} at {price} USD a GiB-month");
    assert_eq!(lines[1]["cost"]["basis"], basis);
    let image = |name: &str| {
        let create =
            ["ec2", "create-image", "--no-reboot", "--instance-id", &instance, "--name", name];
        text(&call(&lab, &create, &["image", "snapshot"]), "ImageId").to_owned()
    };
    let first = image(&format!("ail-{}", lab.asset_id()));
    wait_for("available", || {
        lab.aws(&["ec2", "describe-images", "--image-ids", &first])["Images"][0]["State"].clone()
    });
    let bucket = export(&lab, &first);
    let second = image(&format!("second-{}", lab.asset_id()));

    let rm = || assets(&lab, "rm").args(["--bucket", &bucket]);
    let plan = rm().args(["--dry-run"]).run().exits(0);
    let verbs: Vec<_> = plan
        .stdout_text()
        .lines()
        .map(|l| l.split(' ').take(3).collect::<Vec<_>>().join(" "))
        .collect();
    assert_eq!(
        verbs,
        [
            "would cancel export",
            "would terminate instance",
            "would deregister image",
            "would deregister image",
            "would delete volume",
            "would delete snapshot",
            "would delete snapshot",
        ]
    );
    let ran = rm().args(["--yes"]).run().exits(0);
    let lines = ran.lines();
    assert_eq!(strings(&lines, "result"), vec!["removed"; lines.len()], "{ran:#?}");
    let volume = lines.iter().find(|line| line["type"] == "volume").expect("it was listed");
    assert_eq!(volume["reason"], format!("with {instance}"));
    assert!(strings(&lines, "id").contains(&second.as_str()), "{ran:#?}");
    assets(&lab, "list").args(["--bucket", &bucket]).run().exits(0).stdout("");
    rm().args(["--yes"]).run().exits(0).stdout("");
    let id = lab.asset_id();
    let filter = format!("Name=tag:ail:asset-id,Values={id}");
    for (call, member) in [
        ("describe-images", "Images"),
        ("describe-snapshots", "Snapshots"),
        ("describe-volumes", "Volumes"),
    ] {
        assert_eq!(lab.aws(&["ec2", call, "--filters", &filter])[member], Value::Array(vec![]));
    }
}

/// Starts an export; gives its bucket.
fn export(lab: &Lab, image: &str) -> String {
    let bucket = format!("bucket-{}", lab.asset_id());
    let constraint = "LocationConstraint=eu-central-1";
    let make = ["s3api", "create-bucket", "--bucket", &bucket, "--create-bucket-configuration"];
    lab.aws(&[&make[..], &[constraint]].concat());
    let role = format!("role-{}", lab.asset_id());
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole",
        "Principal":{"Service":"vmie.amazonaws.com"},
        "Condition":{"StringEquals":{"sts:Externalid":"vmimport"}}}]}"#;
    let named = ["--role-name", &role];
    lab.aws(
        &[&["iam", "create-role"], &named[..], &["--assume-role-policy-document", trust]].concat(),
    );
    let policy = r#"{"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Action":["s3:*","ec2:*"],"Resource":"*"}]}"#;
    let put = ["--policy-name", "all", "--policy-document", policy];
    lab.aws(&[&["iam", "put-role-policy"], &named[..], &put[..]].concat());
    let location = format!("S3Bucket={bucket},S3Prefix=ai_lab/{}/", lab.asset_id());
    let to = ["--disk-image-format", "RAW", "--s3-export-location", &location];
    let export = [&["ec2", "export-image", "--image-id", image], &to[..], &named[..]].concat();
    call(lab, &export, &["export-image-task"]);
    bucket
}
