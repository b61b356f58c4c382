//! The parts of the network, each as the reconciler knows it.

pub mod address;
pub mod address_association;
pub mod association;
pub mod group;
pub mod instance;
pub mod internet_gateway;
pub mod key_pair;
pub mod nat_gateway;
pub mod route;
pub mod route_table;
pub mod subnet;
pub mod vpc;
