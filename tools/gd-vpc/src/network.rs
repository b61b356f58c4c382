//! The record's member `network`, from what there is.

use lib_common::aws::{During, Explain};
use lib_common::reconcile::Seals;
use lib_common::record::{
    Bastion, NatDevice, NatKind, Network, NetworkKey, NetworkSubnet, RouteTables,
};
use lib_common::{Error, Exit, Result};
use serde_json::Value;

use crate::layout::*;
use crate::resource::key_pair;
use crate::settings::Settings;
use crate::site::{Site, filter};

/// What the record says of the network.
pub async fn member(site: &Site, settings: &Settings, seals: Seals) -> Result<Network> {
    let id = |name: &str| seals.get(name).map(|sealed| sealed.id.clone()).unwrap_or_default();
    let fact = |name: &str, fact: &str| {
        let fact = seals.get(name).and_then(|sealed| sealed.facts.get(fact));
        fact.and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let subnets = |public: bool| {
        plots(settings.zones)
            .into_iter()
            .filter(|plot| plot.public == public)
            .map(|plot| NetworkSubnet {
                id: id(&plot.name),
                zone: fact(&plot.name, "zone"),
                cidr: plot.cidr,
            })
            .collect::<Vec<_>>()
    };
    let (nat, address, machine) = match settings.nat {
        NatKind::Instance => (NAT_INSTANCE, ADDRESS, NAT_INSTANCE),
        NatKind::Gateway => (NAT_GATEWAY, GATEWAY_ADDRESS, BASTION),
    };
    let is_instance = settings.nat == NatKind::Instance;
    let host = match is_instance {
        true => fact(address, "address"),
        false => public_address(site, &id(machine)).await?,
    };
    let key_pair = match &settings.own_key {
        Some(key) => key.clone(),
        None => NetworkKey {
            name: fact(KEY_PAIR, "name"),
            file: key_pair::file_of(site, &fact(VPC, "account"))?,
            generated: true,
        },
    };
    let public_subnets = subnets(true);
    let check = seals.get(nat).and_then(|sealed| sealed.facts.get("source_dest_check"));
    Ok(Network {
        vpc: id(VPC),
        cidr: fact(VPC, "cidr"),
        zones: public_subnets.iter().map(|subnet| subnet.zone.clone()).collect(),
        public_subnets,
        private_subnets: subnets(false),
        internet_gateway: id(INTERNET_GATEWAY),
        route_tables: RouteTables { public: id(PUBLIC_TABLE), private: vec![id(PRIVATE_TABLE)] },
        nat: NatDevice {
            kind: settings.nat,
            id: id(nat),
            address: fact(address, "address"),
            allocation: id(address),
            security_group: is_instance.then(|| id(NAT_GROUP)),
            source_dest_check: check.and_then(Value::as_bool).filter(|_| is_instance),
        },
        bastion: Bastion {
            id: id(machine),
            host,
            port: 22,
            user: settings.user.clone().unwrap_or_default(),
            security_group: id(NAT_GROUP),
        },
        key_pair,
        settings: settings.sealed(),
        resources: seals,
    })
}

/// The address that a bastion got when it was started.
async fn public_address(site: &Site, id: &str) -> Result<String> {
    let answer = site.ec2.describe_instances().filters(filter("instance-id", id)).send().await;
    let answer = answer.during("DescribeInstances");
    let answer = answer.explain(|| site.cannot(&format!("look at {id}")))?;
    let mut instances = answer.reservations().iter().flat_map(|one| one.instances());
    let address = instances.find_map(|instance| instance.public_ip_address());
    address.map(str::to_owned).ok_or_else(|| {
        Error::new(Exit::Failed, format!("the bastion {id} has no public address"))
            .next("look at its subnet's public_addresses with `gd-vpc verify`")
    })
}
