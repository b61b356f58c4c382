//! The instructions of 2014, to the letter.

use serde_json::json;
use tests::Fault;

use crate::stage::{Stage, at, nothing};

#[test]
fn the_instructions_of_2014_are_followed_kept_and_taken_back() {
    let stage = Stage::new();
    let ran = stage.vpc(&["up", "--classic"]).env_remove("AIL_SSH_CIDR").run();
    let said = ran.stderr_text();
    for line in [
        "--classic: everybody in the world may try to log in to the NAT instance\n",
        "--classic: the default security group of the VPC lets its own members in, and ",
        "--classic: the metadata service answers without a token (IMDSv1), for whoever ",
        "--classic: the root volume is not encrypted\n",
        "--classic: t2.micro is of a former generation: slower than t3.micro, dearer, and ",
        "--classic: the NAT image of then is no longer kept up; another one is set up as one\n",
    ] {
        assert!(said.contains(line), "no {line:?} in {said}");
    }
    let record = ran.record();
    let settings = &record["network"]["settings"];
    assert_eq!((&settings["classic"], &settings["nat"]), (&json!(true), &json!("instance")));

    let instance = &stage.instances()[0];
    assert_eq!(instance["InstanceType"], "t2.micro");
    assert_eq!(instance["MetadataOptions"]["HttpTokens"], "optional");
    assert_eq!(instance["SourceDestCheck"], false);
    let volume = at(instance, "/BlockDeviceMappings/0/Ebs/VolumeId");
    let told = stage.lab.aws(&["ec2", "describe-volumes", "--volume-ids", volume]);
    assert_eq!(told["Volumes"][0]["Encrypted"], false);
    let group = &stage.tagged("describe-security-groups", "SecurityGroups")[0];
    let rules = group["IpPermissions"].as_array().expect("a list");
    let ssh = rules.iter().find(|rule| rule["FromPort"] == 22).expect("it is let in");
    assert_eq!(at(ssh, "/IpRanges/0/CidrIp"), "0.0.0.0/0");
    let filters = format!("Name=vpc-id,Values={}", at(&record, "/network/vpc"));
    let line = ["ec2", "describe-security-groups", "--filters", &filters];
    let groups = stage.lab.aws(&[&line[..], &["Name=group-name,Values=default"]].concat());
    let default = &groups["SecurityGroups"][0];
    let pair = &default["IpPermissions"][0]["UserIdGroupPairs"][0];
    assert_eq!(pair["GroupId"], default["GroupId"], "as AWS makes it");

    assert_eq!(stage.findings(&record), [""; 0]);
    let made = stage.lab.mutating_calls().len();
    let again = stage.vpc(&["up"]).env_remove("AIL_SSH_CIDR").record(&record).run().record();
    assert_eq!(again, record, "the record says it");
    let by_environment = stage.vpc(&["up"]).env_remove("AIL_SSH_CIDR").env("GD_CLASSIC", "true");
    assert_eq!(by_environment.run().record(), record, "so does the environment");
    assert_eq!(stage.lab.mutating_calls().len(), made);

    let back = ["up", "--classic=false", "--yes"];
    let today = stage.vpc(&back).record(&record).run().record();
    let instance = &stage.instances()[0];
    assert_eq!(instance["InstanceType"], "t3.micro");
    assert_eq!(instance["MetadataOptions"]["HttpTokens"], "required");
    assert_eq!(today["network"]["settings"]["admin_cidrs"], json!(["127.0.0.1/32"]));
    assert_eq!(today["network"]["nat"]["address"], record["network"]["nat"]["address"]);
    assert_eq!(stage.findings(&today), [""; 0]);
    stage.down();
    assert_eq!(stage.counts(), nothing());
}

#[test]
fn what_2014_had_not_is_refused() {
    let stage = Stage::new();
    let ran = stage.vpc(&["up", "--classic", "--nat", "gateway"]).run().exits(2).stdout("");
    ran.stderr(
        "gd-vpc: there were no NAT gateways in 2014 (they came in 2015)\n  \
         next: give --nat instance with --classic, or leave --classic out\n",
    );
    assert_eq!(stage.lab.calls(), [""; 0]);
}

#[test]
fn what_aws_no_longer_allows_is_said() {
    let stage = Stage::new();
    // No other test is in this region, whose default this changes.
    let region = ["--region", "eu-west-3"];
    stage.lab.aws(&[&["ec2", "enable-ebs-encryption-by-default"][..], &region].concat());
    let ran = stage.vpc(&[&["up", "--classic"][..], &region].concat()).run().exits(1).stdout("");
    let said = ran.stderr_text();
    assert!(said.contains("gd-vpc: cannot build the network as in 2014 (eu-west-3)\n"), "{ran:#?}");
    assert!(said.contains("this account encrypts each new volume"), "{ran:#?}");
    assert!(said.contains("next: leave --classic out"), "{ran:#?}");
    assert!(!stage.lab.mutating_calls().iter().any(|call| call == "CreateVpc"));
    stage.lab.aws(&[&["ec2", "disable-ebs-encryption-by-default"][..], &region].concat());
    let down = [&["down", "--yes"][..], &region].concat();
    stage.vpc(&down).run().exits(0);

    stage.lab.fault(&Fault {
        operation: "RunInstances",
        times: 9,
        code: "Unsupported",
        message: "The requested configuration is currently not supported.",
        ..Fault::default()
    });
    let ran = stage.vpc(&["up", "--classic"]).run().exits(69).stdout("");
    assert!(ran.stderr_text().contains("next: AWS may no longer allow it"), "{ran:#?}");
    stage.down();
}
