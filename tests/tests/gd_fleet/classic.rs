//! The instructions of 2014, read back by the aws CLI, and today's again.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tests::Fault;

use crate::build::instances_of;
use crate::scale::until_there_are;
use crate::stage::Stage;

/// What is said of it, a line each.
const SAID: &str = "\
--classic: workers may do anything with every bucket and every queue of the account
--classic: the metadata service answers without a token (IMDSv1): a worker that can be made to \
fetch a URL gives its role away
--classic: workers take SSH from every address that reaches them, and reach every address \
themselves
--classic: their volumes are not encrypted
--classic: a worker that has to go is ended in the middle of its jobs, which wait for another \
until they are visible again
--classic: launch configurations learn nothing new since 2023, and accounts made since October \
2024 cannot make any
--classic: m1.small is of a former generation: slower than t3.small, dearer, and not to be had in \
every region
";

#[test]
fn the_instructions_of_2014_are_followed_to_the_letter_until_they_are_not() {
    // The younger regions have no m1.small.
    let stage = Stage::of("eu-west-1");
    let ran = stage.fleet(&stage.record, &["up", "--classic"]).run();
    assert!(ran.stderr_text().starts_with(SAID), "{ran:#?}");
    let record = ran.record();
    let fleet = &record["fleet"];
    assert_eq!(fleet["wish"]["classic"], true);
    assert_eq!(fleet["launch_configuration"], *stage.name("Workers"));
    assert_eq!(fleet.get("launch_template"), None);
    assert_eq!(stage.findings(&record), [""; 0]);
    read_back(&stage, &record);
    until_there_are(&stage, 1);

    // It stays so without being told again.
    let before = stage.lab.mutating_calls().len();
    assert_eq!(stage.fleet(&record, &["up"]).run().record(), record);
    assert_eq!(stage.lab.mutating_calls().len(), before);
    tamper_and_repair(&stage, &record);

    // Another type is another launch configuration, and the former one goes.
    let other =
        stage.fleet(&record, &["up", "--instance-type", "m3.medium", "--yes"]).run().record();
    let name = other["fleet"]["launch_configuration"].as_str().expect("a name").to_owned();
    assert!(name.starts_with(&format!("{} ", stage.name("Workers"))), "{name}");
    assert_eq!(configurations(&stage), [name.as_str()]);
    until_healthy(&stage, &other);

    // And today's good practice is taken up again, by a type of its own.
    stage.fleet(&other, &["up", "--classic=false"]).run().exits(80);
    let today = stage.fleet(&other, &["up", "--classic=false", "--yes"]).run().record();
    assert_eq!(today["fleet"]["wish"]["instance_type"], "t3.small");
    until_healthy(&stage, &today);
    assert_eq!(configurations(&stage), [""; 0]);
    assert!(stage.group()["LaunchTemplate"].is_object(), "{}", stage.group());
    assert_eq!(attached(&stage), [""; 0]);
    stage.fleet(&today, &["down", "--yes"]).run().exits(0);
}

/// Waits until nobody of the workers is of former launch data: one whom the group had just
/// started may have to go first.
fn until_healthy(stage: &Stage, record: &Value) {
    let started = Instant::now();
    loop {
        let found = stage.findings(record);
        if found.is_empty() {
            return;
        }
        assert!(started.elapsed() < Duration::from_secs(120), "{found:?}");
        std::thread::sleep(Duration::from_millis(500));
    }
}

