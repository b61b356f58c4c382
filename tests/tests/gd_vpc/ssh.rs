//! Through the bastion into a private instance, and out of it by NAT.

use serde_json::json;

use crate::stage::{Stage, at};

#[test]
fn a_private_instance_is_reached_by_a_jump() {
    let stage = Stage::new();
    let record = stage.up();
    let network = &record["network"];
    let group = stage.call(&json!([["create_security_group", {
        "VpcId": network["vpc"], "GroupName": "inner", "Description": "inner"}]]));
    let group = at(&group, "/0/GroupId");
    let nat = stage.call(&json!([["describe_instances", {"InstanceIds": [network["nat"]["id"]]}]]));
    let image = at(&nat, "/0/Reservations/0/Instances/0/ImageId");
    let tags = json!([{"Key": "gd:team", "Value": stage.team}, {"Key": "Name", "Value": "inner"}]);
    let made = stage.call(&json!([
        ["authorize_security_group_ingress", {"GroupId": group, "IpProtocol": "tcp",
            "FromPort": 22, "ToPort": 22, "CidrIp": "10.0.0.0/24"}],
        ["run_instances", {"ImageId": image, "MinCount": 1, "MaxCount": 1,
            "SubnetId": network["private_subnets"][0]["id"], "SecurityGroupIds": [group],
            "KeyName": network["key_pair"]["name"],
            "TagSpecifications": [{"ResourceType": "instance", "Tags": tags}]}],
    ]));
    let inner = &made[1]["Instances"][0];
    let name = at(inner, "/PrivateDnsName").split('.').next().expect("a name").to_owned();

    let into =
        |target: &str, line: &str| stage.vpc(&["ssh", target, "--", line]).record(&record).run();
    into("bastion", "cat /proc/sys/net/ipv4/ip_forward").exits(0).stdout("1\n");
    into("inner", "hostname").exits(0).stdout(&format!("{name}\n"));
    into(at(inner, "/PrivateIpAddress"), "exit 7").exits(7).stdout("");
    let ran = into("nobody", "true").exits(66).stdout("");
    assert!(ran.stderr_text().contains("cannot find an instance nobody in the VPC"), "{ran:#?}");
    // No key is left on the bastion.
    into("bastion", "ls ~/.ssh").exits(0).stdout("authorized_keys\n");
}
