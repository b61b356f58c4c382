//! What of the network is drawn, as the account has it now.

use aws_sdk_ec2::types::{
    Instance, NatGateway, NatGatewayState, RouteTable, SecurityGroup, Subnet, Tag,
};
use lib_common::aws::{During, Explain};
use lib_common::reconcile::Key;
use lib_common::{Error, Exit, Result};

use crate::layout::{ANYWHERE, VPC};
use crate::resource::instance::{described as instances, living};
use crate::resource::route_table::{described as tables, destination, target};
use crate::rule::Rule;
use crate::site::{Site, filter, tag};

/// The VPC and what is in it.
pub struct Live {
    pub id: String,
    pub cidr: String,
    pub region: String,
    pub gateway: Option<String>,
    pub subnets: Vec<Net>,
    pub groups: Vec<Group>,
}

/// A subnet.
pub struct Net {
    pub id: String,
    pub name: String,
    pub cidr: String,
    pub zone: String,
    /// What its default route leads to, if it has one.
    pub way: Option<Way>,
    pub machines: Vec<Machine>,
}

/// Where a default route leads.
pub enum Way {
    /// The internet gateway.
    Out,
    /// A machine of the VPC.
    Machine(String),
    /// Something that is not drawn, or is gone.
    Elsewhere(String),
}

/// An instance or a NAT gateway.
pub struct Machine {
    pub id: String,
    pub name: String,
    /// What kind and state it is.
    pub about: String,
    /// Its addresses.
    pub addresses: String,
}

/// A security group.
pub struct Group {
    pub id: String,
    pub name: String,
    pub rules: Vec<String>,
}

/// Reads the VPC of the record, or the team's.
pub async fn read(site: &Site, sealed: Option<&str>) -> Result<Live> {
    let key = sealed.map_or(Key::Tags, Key::Id);
    let call = site.ec2.describe_vpcs().set_filters(site.filters(key, VPC, "vpc-id"));
    let answer = call.send().await.during("DescribeVpcs");
    let answer = answer.explain(|| site.cannot("look for the VPC"))?;
    let Some((vpc, cidr)) =
        answer.vpcs().first().and_then(|one| one.vpc_id().zip(one.cidr_block()))
    else {
        let what = format!("the team {} has no VPC in {}", site.team, site.region);
        return Err(Error::new(Exit::NotFound, what).next("make one with `gd-vpc up`"));
    };
    let in_vpc = || vec![filter("vpc-id", vpc)];
    let cannot = || site.cannot(&format!("look into {vpc}"));
    let subnets = async {
        let call = site.ec2.describe_subnets().set_filters(Some(in_vpc()));
        let pages = call.into_paginator().items().send();
        pages.collect::<Result<Vec<_>, _>>().await.during("DescribeSubnets").explain(cannot)
    };
    let groups = async {
        let call = site.ec2.describe_security_groups().set_filters(Some(in_vpc()));
        let pages = call.into_paginator().items().send();
        pages.collect::<Result<Vec<_>, _>>().await.during("DescribeSecurityGroups").explain(cannot)
    };
    let nats = async {
        let call = site.ec2.describe_nat_gateways().set_filter(Some(in_vpc()));
        let pages = call.into_paginator().items().send();
        pages.collect::<Result<Vec<_>, _>>().await.during("DescribeNatGateways").explain(cannot)
    };
    let gateways = async {
        let call = site.ec2.describe_internet_gateways();
        let call = call.filters(filter("attachment.vpc-id", vpc));
        call.send().await.during("DescribeInternetGateways").explain(cannot)
    };
    let (subnets, groups, nats, gateways, tables, machines) = futures::try_join!(
        subnets,
        groups,
        nats,
        gateways,
        tables(site, in_vpc()),
        instances(site, [in_vpc(), vec![living()]].concat())
    )?;
    let mut nets: Vec<_> =
        subnets.iter().map(|subnet| net(subnet, &tables, &machines, &nats)).collect();
    nets.sort_by(|a, b| (&a.zone, &a.cidr).cmp(&(&b.zone, &b.cidr)));
    let gateway = gateways.internet_gateways().first();
    Ok(Live {
        id: vpc.to_owned(),
        cidr: cidr.to_owned(),
        region: site.region.clone(),
        gateway: gateway.and_then(|one| one.internet_gateway_id()).map(str::to_owned),
        subnets: nets,
        groups: groups.iter().map(group).collect(),
    })
}