#[test]
fn what_aws_no_longer_allows_is_said_with_what_to_do() {
    let stage = Stage::new();
    let ran = stage.fleet(&stage.record, &["up", "--classic"]).run().exits(69).stdout("");
    let told = ran.stderr_text();
    for line in [
        "cannot start the instance Worker Master",
        "RunInstances: Unsupported: The requested configuration is currently not supported.",
        "next: AWS may no longer allow it: leave --classic out (take back a record's by \
         --classic=false), or name a type of today with --instance-type",
    ] {
        assert!(told.contains(line), "{line}: {told}");
    }

    stage.lab.fault(&Fault {
        service: "autoscaling",
        operation: "CreateLaunchConfiguration",
        code: "UnsupportedOperation",
        message: "The Launch Configuration creation operation is not available in your account. \
                  Use launch templates to create configuration templates for your Auto Scaling \
                  groups.",
        ..Fault::default()
    });
    let classic = ["up", "--classic", "--instance-type", "m3.medium"];
    let ran = stage.fleet(&stage.record, &classic).run().exits(69).stdout("");
    let told = ran.stderr_text();
    for line in [
        "cannot create the launch configuration Workers-ID (eu-central-1)",
        "CreateLaunchConfiguration: UnsupportedOperation: The Launch Configuration creation \
         operation is not available in your account.",
        "next: AWS no longer allows it: leave --classic out, and take back a record's by \
         --classic=false",
    ] {
        assert!(told.contains(line), "{line}: {told}");
    }
    // It is told before anything is made of it.
    assert_eq!(instances_of(&stage, "master"), [""; 0]);
    // What was made is taken over, as far as it is the same today.
    let today = stage.fleet(&stage.record, &["up", "--yes"]).run().record();
    assert_eq!(stage.findings(&today), [""; 0]);
    stage.fleet(&today, &["down", "--yes"]).run().exits(0);
}

#[test]
fn in_2014_there_was_no_target_tracking() {
    let lab = tests::Lab::new();
    let tool = lab.tool("gd-fleet").args(["up", "--classic", "--scaling", "backlog"]);
    let tool = tool.env("GD_WORKER", "/bin/true").record(&json!({"schema": "ail/1"}));
    tool.run().exits(2).stdout("").stderr(
        "gd-fleet: in 2014 there was no target tracking\n  \
         next: give --scaling step with --classic, or leave --classic out\n",
    );
}

#[test]
fn a_strangers_launch_configuration_is_not_taken_over() {
    let stage = Stage::new();
    let name = stage.name("Workers");
    stage.aws(&[
        "autoscaling",
        "create-launch-configuration",
        "--launch-configuration-name",
        &name,
        "--image-id",
        "ami-12345678",
        "--instance-type",
        "m1.small",
    ]);
    let built = stage.built();
    // Today's fleet has none, and leaves others' alone; the one of 2014 cannot have its name.
    assert_eq!(stage.findings(&built), [""; 0]);
    let ran = stage.fleet(&built, &["up", "--classic", "--yes"]).run().exits(73).stdout("");
    assert!(
        ran.stderr_text().contains("the name of the launch configuration is taken"),
        "{ran:#?}"
    );
    stage.fleet(&built, &["down", "--yes"]).run().exits(0);
    assert_eq!(configurations(&stage), [name.as_str()]);
}

