//! What is within a VPC: subnets, tables, groups, machines.

use std::collections::BTreeSet;

use aws_sdk_ec2::types::{
    Filter, Instance, NetworkAcl, NetworkInterface, NetworkInterfaceType, RouteTable,
    SecurityGroup, Subnet,
};
use futures::try_join;
use lib_common::Result;
use lib_common::aws::{During, Explain};
use serde_json::json;

use super::doors::described_endpoints;
use super::{List, Thing, service};
use crate::resource::default_acl::described as acls;
use crate::resource::group::described as groups;
use crate::resource::instance::{described as instances, living};
use crate::resource::main_table::is_main;
use crate::resource::route_table::described as route_tables;
use crate::resource::subnet::described as subnets;
use crate::site::{Site, filter};

/// Everything within the VPC.
pub fn lists<'a>(site: &'a Site, vpc: &'a str, ours: &'a BTreeSet<String>) -> Vec<List<'a>> {
    vec![
        ("subnets", Box::pin(all_subnets(site, vpc))),
        ("security groups", Box::pin(all_groups(site, vpc))),
        ("network acls", Box::pin(all_acls(site, vpc))),
        ("route tables", Box::pin(all_tables(site, vpc))),
        ("instances", Box::pin(all_instances(site, vpc))),
        ("network interfaces", Box::pin(all_interfaces(site, vpc, ours))),
    ]
}

fn here(vpc: &str) -> Vec<Filter> {
    vec![filter("vpc-id", vpc)]
}

async fn all_subnets(site: &Site, vpc: &str) -> Result<Vec<Thing>> {
    let thing = |one: &Subnet| {
        let about = json!({"cidr": one.cidr_block()});
        Thing::new("subnet", one.subnet_id(), one.tags(), about)
    };
    Ok(subnets(site, here(vpc)).await?.iter().map(thing).collect())
}

/// Each VPC comes with a group of its own, which goes with it.
async fn all_groups(site: &Site, vpc: &str) -> Result<Vec<Thing>> {
    let groups = groups(site, here(vpc)).await?;
    let theirs = groups_of_guardduty(site, vpc, &groups).await;
    let thing = |one: &SecurityGroup| {
        let about = service::of_group(json!({"group_name": one.group_name()}), one, &theirs);
        Thing::new("security group", one.group_id(), one.tags(), about)
    };
    Ok(groups.iter().filter(|one| one.group_name() != Some("default")).map(thing).collect())
}

/// What cannot be read speaks for no group, and is told where it is listed itself.
async fn groups_of_guardduty(site: &Site, vpc: &str, groups: &[SecurityGroup]) -> BTreeSet<String> {
    if !groups.iter().any(service::claims) {
        return BTreeSet::new();
    }
    let seen = try_join!(described_endpoints(site, vpc), interfaces(site, vpc));
    let theirs = seen.map(|(endpoints, interfaces)| {
        service::groups_of_guardduty(groups, &endpoints, &interfaces)
    });
    theirs.unwrap_or_default()
}

/// As its group, so its ACL.
async fn all_acls(site: &Site, vpc: &str) -> Result<Vec<Thing>> {
    let thing =
        |one: &NetworkAcl| Thing::new("network acl", one.network_acl_id(), one.tags(), json!({}));
    let acls = acls(site, here(vpc)).await?;
    Ok(acls.iter().filter(|acl| !acl.is_default().unwrap_or_default()).map(thing).collect())
}

async fn all_tables(site: &Site, vpc: &str) -> Result<Vec<Thing>> {
    let thing = |one: &RouteTable| {
        let about = json!({"main": is_main(one)});
        Thing::new("route table", one.route_table_id(), one.tags(), about)
    };
    Ok(route_tables(site, here(vpc)).await?.iter().map(thing).collect())
}

async fn all_instances(site: &Site, vpc: &str) -> Result<Vec<Thing>> {
    let thing = |one: &Instance| {
        let about = json!({"subnet": one.subnet_id(), "image": one.image_id()});
        Thing::new("instance", one.instance_id(), one.tags(), about)
    };
    let machines = instances(site, vec![filter("vpc-id", vpc), living()]).await?;
    Ok(machines.iter().map(thing).collect())
}

/// Those that are no instance's own, or that somebody gave to one of ours.
async fn all_interfaces(site: &Site, vpc: &str, ours: &BTreeSet<String>) -> Result<Vec<Thing>> {
    let thing = |one: &NetworkInterface| {
        let about = json!({"subnet": one.subnet_id(), "instance": instance(one)});
        let about = service::of_interface(about, one);
        Thing::new("network interface", one.network_interface_id(), one.tag_set(), about)
    };
    let interfaces = interfaces(site, vpc).await?;
    Ok(interfaces.iter().filter(|one| stands_alone(one, ours)).map(thing).collect())
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
