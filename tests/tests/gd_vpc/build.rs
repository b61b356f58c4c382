//! Up, up again, and down.

use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};

use crate::stage::{Stage, at, nothing, whole};

#[test]
fn a_network_is_built_read_back_left_alone_and_removed() {
    let stage = Stage::new();
    let dry = stage.vpc(&["up", "--dry-run"]).run().exits(0);
    assert!(dry.stdout_text().starts_with("would create vpc vpc\n"), "{dry:#?}");
    assert!(dry.stdout_text().contains("would create instance nat-instance\n"), "{dry:#?}");
    assert_eq!(stage.lab.mutating_calls(), [""; 0]);

    let record = stage.up();
    let network = &record["network"];
    assert_eq!(record["team"], stage.team.as_str());
    assert_eq!(stage.counts(), whole());
    read_back(&stage, network);
    let file = std::fs::metadata(at(network, "/key_pair/file")).expect("the key is there");
    assert_eq!(file.permissions().mode() & 0o777, 0o600);

    let made = stage.lab.mutating_calls().len();
    assert_eq!(stage.up(), record, "without the record");
    assert_eq!(stage.vpc(&["up"]).record(&record).run().record(), record, "with it");
    assert_eq!(stage.vpc(&["repair"]).record(&record).run().record(), record);
    assert_eq!(stage.findings(&record), [""; 0]);
    assert_eq!(stage.lab.mutating_calls().len(), made);

    let ran = stage.vpc(&["down"]).record(&record).run().exits(80).stdout("");
    assert!(ran.stderr_text().contains("this would delete vpc vpc (vpc-…)"), "{ran:#?}");
    assert_eq!(stage.lab.mutating_calls().len(), made);
    stage.vpc(&["down", "--yes"]).record(&record).run().exits(0).stdout("");
    assert_eq!(stage.counts(), nothing());
    assert!(!std::path::Path::new(at(network, "/key_pair/file")).exists());
    let all = stage.lab.mutating_calls().len();
    stage.vpc(&["down", "--yes"]).record(&record).run().exits(0).stdout("");
    assert_eq!(stage.lab.mutating_calls().len(), all);
}

