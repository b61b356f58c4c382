//! What is within a VPC: subnets, tables, groups, machines.

use std::collections::BTreeSet;

use aws_sdk_ec2::types::{NetworkInterface, NetworkInterfaceType};
use lib_common::Result;
use lib_common::aws::{During, Explain};
use serde_json::json;

use super::Thing;
use crate::resource::default_acl::described as acls;
use crate::resource::group::described as groups;
use crate::resource::instance::{described as instances, living};
use crate::resource::main_table::is_main;
use crate::resource::route_table::described as route_tables;
use crate::resource::subnet::described as subnets;
use crate::site::{Site, filter};

/// Everything within the VPC; of its network interfaces, those that are no instance's own, or
/// that somebody gave to one of ours.
pub async fn of(site: &Site, vpc: &str, ours: &BTreeSet<String>) -> Result<Vec<Thing>> {
    let here = || vec![filter("vpc-id", vpc)];
    let (subnets, groups, tables, acls, machines, interfaces) = futures::try_join!(
        subnets(site, here()),
        groups(site, here()),
        route_tables(site, here()),
        acls(site, here()),
        instances(site, vec![filter("vpc-id", vpc), living()]),
        interfaces(site, vpc)
    )?;
    let mut all = Vec::new();
    for one in &subnets {
        let about = json!({"cidr": one.cidr_block()});
        all.push(Thing::new("subnet", one.subnet_id(), one.tags(), about));
    }
    // Each VPC comes with a group and an ACL of its own, which go with it.
    for one in groups.iter().filter(|group| group.group_name() != Some("default")) {
        let about = json!({"group_name": one.group_name()});
        all.push(Thing::new("security group", one.group_id(), one.tags(), about));
    }
    for one in acls.iter().filter(|acl| !acl.is_default().unwrap_or_default()) {
        all.push(Thing::new("network acl", one.network_acl_id(), one.tags(), json!({})));
    }
    for one in &tables {
        let about = json!({"main": is_main(one)});
        all.push(Thing::new("route table", one.route_table_id(), one.tags(), about));
    }
    for one in &machines {
        let about = json!({"subnet": one.subnet_id(), "image": one.image_id()});
        all.push(Thing::new("instance", one.instance_id(), one.tags(), about));
    }
    for one in interfaces.iter().filter(|interface| stands_alone(interface, ours)) {
        let about = json!({"subnet": one.subnet_id(), "instance": instance(one)});
        all.push(Thing::new("network interface", one.network_interface_id(), one.tag_set(), about));
    }
    Ok(all)
}

async fn interfaces(site: &Site, vpc: &str) -> Result<Vec<NetworkInterface>> {
    let call = site.ec2.describe_network_interfaces().filters(filter("vpc-id", vpc));
    let pages = call.into_paginator().items().send();
    let all = pages.collect::<Result<Vec<_>, _>>().await.during("DescribeNetworkInterfaces");
    all.explain(|| site.cannot(&format!("list the network interfaces of {vpc}")))
}

fn instance(interface: &NetworkInterface) -> Option<&str> {
    interface.attachment()?.instance_id()
}

/// The interfaces of gateways and endpoints, which are listed themselves. EC2 answers
/// `nat_gateway` where its API Reference says `natGateway`.
const OF_GATEWAYS: [&str; 5] = [
    "gateway_load_balancer_endpoint",
    "natGateway",
    "nat_gateway",
    "transit_gateway",
    "vpc_endpoint",
];

/// Whether it is a thing of its own.
fn stands_alone(interface: &NetworkInterface, ours: &BTreeSet<String>) -> bool {
    let kind = interface.interface_type().map(NetworkInterfaceType::as_str);
    let first = interface.attachment().and_then(|one| one.device_index()) == Some(0);
    match instance(interface) {
        Some(instance) => ours.contains(instance) && !first,
        None => !kind.is_some_and(|kind| OF_GATEWAYS.contains(&kind)),
    }
}
