//! Damage at the borders of the network, and ways in and out that nobody planned.

use serde_json::{Value, json};

use crate::stage::{Stage, at};

/// What came with the VPC, and what stands before the subnets and the instance.
#[test]
fn damage_to_what_came_with_the_vpc_is_found_and_mended() {
    let stage = Stage::new();
    let record = stage.up();
    let network = &record["network"];
    let (vpc, gateway) = (at(network, "/vpc"), at(network, "/internet_gateway"));
    let (subnet, machine) = (at(network, "/private_subnets/0/id"), at(network, "/nat/id"));
    let here = json!([{"Name": "vpc-id", "Values": [vpc]}]);
    let there = stage.call(&json!([
        ["describe_network_acls", {"Filters": here}],
        ["describe_security_groups", {"Filters": [{"Name": "vpc-id", "Values": [vpc]},
            {"Name": "group-name", "Values": ["default"]}]}],
        ["describe_route_tables", {"Filters": [{"Name": "vpc-id", "Values": [vpc]},
            {"Name": "association.main", "Values": ["true"]}]}],
        ["create_network_acl", {"VpcId": vpc}],
        ["create_dhcp_options", {"DhcpConfigurations": [
            {"Key": "domain-name-servers", "Values": ["203.0.113.53"]}]}],
        ["create_route_table", {"VpcId": vpc}],
        ["iam.create_instance_profile", {"InstanceProfileName": stage.team}],
        ["iam.create_role", {"RoleName": stage.team, "AssumeRolePolicyDocument": "{}"}],
        ["iam.add_role_to_instance_profile",
            {"InstanceProfileName": stage.team, "RoleName": stage.team}],
    ]));
    let acl = &there[0]["NetworkAcls"][0];
    let associations = acl["Associations"].as_array().expect("a list");
    let of_subnet = associations.iter().find(|one| one["SubnetId"] == subnet).expect("one");
    let group = at(&there, "/1/SecurityGroups/0/GroupId");
    assert_eq!(there[1]["SecurityGroups"][0]["IpPermissions"], json!([]), "it lets nothing in");
    let main = &there[2]["RouteTables"][0]["Associations"][0];
    let their_acl = at(&there, "/3/NetworkAcl/NetworkAclId");
    let their_table = at(&there, "/5/RouteTable/RouteTableId");
    let everywhere = json!([{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]);
    let deny = |number: u16, egress: bool| {
        json!({"NetworkAclId": acl["NetworkAclId"], "RuleNumber": number, "Protocol": "-1",
               "RuleAction": "deny", "Egress": egress, "CidrBlock": "10.0.0.0/8"})
    };

    let attacks = [
        (json!(["create_network_acl_entry", deny(90, false)]), "extra default-network-acl ingress"),
        (json!(["replace_network_acl_entry", deny(100, true)]), "extra default-network-acl egress"),
        (
            json!(["replace_network_acl_association",
                   {"AssociationId": of_subnet["NetworkAclAssociationId"],
                    "NetworkAclId": their_acl}]),
            "changed private-subnet-acl network_acl",
        ),
        (
            json!(["associate_dhcp_options",
                   {"DhcpOptionsId": there[4]["DhcpOptions"]["DhcpOptionsId"], "VpcId": vpc}]),
            "changed dhcp-options configuration",
        ),
        (
            json!(["authorize_security_group_ingress",
                   {"GroupId": group, "IpPermissions": everywhere}]),
            "extra default-security-group ingress",
        ),
        (
            json!(["authorize_security_group_egress",
                   {"GroupId": group, "IpPermissions": everywhere}]),
            "extra default-security-group egress",
        ),
        (
            json!(["create_route", {"RouteTableId": main["RouteTableId"],
                   "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": gateway}]),
            "extra main-route-table other_routes",
        ),
        (
            json!(["replace_route_table_association",
                   {"AssociationId": main["RouteTableAssociationId"],
                    "RouteTableId": their_table}]),
            "changed main-route-table main",
        ),
        (
            json!(["modify_instance_metadata_options",
                   {"InstanceId": machine, "HttpPutResponseHopLimit": 5}]),
            "changed nat-instance metadata_hops",
        ),
        (
            json!(["modify_instance_metadata_options",
                   {"InstanceId": machine, "HttpEndpoint": "disabled"}]),
            "changed nat-instance metadata",
        ),
    ];
    let calls: Vec<_> = attacks.iter().map(|(call, _)| call).collect();
    stage.call(&json!(calls));
    give_role(&stage, machine);
    let mut expected: Vec<_> = attacks.iter().map(|(_, finding)| (*finding).to_owned()).collect();
    let theirs = ["extra vpc network acl", "extra vpc route table"].map(str::to_owned);
    expected.push("extra nat-instance instance_profile".to_owned());
    expected.push("missing default-network-acl egress".to_owned());
    expected.extend(theirs);
    expected.sort();
    let mut found = stage.findings(&record);
    found.sort();
    assert_eq!(found, expected);

    // Their ACL and their table are held by our subnet and our VPC until those are mended.
    let mended = stage.mended(&record);
    assert_eq!(stage.findings(&mended), [""; 0]);
    assert_eq!(mended, record);
}

/// A profile takes a while to be usable.
fn give_role(stage: &Stage, machine: &str) {
    let profile = ["--iam-instance-profile", &format!("Name={}", stage.team)];
    let line = ["ec2", "associate-iam-instance-profile", "--instance-id", machine];
    let line = [&line[..], &profile].concat().join(" ");
    let again = format!("for n in $(seq 60); do aws {line} && exit 0; sleep 1; done; exit 1");
    stage.lab.program("/bin/sh").args(["-c", &again]).run().exits(0);
}

/// Ways in and out: each is named; whoever is asked and says yes is rid of them.
#[test]
fn what_nobody_planned_is_named_and_goes() {
    let stage = Stage::new();
    let record = stage.up();
    let network = &record["network"];
    let (vpc, table) = (at(network, "/vpc"), at(network, "/route_tables/private/0"));
    let (public, private) =
        (at(network, "/public_subnets/0/id"), at(network, "/private_subnets/0/id"));
    let ours = stage.instances().remove(0);
    let made = stage.call(&json!([
        ["create_subnet", {"VpcId": vpc, "CidrBlock": "10.0.66.0/24"}],
        ["create_vpc_endpoint", {"VpcId": vpc, "ServiceName": "com.amazonaws.eu-central-1.s3",
            "RouteTableIds": [table]}],
        ["create_vpc_endpoint", {"VpcId": vpc, "ServiceName": "com.amazonaws.eu-central-1.sqs",
            "VpcEndpointType": "Interface", "SubnetIds": [private]}],
        ["create_network_interface", {"SubnetId": private}],
        ["create_egress_only_internet_gateway", {"VpcId": vpc}],
        ["associate_vpc_cidr_block", {"VpcId": vpc, "CidrBlock": "10.1.0.0/16"}],
        ["create_vpn_gateway", {"Type": "ipsec.1"}],
        ["create_transit_gateway", {}],
        ["create_vpc", {"CidrBlock": "10.7.0.0/16"}],
        ["allocate_address", {"Domain": "vpc"}],
        ["create_security_group", {"VpcId": vpc, "GroupName": "theirs", "Description": "theirs"}],
    ]));
    let id = |pointer: &str| -> Value { json!(at(&made, pointer)) };
    let vpn = id("/6/VpnGateway/VpnGatewayId");
    let doors = stage.call(&json!([
        ["attach_vpn_gateway", {"VpnGatewayId": vpn, "VpcId": vpc}],
        ["enable_vgw_route_propagation", {"GatewayId": vpn, "RouteTableId": table}],
        ["create_transit_gateway_vpc_attachment", {"VpcId": vpc, "SubnetIds": [private],
            "TransitGatewayId": id("/7/TransitGateway/TransitGatewayId")}],
        ["create_vpc_peering_connection", {"VpcId": id("/8/Vpc/VpcId"), "PeerVpcId": vpc}],
        ["create_nat_gateway",
            {"SubnetId": public, "AllocationId": id("/9/AllocationId")}],
        ["run_instances", {"ImageId": at(&ours, "/ImageId"), "MinCount": 1, "MaxCount": 1,
            "InstanceType": "t3.micro", "SubnetId": id("/0/Subnet/SubnetId"),
            "SecurityGroupIds": [id("/10/GroupId")]}],
        ["create_network_interface", {"SubnetId": public}],
    ]));
    let machine = at(network, "/nat/id");
    stage.call(&json!([
        ["attach_network_interface", {"InstanceId": machine, "DeviceIndex": 1,
            "NetworkInterfaceId": at(&doors, "/6/NetworkInterface/NetworkInterfaceId")}],
        ["modify_instance_attribute", {"InstanceId": at(&doors, "/5/Instances/0/InstanceId"),
            "DisableApiTermination": {"Value": true}}],
    ]));
    let theirs = [
        "extra vpc address range",
        "extra vpc egress-only internet gateway",
        "extra vpc endpoint",
        "extra vpc endpoint",
        "extra vpc instance",
        "extra vpc nat gateway",
        "extra vpc network interface",
        "extra vpc network interface",
        "extra vpc peering connection",
        "extra vpc security group",
        "extra vpc subnet",
        "extra vpc transit gateway attachment",
        "extra vpc vpn gateway",
    ];
    let in_table =
        ["extra private-route-table other_routes", "extra private-route-table propagates"];
    let mut found = stage.findings(&record);
    found.sort();
    let mut expected = [&in_table[..], &theirs].concat();
    expected.sort();
    assert_eq!(found, expected);
    // None of it is deleted without being asked for, nor with the network.
    let made = stage.lab.mutating_calls().len();
    for (verb, status) in [("repair", 80), ("down", 73)] {
        let yes = if verb == "down" { "--yes" } else { "--quiet" };
        stage.vpc(&[verb, yes]).record(&record).run().exits(status).stdout("");
    }
    assert_eq!(stage.lab.mutating_calls().len(), made);

    let mended = stage.mended(&record);
    assert_eq!(stage.findings(&mended), [""; 0]);
    assert_eq!(mended["network"], record["network"]);
    stage.down();
}