/// The aws CLI sees what the record says, and what the instructions ask for.
fn read_back(stage: &Stage, network: &Value) {
    let vpc = &stage.tagged("describe-vpcs", "Vpcs")[0];
    assert_eq!((&vpc["VpcId"], &vpc["CidrBlock"]), (&network["vpc"], &json!("10.0.0.0/16")));
    for (attribute, member) in
        [("enableDnsSupport", "EnableDnsSupport"), ("enableDnsHostnames", "EnableDnsHostnames")]
    {
        let id = at(network, "/vpc");
        let told = ["ec2", "describe-vpc-attribute", "--vpc-id", id, "--attribute", attribute];
        assert_eq!(stage.lab.aws(&told)[member]["Value"], true);
    }

    let mut subnets = stage.tagged("describe-subnets", "Subnets");
    subnets.sort_by_key(|subnet| at(subnet, "/CidrBlock").to_owned());
    let told: Vec<_> = subnets
        .iter()
        .map(|subnet| (at(subnet, "/CidrBlock"), &subnet["MapPublicIpOnLaunch"]))
        .collect();
    assert_eq!(told, [("10.0.0.0/24", &json!(true)), ("10.0.1.0/24", &json!(false))]);
    assert_eq!(subnets[0]["AvailabilityZone"], subnets[1]["AvailabilityZone"]);
    assert_eq!(subnets[0]["SubnetId"], network["public_subnets"][0]["id"]);
    assert_eq!(subnets[1]["SubnetId"], network["private_subnets"][0]["id"]);

    let gateway = &stage.tagged("describe-internet-gateways", "InternetGateways")[0];
    assert_eq!(gateway["InternetGatewayId"], network["internet_gateway"]);
    let attachments = gateway["Attachments"].as_array().expect("a list");
    assert_eq!((attachments.len(), &attachments[0]["VpcId"]), (1, &network["vpc"]));
    assert_eq!(attachments[0]["State"], "available");

    let instance = &stage.instances()[0];
    let interface = at(instance, "/NetworkInterfaces/0/NetworkInterfaceId");
    let tables = stage.tagged("describe-route-tables", "RouteTables");
    for (id, subnet, member, target) in [
        (&network["route_tables"]["public"], 0, "GatewayId", at(network, "/internet_gateway")),
        (&network["route_tables"]["private"][0], 1, "NetworkInterfaceId", interface),
    ] {
        let table = tables.iter().find(|table| table["RouteTableId"] == *id).expect("it is there");
        let routes = table["Routes"].as_array().expect("a list");
        let default = routes.iter().find(|r| r["DestinationCidrBlock"] == "0.0.0.0/0");
        let default = default.expect("a default route");
        assert_eq!((&default[member], &default["State"]), (&json!(target), &json!("active")));
        assert_eq!(routes.len(), 2);
        let local = routes.iter().find(|r| r["DestinationCidrBlock"] == "10.0.0.0/16");
        assert_eq!(local.expect("the VPC's own")["GatewayId"], "local");
        let associations = table["Associations"].as_array().expect("a list");
        assert_eq!((associations.len(), &associations[0]["Main"]), (1, &json!(false)));
        assert_eq!(associations[0]["SubnetId"], subnets[subnet]["SubnetId"]);
    }

    assert_eq!(instance["InstanceId"], network["nat"]["id"]);
    assert_eq!(instance["SourceDestCheck"], false);
    assert_eq!(instance["MetadataOptions"]["HttpTokens"], "required");
    assert_eq!(instance["KeyName"], network["key_pair"]["name"]);
    assert_eq!(instance["SubnetId"], subnets[0]["SubnetId"]);
    assert_eq!(instance["InstanceType"], "t3.micro");
    assert_eq!(instance["State"]["Name"], "running");
    assert_eq!(instance["IamInstanceProfile"], Value::Null);
    let groups = instance["SecurityGroups"].as_array().expect("a list");
    assert_eq!(
        (groups.len(), &groups[0]["GroupId"]),
        (1, &network["nat"]["security_group"]),
        "{groups:?}"
    );
    let volume = at(instance, "/BlockDeviceMappings/0/Ebs/VolumeId");
    let told = stage.lab.aws(&["ec2", "describe-volumes", "--volume-ids", volume]);
    assert_eq!(told["Volumes"][0]["Encrypted"], true);
    let address = &stage.tagged("describe-addresses", "Addresses")[0];
    assert_eq!(address["InstanceId"], instance["InstanceId"]);
    assert_eq!(address["NetworkInterfaceId"], interface);
    assert_eq!(
        (&address["Domain"], &address["AllocationId"]),
        (&json!("vpc"), &network["nat"]["allocation"],)
    );
    assert_eq!(instance["PublicIpAddress"], address["PublicIp"]);
    assert_eq!(address["PublicIp"], network["bastion"]["host"]);

    let group = &stage.tagged("describe-security-groups", "SecurityGroups")[0];
    assert_eq!(group["GroupName"], "NAT Security Group");
    let mut rules: Vec<_> = group["IpPermissions"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|rule| format!("{} {}", rule["FromPort"], at(rule, "/IpRanges/0/CidrIp")))
        .collect();
    rules.sort();
    assert_eq!(rules, ["22 127.0.0.1/32", "443 10.0.1.0/24", "80 10.0.1.0/24"]);
    assert_eq!(
        (&group["GroupId"], &group["VpcId"]),
        (&network["nat"]["security_group"], &network["vpc"],)
    );
    let out = group["IpPermissionsEgress"].as_array().expect("a list");
    assert_eq!((out.len(), &out[0]["IpProtocol"]), (1, &json!("-1")));
    assert_eq!(at(&out[0], "/IpRanges/0/CidrIp"), "0.0.0.0/0");

    let key = &stage.call(&json!([["describe_key_pairs", {
        "KeyNames": [network["key_pair"]["name"]], "IncludePublicKey": true}]]))[0]["KeyPairs"][0];
    assert_eq!(key["KeyType"], "ed25519");
    let keygen = ["-y", "-f", at(network, "/key_pair/file")];
    let public = stage.lab.program("/usr/bin/ssh-keygen").args(keygen).run().exits(0);
    let words = |text: &str| text.split(' ').take(2).collect::<Vec<_>>().join(" ");
    assert_eq!(words(at(key, "/PublicKey").trim()), words(public.stdout_text().trim()));
}

#[test]
fn a_nat_gateway_in_two_zones_has_a_bastion_beside_it() {
    let stage = Stage::new();
    let record = stage.vpc(&["up", "--nat", "gateway", "--zones", "2"]).run().record();
    let network = &record["network"];
    assert_eq!(network["nat"]["kind"], "gateway");
    assert_ne!(network["zones"][0], network["zones"][1]);
    assert_eq!(network["public_subnets"][1]["cidr"], "10.0.2.0/24");
    assert_eq!(network["private_subnets"][1]["cidr"], "10.0.3.0/24");
    let id = at(network, "/nat/id");
    let told = stage.lab.aws(&["ec2", "describe-nat-gateways", "--nat-gateway-ids", id]);
    assert_eq!(told["NatGateways"][0]["State"], "available");
    assert_ne!(network["bastion"]["host"], network["nat"]["address"]);
    assert_eq!(stage.findings(&record), [""; 0]);
    stage.down();
    assert_eq!(stage.counts(), nothing());
}