fn name(tags: &[Tag], otherwise: &str) -> String {
    tag(tags, "Name").unwrap_or(otherwise).to_owned()
}

fn net(subnet: &Subnet, tables: &[RouteTable], all: &[Instance], nats: &[NatGateway]) -> Net {
    let id = subnet.subnet_id().unwrap_or_default();
    let by = |wanted: &dyn Fn(&aws_sdk_ec2::types::RouteTableAssociation) -> bool| {
        tables.iter().find(|table| table.associations().iter().any(wanted))
    };
    let own = by(&|one| one.subnet_id() == Some(id));
    let table = own.or_else(|| by(&|one| one.main().unwrap_or_default()));
    let default = table.and_then(|table| {
        table.routes().iter().find(|route| destination(route) == ANYWHERE).map(target)
    });
    let lives = |one: &&NatGateway| one.state() != Some(&NatGatewayState::Deleted);
    let here = nats.iter().filter(lives).filter(|one| one.subnet_id() == Some(id));
    let mut machines: Vec<_> = here.map(nat).collect();
    let here = all.iter().filter(|one| one.subnet_id() == Some(id));
    machines.extend(here.map(machine));
    Net {
        id: id.to_owned(),
        name: name(subnet.tags(), "a subnet without a name"),
        cidr: subnet.cidr_block().unwrap_or_default().to_owned(),
        zone: subnet.availability_zone().unwrap_or_default().to_owned(),
        way: default.map(|to| way(to, all)),
        machines,
    }
}

fn way(to: &str, all: &[Instance]) -> Way {
    let has = |one: &&Instance| {
        one.network_interfaces().iter().any(|nic| nic.network_interface_id() == Some(to))
    };
    match all.iter().find(has).and_then(|one| one.instance_id()) {
        Some(id) => Way::Machine(id.to_owned()),
        None if to.starts_with("igw-") => Way::Out,
        None if to.starts_with("nat-") => Way::Machine(to.to_owned()),
        None => Way::Elsewhere(to.to_owned()),
    }
}

fn addresses(private: Option<&str>, public: Option<&str>) -> String {
    let both = [private, public].into_iter().flatten().filter(|address| !address.is_empty());
    both.collect::<Vec<_>>().join(" · ")
}

fn machine(instance: &Instance) -> Machine {
    let id = instance.instance_id().unwrap_or_default();
    let kind = instance.instance_type().map_or("", |kind| kind.as_str());
    let state = instance.state().and_then(|state| state.name()).map_or("", |name| name.as_str());
    let groups: Vec<_> =
        instance.security_groups().iter().filter_map(|group| group.group_name()).collect();
    Machine {
        id: id.to_owned(),
        name: name(instance.tags(), id),
        about: format!("{kind} {state}, {}", groups.join(", ")),
        addresses: addresses(instance.private_ip_address(), instance.public_ip_address()),
    }
}

fn nat(gateway: &NatGateway) -> Machine {
    let id = gateway.nat_gateway_id().unwrap_or_default();
    let state = gateway.state().map_or("", |state| state.as_str());
    let address = gateway.nat_gateway_addresses().first();
    let private = address.and_then(|address| address.private_ip());
    Machine {
        id: id.to_owned(),
        name: name(gateway.tags(), id),
        about: format!("NAT gateway {state}"),
        addresses: addresses(private, address.and_then(|address| address.public_ip())),
    }
}

fn group(group: &SecurityGroup) -> Group {
    let told = |way: &str, permissions: &[aws_sdk_ec2::types::IpPermission]| {
        let rules = permissions.iter().flat_map(Rule::of);
        rules.map(|rule| format!("{way} {rule}")).collect::<Vec<_>>()
    };
    let mut rules = told("in", group.ip_permissions());
    rules.extend(told("out", group.ip_permissions_egress()));
    let id = group.group_id().unwrap_or_default().to_owned();
    Group { id, name: group.group_name().unwrap_or_default().to_owned(), rules }
}
