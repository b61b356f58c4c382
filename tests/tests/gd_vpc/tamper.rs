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
            "extra nat-security-group ingress",
        ),
        (
            json!(["revoke_security_group_ingress",
                   {"GroupId": group, "IpPermissions": rule(443, 443, "10.0.1.0/24")}]),
            "missing nat-security-group ingress",
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
            "extra public-route-table other_routes",
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

    let ran = stage.vpc(&["verify"]).record(&record).run().exits(1);
    let lines = ran.lines();
    let first = json!({"severity": "critical", "finding": "missing", "kind": "route",
        "resource": "private-default-route", "mend": "ec2:CreateRoute"});
    let route = lines.iter().find(|one| one["resource"] == "private-default-route");
    for (member, value) in first.as_object().expect("an object") {
        assert_eq!(&route.expect("it is found")[member], value);
    }
    assert_eq!(lines.last().expect("some")["severity"], "low", "tags come last");
    let made = stage.lab.mutating_calls().len();
    let planned = stage.vpc(&["repair", "--dry-run"]).record(&record).run().exits(0);
    let planned = planned.stdout_text();
    assert!(planned.starts_with("would first mend "), "{planned}");
    assert!(planned.contains("would create route private-default-route\n"), "{planned}");
    assert_eq!(stage.lab.mutating_calls().len(), made);

    let ran = stage.vpc(&["repair"]).record(&record).run().exits(0);
    let said = ran.stderr_text();
    assert!(said.contains("gd-vpc repair: 12 findings in "), "{said}");
    assert!(said.contains(" s, repaired in ") && said.contains(" s, healthy after "), "{said}");
    let mended = ran.record();
    // What lets somebody in, or leads the traffic away, is closed before anything is made.
    let calls = stage.lab.mutating_calls().split_off(made);
    let place = |name: &str| calls.iter().position(|call| call == name).expect("it is called");
    assert!(place("RevokeSecurityGroupIngress") < place("CreateRoute"), "{calls:?}");
    assert!(place("DeleteRoute") < place("CreateRoute"), "{calls:?}");
    assert_eq!(stage.findings(&mended), [""; 0]);
    assert_eq!(mended["network"]["nat"], record["network"]["nat"]);
    let made = stage.lab.mutating_calls().len();
    let ran = stage.vpc(&["repair"]).record(&mended).run().exits(0);
    let said = ran.stderr_text();
    assert!(said.contains("gd-vpc repair: nothing to repair, healthy after "), "{said}");
    assert_eq!(stage.lab.mutating_calls().len(), made);
}

#[test]
fn a_terminated_instance_and_a_foreign_gateway_are_found_and_mended() {
    let stage = Stage::new();
    let record = stage.up();
    let (vpc, machine) = (at(&record, "/network/vpc"), at(&record, "/network/nat/id"));
    let gateway = at(&record, "/network/internet_gateway");
    // While nothing has a public address, a gateway can be taken away.
    let made = stage.call(&json!([
        ["terminate_instances", {"InstanceIds": [machine]}],
        ["wait.instance_terminated", {"InstanceIds": [machine]}],
        ["detach_internet_gateway", {"InternetGatewayId": gateway, "VpcId": vpc}],
        ["create_internet_gateway", {}],
    ]));
    let theirs = at(&made, "/3/InternetGateway/InternetGatewayId");
    stage.call(&json!([
        ["attach_internet_gateway", {"InternetGatewayId": theirs, "VpcId": vpc}]
    ]));
    let mut found = stage.findings(&record);
    found.sort();
    assert_eq!(
        found,
        [
            "extra vpc internet gateway",
            "missing internet-gateway vpc",
            "missing nat-address-association -",
            "missing nat-instance -",
        ]
    );
    let mended = stage.mended(&record);
    assert_ne!(mended["network"]["nat"]["id"], machine);
    assert_eq!(mended["network"]["nat"]["address"], record["network"]["nat"]["address"]);
    assert_eq!(stage.findings(&mended), [""; 0]);
    // Theirs was taken off, and not deleted.
    stage.call(&json!([["delete_internet_gateway", {"InternetGatewayId": theirs}]]));
}

