//! From a NAT instance to a NAT gateway and back, on a network that stands.

use nix::sys::signal::Signal;
use serde_json::{Value, json};

use crate::stage::{Stage, at, nothing};

/// Where the private subnets go, and whether that stands.
fn way_out(stage: &Stage, record: &Value) -> String {
    let table = at(record, "/network/route_tables/private/0");
    let told = stage.call(&json!([["describe_route_tables", {"RouteTableIds": [table]}]]));
    let routes = told[0]["RouteTables"][0]["Routes"].as_array().expect("a list").clone();
    let default = routes.iter().find(|route| route["DestinationCidrBlock"] == "0.0.0.0/0");
    let default = default.expect("a default route");
    let target = default["NatGatewayId"].as_str().or(default["InstanceId"].as_str());
    format!("{} {}", target.unwrap_or("nowhere"), at(default, "/State"))
}

fn addresses(stage: &Stage) -> Vec<String> {
    let all = stage.tagged("describe-addresses", "Addresses");
    all.iter().map(|address| at(address, "/PublicIp").to_owned()).collect()
}

#[test]
fn the_old_device_goes_once_the_new_route_stands_in_both_directions() {
    let stage = Stage::new();
    let record = stage.up();
    let instance = at(&record, "/network/nat/id");
    let (gateway_s, made) = (["up", "--nat", "gateway"], stage.lab.mutating_calls().len());
    let ran = stage.vpc(&gateway_s).record(&record).run().exits(80).stdout("");
    let asked = "this would delete nat-address, nat-instance, nat-address-association";
    assert!(ran.stderr_text().contains(asked), "{ran:#?}");
    let dry = stage.vpc(&["up", "--nat", "gateway", "--dry-run"]).record(&record).run().exits(0);
    assert!(dry.stdout_text().contains("would create nat gateway nat-gateway\n"), "{dry:#?}");
    assert!(dry.stdout_text().contains("would delete instance nat-instance"), "{dry:#?}");
    assert_eq!(stage.lab.mutating_calls().len(), made);

    let other = stage.vpc(&["up", "--nat", "gateway", "--yes"]).record(&record).run().record();
    let gateway = at(&other, "/network/nat/id");
    assert_eq!(way_out(&stage, &other), format!("{gateway} active"));
    let calls = stage.lab.mutating_calls().split_off(made);
    let place = |name: &str| calls.iter().position(|call| call == name).expect("it was called");
    assert!(place("ReplaceRoute") < place("DisassociateAddress"), "{calls:?}");
    assert!(place("DisassociateAddress") < place("TerminateInstances"), "{calls:?}");
    assert_eq!(addresses(&stage), [at(&other, "/network/nat/address")]);
    let left = stage.instances();
    assert_eq!(left.len(), 1, "the bastion alone");
    assert_eq!(left[0]["InstanceId"], other["network"]["bastion"]["id"]);
    assert_ne!(other["network"]["bastion"]["id"], json!(instance));
    // What names the group, such as the workers', need not be changed.
    assert_eq!(
        other["network"]["bastion"]["security_group"],
        record["network"]["bastion"]["security_group"]
    );
    assert_eq!(stage.findings(&other), [""; 0]);
    let made = stage.lab.mutating_calls().len();
    assert_eq!(stage.vpc(&["up"]).record(&other).run().record(), other, "the record says it");
    assert_eq!(stage.lab.mutating_calls().len(), made);

    let back = stage.vpc(&["up", "--nat", "instance", "--yes"]).record(&other).run().record();
    assert_eq!(way_out(&stage, &back), format!("{} active", at(&back, "/network/nat/id")));
    assert_eq!(addresses(&stage), [at(&back, "/network/nat/address")]);
    let told = stage.lab.aws(&["ec2", "describe-nat-gateways", "--nat-gateway-ids", gateway]);
    assert_eq!(told["NatGateways"][0]["State"], "deleted");
    assert_eq!(stage.instances().len(), 1);
    assert_eq!(stage.findings(&back), [""; 0]);
    stage.down();
    assert_eq!(stage.counts(), nothing());
}

#[test]
fn a_change_that_is_killed_is_gone_on_with() {
    for said in ["nat-gateway: pending", "nat-instance: deleting"] {
        let stage = Stage::new();
        let record = stage.up();
        let change = ["up", "--nat", "gateway", "--yes"];
        let mut running = stage.vpc(&change).record(&record).start();
        running.until_says(said);
        running.signal(Signal::SIGKILL);
        running.wait().exits(137);
        let other = stage.vpc(&change).record(&record).run().record();
        let gateway = at(&other, "/network/nat/id");
        assert_eq!(way_out(&stage, &other), format!("{gateway} active"), "after {said:?}");
        assert_eq!(addresses(&stage), [at(&other, "/network/nat/address")], "after {said:?}");
        assert_eq!(stage.instances().len(), 1, "after {said:?}");
        assert_eq!(stage.findings(&other), [""; 0], "after {said:?}");
        stage.down();
        assert_eq!(stage.counts(), nothing(), "after {said:?}");
    }
}

#[test]
fn a_second_zone_comes_and_goes() {
    let stage = Stage::new();
    let record = stage.up();
    let two = stage.vpc(&["up", "--zones", "2"]).record(&record).run().record();
    assert_eq!(two["network"]["private_subnets"].as_array().expect("a list").len(), 2);
    let one = stage.vpc(&["up", "--zones", "1", "--yes"]).record(&two).run().record();
    assert_eq!(one["network"]["private_subnets"], record["network"]["private_subnets"]);
    assert_eq!(stage.tagged("describe-subnets", "Subnets").len(), 2);
    assert_eq!(stage.findings(&one), [""; 0]);
    stage.down();
}
