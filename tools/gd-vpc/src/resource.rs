//! The parts of the network, each as the reconciler knows it.

pub mod acl_association;
pub mod address;
pub mod address_association;
pub mod association;
pub mod default_acl;
pub mod default_group;
pub mod dhcp;
pub mod group;
pub mod group_rules;
pub mod instance;
pub mod internet_gateway;
pub mod key_pair;
pub mod main_table;
pub mod nat_gateway;
pub mod other_routes;
pub mod route;
pub mod route_table;
pub mod subnet;
pub mod vpc;
