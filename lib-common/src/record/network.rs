//! The network of a GameDay in the record.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Member;
use crate::reconcile::Seals;

/// A VPC with public and private subnets, the way out and the way in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Network {
    /// `vpc-…`
    pub vpc: String,
    /// The addresses of the VPC.
    pub cidr: String,
    /// The availability zones, in the order of the subnets.
    pub zones: Vec<String>,
    /// The subnets that the internet reaches, one a zone.
    pub public_subnets: Vec<NetworkSubnet>,
    /// The subnets that reach the internet by NAT alone, one a zone.
    pub private_subnets: Vec<NetworkSubnet>,
    /// `igw-…`
    pub internet_gateway: String,
    /// The route tables.
    pub route_tables: RouteTables,
    /// What translates the addresses of the private subnets.
    pub nat: NatDevice,
    /// The way in.
    pub bastion: Bastion,
    /// The key pair that lets its holder into the bastion.
    pub key_pair: NetworkKey,
    /// How it was asked for, so that later runs ask the same.
    pub settings: NetworkSettings,
    /// Everything as it was when it was built or repaired.
    pub resources: Seals,
}

impl Member for Network {
    const NAME: &'static str = "network";
    const MADE_BY: &'static str = "`gd-vpc up`";
}

/// One subnet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NetworkSubnet {
    /// `subnet-…`
    pub id: String,
    /// Its addresses.
    pub cidr: String,
    /// Its availability zone.
    pub zone: String,
}

/// The route tables, `rtb-…`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RouteTables {
    /// That of the public subnets.
    pub public: String,
    /// Those of the private subnets.
    pub private: Vec<String>,
}

/// What translates addresses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NatDevice {
    /// What it is.
    pub kind: NatKind,
    /// `i-…` or `nat-…`
    pub id: String,
    /// Its elastic address.
    pub address: String,
    /// `eipalloc-…`
    pub allocation: String,
    /// The security group of an instance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub security_group: Option<String>,
    /// Whether an instance drops packets that are not its own: it must not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_dest_check: Option<bool>,
}

/// What translates addresses: a machine of ours, or AWS's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum NatKind {
    /// An EC2 instance, which is the bastion too.
    Instance,
    /// A NAT gateway.
    Gateway,
}

/// The instance through which the private ones are reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Bastion {
    /// `i-…`
    pub id: String,
    /// The address that SSH connects to.
    pub host: String,
    /// The port of its SSH server.
    pub port: u16,
    /// The user that the key lets in.
    pub user: String,
    /// Its security group, from which the private instances take SSH.
    pub security_group: String,
}

/// The key pair of the instances.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NetworkKey {
    /// Its name.
    pub name: String,
    /// The file of the private key. The key itself never enters a record.
    pub file: PathBuf,
    /// Made for this network, and removed with it; one's own key is never removed.
    pub generated: bool,
}

/// How a network was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NetworkSettings {
    /// In how many availability zones it is.
    pub zones: usize,
    /// What translates addresses.
    pub nat: NatKind,
    /// Who may reach the bastion.
    pub admin_cidrs: Vec<String>,
    /// The type of the NAT instance or the bastion.
    pub instance_type: String,
    /// The instructions of 2014 to the letter.
    pub classic: bool,
}