/// What gd-fleet owns of the list of 2014, as the aws CLI reads it.
fn read_back(stage: &Stage, record: &Value) {
    let name = stage.name("Workers");
    let described =
        ["autoscaling", "describe-launch-configurations", "--launch-configuration-names", &name];
    let one = &stage.aws(&described)["LaunchConfigurations"][0];
    assert_eq!(one["InstanceType"], "m1.small");
    assert_eq!(one["ImageId"], record["fleet"]["image"]);
    assert_eq!(one["IamInstanceProfile"], *stage.name("BatchProcessing"));
    assert_eq!(one["SecurityGroups"], json!([record["fleet"]["security_group"]]));
    assert_eq!(one["KeyName"], record["network"]["key_pair"]["name"]);
    assert_eq!(one["MetadataOptions"]["HttpTokens"], "optional");
    assert_eq!(one["InstanceMonitoring"]["Enabled"], false);

    let group = stage.group();
    assert_eq!(group["LaunchConfigurationName"], *name);
    assert_eq!(group.get("LaunchTemplate"), None);
    assert_eq!((&group["MinSize"], &group["MaxSize"]), (&json!(1), &json!(4)));
    let hooks = ["autoscaling", "describe-lifecycle-hooks", "--auto-scaling-group-name"];
    let hooks = stage.aws(&[&hooks[..], &[&stage.name("worker-group")]].concat());
    assert_eq!(hooks["LifecycleHooks"], json!([]));

    assert_eq!(attached(stage), ["AmazonS3FullAccess", "AmazonSQSFullAccess"]);
    let role = stage.name("BatchProcessing");
    let inline = stage.aws(&["iam", "list-role-policies", "--role-name", &role]);
    assert_eq!(inline["PolicyNames"], json!([]));

    let security = record["fleet"]["security_group"].as_str().expect("an id");
    let security = ["ec2", "describe-security-groups", "--group-ids", security];
    let security = &stage.aws(&security)["SecurityGroups"][0];
    let inbound = &security["IpPermissions"][0];
    assert_eq!((&inbound["FromPort"], &inbound["ToPort"]), (&json!(22), &json!(22)));
    assert_eq!(inbound["IpRanges"][0]["CidrIp"], "0.0.0.0/0");
    assert_eq!(security["IpPermissionsEgress"][0]["IpProtocol"], "-1");

    let images = ["ec2", "describe-images", "--image-ids"];
    let image = record["fleet"]["image"].as_str().expect("an id");
    let image = stage.aws(&[&images[..], &[image]].concat());
    assert_ne!(image["Images"][0]["BlockDeviceMappings"][0]["Ebs"]["Encrypted"], true);
}

/// A launch configuration of somebody's on the group, and a policy that is gone.
fn tamper_and_repair(stage: &Stage, record: &Value) {
    let (group, role) = (stage.name("worker-group"), stage.name("BatchProcessing"));
    let image = record["fleet"]["image"].as_str().expect("an id");
    let other = stage.name("cheaper");
    let sqs = "arn:aws:iam::aws:policy/AmazonSQSFullAccess";
    for attack in [
        &[
            "autoscaling",
            "create-launch-configuration",
            "--launch-configuration-name",
            &other,
            "--image-id",
            image,
            "--instance-type",
            "t1.micro",
        ][..],
        &[
            "autoscaling",
            "update-auto-scaling-group",
            "--auto-scaling-group-name",
            &group,
            "--launch-configuration-name",
            &other,
        ],
        &["iam", "detach-role-policy", "--role-name", &role, "--policy-arn", sqs],
    ] {
        stage.aws(attack);
    }
    assert_eq!(
        stage.findings(record),
        [
            "missing role attached",
            "changed worker-group configuration",
            "changed worker-group launch",
            "extra worker-group outdated",
        ]
    );
    let repaired = stage.fleet(record, &["repair"]).run().record();
    assert_eq!(repaired["fleet"], record["fleet"]);
    assert_eq!(stage.findings(&repaired), [""; 0]);
    let delete = ["autoscaling", "delete-launch-configuration", "--launch-configuration-name"];
    stage.aws(&[&delete[..], &[&other]].concat());
}

/// The names of the team's launch configurations.
fn configurations(stage: &Stage) -> Vec<String> {
    let query = "LaunchConfigurations[].LaunchConfigurationName";
    let all = stage.aws(&["autoscaling", "describe-launch-configurations", "--query", query]);
    let all: Vec<String> = serde_json::from_value(all).expect("a list of names");
    all.into_iter().filter(|name| name.starts_with(&stage.name("Workers"))).collect()
}

/// The policies that are attached to the role.
fn attached(stage: &Stage) -> Vec<String> {
    let role = stage.name("BatchProcessing");
    let query = "AttachedPolicies[].PolicyName";
    let arguments = ["iam", "list-attached-role-policies", "--role-name", &role, "--query", query];
    let mut names: Vec<String> =
        serde_json::from_value(stage.aws(&arguments)).expect("a list of names");
    names.sort();
    names
}
