//! Damage: found with the right kind, mended, and then nothing is found.

use serde_json::json;

use crate::stage::{Stage, at};

#[test]
fn damage_is_found_and_mended() {
    let stage = Stage::new();
    let record = stage.up();
    let network = &record["network"];
    let (vpc, gateway) = (at(network, "/vpc"), at(network, "/internet_gateway"));
    let table = at(network, "/route_tables/private/0");
    let public = at(network, "/route_tables/public");
    let (group, machine) = (at(network, "/nat/security_group"), at(network, "/nat/id"));
    let subnet = at(network, "/private_subnets/0/id");
    let by_subnet = json!([{"Name": "association.subnet-id", "Values": [subnet]}]);
    let there = stage.call(&json!([
        ["describe_route_tables", {"Filters": by_subnet}],
        ["describe_addresses", {"AllocationIds": [at(network, "/nat/allocation")]}],
    ]));
    let associations = there[0]["RouteTables"][0]["Associations"].as_array().expect("a list");
    let association = associations.iter().find(|one| one["SubnetId"] == subnet).expect("one");
    let association = &association["RouteTableAssociationId"];
    let address = &there[1]["Addresses"][0]["AssociationId"];
    let rule = |port: u16, last: u16, cidr: &str| {
        json!([{"IpProtocol": "tcp", "FromPort": port, "ToPort": last,
                "IpRanges": [{"CidrIp": cidr}]}])
    };

    let attacks = [
        (
            json!(["delete_route", {"RouteTableId": table, "DestinationCidrBlock": "0.0.0.0/0"}]),
            "missing private-default-route -",
        ),
        (
            json!(["authorize_security_group_ingress",
                   {"GroupId": group, "IpPermissions": rule(1000, 2000, "0.0.0.0/0")}]),
            "changed nat-security-group ingress",
        ),
        (
            json!(["revoke_security_group_ingress",
                   {"GroupId": group, "IpPermissions": rule(443, 443, "10.0.1.0/24")}]),
            "changed nat-security-group ingress",
        ),
        (
            json!(["delete_tags", {"Resources": [vpc], "Tags": [
                   {"Key": "gd:team"}, {"Key": "gd:resource"}, {"Key": "Name"}]}]),
            "changed vpc tags",
        ),
        (json!(["stop_instances", {"InstanceIds": [machine]}]), "changed nat-instance state"),
        (
            json!(["modify_instance_attribute",
                   {"InstanceId": machine, "SourceDestCheck": {"Value": true}}]),
            "changed nat-instance source_dest_check",
        ),
        (
            json!(["disassociate_route_table", {"AssociationId": association}]),
            "missing private-subnet-association -",
        ),
        (
            json!(["disassociate_address", {"AssociationId": address}]),
            "missing nat-address-association -",
        ),
        (
            json!(["create_route", {"RouteTableId": public, "GatewayId": gateway,
                   "DestinationCidrBlock": "8.8.8.0/24"}]),
            "changed public-route-table other_routes",
        ),
        (
            json!(["modify_subnet_attribute",
                   {"SubnetId": subnet, "MapPublicIpOnLaunch": {"Value": true}}]),
            "changed private-subnet public_addresses",
        ),
        (
            json!(["modify_vpc_attribute", {"VpcId": vpc, "EnableDnsSupport": {"Value": false}}]),
            "changed vpc dns_support",
        ),
        (
            json!(["modify_instance_metadata_options",
                   {"InstanceId": machine, "HttpTokens": "optional"}]),
            "changed nat-instance metadata_tokens",
        ),
    ];
    let calls: Vec<_> = attacks.iter().map(|(call, _)| call).collect();
    stage.call(&json!(calls));
    let mut expected: Vec<_> = attacks.iter().map(|(_, finding)| (*finding).to_owned()).collect();
    let mut found = stage.findings(&record);
    found.sort();
    expected.sort();
    expected.dedup();
    assert_eq!(found, expected);

    let mended = stage.vpc(&["repair"]).record(&record).run().record();
    assert_eq!(stage.findings(&mended), [""; 0]);
    assert_eq!(mended["network"]["nat"], record["network"]["nat"]);
    let made = stage.lab.mutating_calls().len();
    stage.vpc(&["repair"]).record(&mended).run().exits(0);
    assert_eq!(stage.lab.mutating_calls().len(), made);
}

#[test]
fn what_nobody_planned_is_found_and_a_lost_instance_is_made_again() {
    let stage = Stage::new();
    let record = stage.up();
    let vpc = at(&record, "/network/vpc");
    let machine = at(&record, "/network/nat/id");
    let made = stage.call(&json!([
        ["create_subnet", {"VpcId": vpc, "CidrBlock": "10.0.66.0/24"}],
        ["terminate_instances", {"InstanceIds": [machine]}],
    ]));
    let found = stage.findings(&record);
    assert!(found.contains(&"extra vpc -".to_owned()), "{found:?}");
    assert!(found.contains(&"missing nat-instance -".to_owned()), "{found:?}");
    let mended = stage.vpc(&["repair"]).record(&record).run().record();
    assert_ne!(mended["network"]["nat"]["id"], machine);
    assert_eq!(mended["network"]["nat"]["address"], record["network"]["nat"]["address"]);
    stage.call(&json!([["delete_subnet", {"SubnetId": at(&made, "/0/Subnet/SubnetId")}]]));
    assert_eq!(stage.findings(&mended), [""; 0]);
}
