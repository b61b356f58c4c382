//! Built, built again, taken down, taken down again; read back by the aws CLI.

use serde_json::{Value, json};

use crate::stage::Stage;

const PARTS: [&str; 12] = [
    "role",
    "instance-profile",
    "workers-security-group",
    "worker-image",
    "launch-template",
    "worker-group",
    "drain-hook",
    "scale-out",
    "scale-in",
    "many-jobs",
    "no-jobs",
    "access",
];

#[test]
fn a_dry_run_names_every_part_and_changes_nothing() {
    let stage = Stage::new();
    let ran = stage.fleet(&stage.record, &["up", "--dry-run"]).run().exits(0);
    for part in PARTS.iter().chain(&["worker", "master"]) {
        assert!(ran.stdout_text().contains(&format!(" {part}\n")), "{part}: {ran:#?}");
    }
    let would = |line: &str| line.starts_with("would create ") || line.ends_with("as it shall be");
    assert!(ran.stdout_text().lines().all(would), "{ran:#?}");
    assert_eq!(stage.lab.mutating_calls(), [""; 0]);
}

#[test]
fn a_fleet_is_built_once_and_taken_down_once() {
    let stage = Stage::new();
    let record = stage.built();
    let fleet = &record["fleet"];
    let sealed: Vec<_> =
        fleet["resources"].as_array().expect("a list").iter().map(|seal| &seal["name"]).collect();
    assert_eq!(sealed, PARTS);
    assert_eq!(stage.findings(&record), [""; 0]);
    read_back(&stage, &record);

    let before = stage.lab.mutating_calls().len();
    // From the record that it gave, and from the one without a fleet.
    let again = stage.fleet(&record, &["up"]).run().record();
    assert_eq!(again, record);
    assert_eq!(stage.built(), record);
    assert_eq!(stage.lab.mutating_calls().len(), before);

    let status = stage.fleet(&record, &["status", "--output", "json"]).run().exits(0).json();
    let states: Vec<_> =
        status.as_array().expect("a list").iter().map(|one| &one["state"]).collect();
    assert_eq!(states, ["present"; 12]);

    let refused = stage.fleet(&record, &["down"]).run().exits(80);
    assert!(refused.stderr_text().contains("Auto Scaling group worker-group"), "{refused:#?}");
    let planned = stage.fleet(&record, &["down", "--dry-run"]).run().exits(0);
    // The access to the account is nobody's to delete.
    assert_eq!(planned.stdout_text().lines().count(), PARTS.len() - 1);
    assert_eq!(stage.lab.mutating_calls().len(), before);
    stage.fleet(&record, &["down", "--yes"]).run().exits(0).stdout("");
    let after = stage.lab.mutating_calls().len();
    stage.fleet(&record, &["down", "--yes"]).run().exits(0).stdout("");
    assert_eq!(stage.lab.mutating_calls().len(), after);
    nothing_left(&stage);
}

/// Every part with its attributes, as the aws CLI reads them.
fn read_back(stage: &Stage, record: &Value) {
    let (lab, fleet, queues) = (&stage.lab, &record["fleet"], &record["queues"]);
    let group = stage.group();
    assert_eq!((&group["MinSize"], &group["MaxSize"]), (&json!(1), &json!(4)));
    assert_eq!(group["VPCZoneIdentifier"], record["network"]["private_subnets"][0]["id"]);
    let tags = group["Tags"].as_array().expect("tags");
    assert!(tags.iter().all(|tag| tag["PropagateAtLaunch"] == true), "{tags:?}");

    let template = fleet["launch_template"]["id"].as_str().expect("an id");
    let arguments = ["ec2", "describe-launch-template-versions", "--launch-template-id", template];
    let data = &lab.aws(&arguments)["LaunchTemplateVersions"][0]["LaunchTemplateData"];
    assert_eq!(data["MetadataOptions"]["HttpTokens"], "required");
    assert_eq!(data["BlockDeviceMappings"][0]["Ebs"]["Encrypted"], true);
    assert_eq!(data["IamInstanceProfile"]["Name"], *stage.name("BatchProcessing"));
    assert_eq!(data["ImageId"], fleet["image"]);

    let image = fleet["image"].as_str().expect("an id");
    let image = &lab.aws(&["ec2", "describe-images", "--image-ids", image])["Images"][0];
    let name = image["Name"].as_str().expect("a name");
    assert!(name.starts_with(&format!("Worker Image {} ", stage.team)), "{name}");
    assert_eq!(image["State"], "available");

    let role = stage.name("BatchProcessing");
    let policy = ["iam", "get-role-policy", "--policy-name", "work", "--role-name", &role];
    let policy = lab.aws(&policy)["PolicyDocument"].to_string();
    for part in ["input", "output", "dead_letter"] {
        assert!(policy.contains(queues[part]["arn"].as_str().expect("an ARN")), "{part}: {policy}");
    }
    assert!(!policy.contains(r#""*""#), "{policy}");
    let attached = lab.aws(&["iam", "list-attached-role-policies", "--role-name", &role]);
    assert_eq!(attached["AttachedPolicies"], json!([]));

    let many = stage.name("worker-group") + "-many-jobs";
    let alarm =
        &lab.aws(&["cloudwatch", "describe-alarms", "--alarm-names", &many])["MetricAlarms"][0];
    assert_eq!(alarm["MetricName"], "ApproximateNumberOfMessagesVisible");
    assert_eq!(alarm["Dimensions"][0]["Value"], queues["input"]["name"]);
    assert_eq!((&alarm["Threshold"], &alarm["Period"]), (&json!(10.0), &json!(60)));
    assert_eq!(
        alarm["AlarmActions"][0],
        fleet["policies"][stage.name("worker-group") + "-scale-out"]
    );

    let masters = instances_of(stage, "master");
    assert_eq!(masters, ["terminated"]);
    let bucket = queues["bucket"]["name"].as_str().expect("a name");
    let objects = lab.aws(&["s3api", "list-objects-v2", "--bucket", bucket]);
    assert!(objects["Contents"].is_null(), "{objects}");
}

/// Asserts that nothing of the team's fleet is there, but for what shuts down.
pub fn nothing_left(stage: &Stage) {
    assert_eq!(stage.group(), Value::Null);
    for part in ["master", "worker-group"] {
        let states = instances_of(stage, part);
        assert!(
            states.iter().all(|state| state == "terminated" || state == "shutting-down"),
            "{part}: {states:?}"
        );
    }
    let team = format!("Name=tag:gd:team,Values={}", stage.team);
    for (what, member) in [
        ("describe-images", "Images"),
        ("describe-snapshots", "Snapshots"),
        ("describe-security-groups", "SecurityGroups"),
        ("describe-launch-templates", "LaunchTemplates"),
    ] {
        let left = stage.lab.aws(&["ec2", what, "--filters", &team]);
        assert_eq!(left[member], json!([]), "{what}");
    }
}

/// The states of the instances of a part.
pub fn instances_of(stage: &Stage, part: &str) -> Vec<String> {
    let team = format!("Name=tag:gd:team,Values={}", stage.team);
    let resource = format!("Name=tag:gd:resource,Values={part}");
    let query = "Reservations[].Instances[].State.Name";
    let arguments = ["ec2", "describe-instances", "--filters", &team, &resource, "--query", query];
    serde_json::from_value(stage.lab.aws(&arguments)).expect("a list of states")
}