#[test]
fn an_instance_that_bears_our_name_is_not_ours() {
    let stage = Stage::new();
    let record = stage.up();
    let machine = at(&record, "/network/nat/id");
    let image = stage.call(&json!([["create_image", {"InstanceId": machine, "Name": stage.team}]]));
    let image = at(&image, "/0/ImageId");
    let ours = stage.instances().remove(0);
    let tags = json!([{"ResourceType": "instance", "Tags": ours["Tags"]}]);
    let made = stage.call(&json!([
        ["wait.image_available", {"ImageIds": [image]}],
        ["terminate_instances", {"InstanceIds": [machine]}],
        ["run_instances", {"ImageId": image, "MinCount": 1, "MaxCount": 1,
            "InstanceType": ours["InstanceType"], "SubnetId": ours["SubnetId"],
            "SecurityGroupIds": [ours["SecurityGroups"][0]["GroupId"]],
            "KeyName": ours["KeyName"], "TagSpecifications": tags}],
    ]));
    let theirs = at(&made, "/2/Instances/0/InstanceId");
    let found = stage.findings(&record);
    assert!(found.contains(&"missing nat-instance -".to_owned()), "{found:?}");
    assert!(found.contains(&"extra vpc instance".to_owned()), "{found:?}");
    // Whoever is not asked deletes nothing, and changes nothing else.
    let made = stage.lab.mutating_calls().len();
    let ran = stage.vpc(&["repair"]).record(&record).run().exits(80).stdout("");
    assert!(ran.stderr_text().contains("the unplanned instance i-"), "{ran:#?}");
    assert_eq!(stage.lab.mutating_calls().len(), made);
    let mended = stage.mended(&record);
    assert_ne!(mended["network"]["nat"]["id"], theirs);
    assert_eq!(stage.findings(&mended), [""; 0]);
}

/// Started from the same image, with our tags, our key, our group: only its id tells.
#[test]
fn a_copy_of_our_instance_is_not_ours_beside_it_or_in_its_place() {
    let stage = Stage::new();
    let record = stage.up();
    let ours = stage.instances().remove(0);
    let machine = at(&ours, "/InstanceId");
    let tags = json!([{"ResourceType": "instance", "Tags": ours["Tags"]}]);
    let copy = json!(["run_instances", {"ImageId": ours["ImageId"], "MinCount": 1, "MaxCount": 1,
        "InstanceType": ours["InstanceType"], "SubnetId": ours["SubnetId"],
        "SecurityGroupIds": [ours["SecurityGroups"][0]["GroupId"]],
        "KeyName": ours["KeyName"], "TagSpecifications": tags}]);
    // Ours loses its tags meanwhile: the record knows it by its id.
    let made = stage.call(&json!([
        copy,
        ["delete_tags", {"Resources": [machine], "Tags": [{"Key": "gd:resource"}]}],
    ]));
    let theirs = at(&made, "/0/Instances/0/InstanceId");
    let mut found = stage.findings(&record);
    found.sort();
    assert_eq!(found, ["changed nat-instance tags", "extra nat-instance -"]);
    let mended = stage.mended(&record);
    assert_eq!(mended["network"], record["network"]);
    assert_eq!(stage.findings(&mended), [""; 0]);

    let made = stage.call(&json!([
        ["terminate_instances", {"InstanceIds": [machine, theirs]}],
        ["wait.instance_terminated", {"InstanceIds": [machine, theirs]}],
        copy,
    ]));
    let theirs = at(&made, "/2/Instances/0/InstanceId");
    let found = stage.findings(&mended);
    assert!(found.contains(&"changed nat-instance id".to_owned()), "{found:?}");
    assert!(!found.iter().any(|one| one.starts_with("extra")), "{found:?}");
    stage.vpc(&["repair"]).record(&mended).run().exits(80).stdout("");
    let whole = stage.mended(&mended);
    assert_ne!(whole["network"]["nat"]["id"], theirs);
    assert_eq!(stage.findings(&whole), [""; 0]);
    assert_eq!(stage.instances().len(), 1);
}
