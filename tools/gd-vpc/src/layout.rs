//! The addresses of the network, and the names of its parts.

/// The VPC.
pub const VPC: &str = "vpc";
/// The internet gateway.
pub const INTERNET_GATEWAY: &str = "internet-gateway";
/// What stands at the border of each subnet, and came with the VPC.
pub const DEFAULT_ACL: &str = "default-network-acl";
/// What instances learn when they ask for an address.
pub const DHCP: &str = "dhcp-options";
/// The group that came with the VPC, for whatever is started without one.
pub const DEFAULT_GROUP: &str = "default-security-group";
/// The route table of whatever subnet has none of its own.
pub const MAIN_TABLE: &str = "main-route-table";
/// The route table of the public subnets.
pub const PUBLIC_TABLE: &str = "public-route-table";
/// The route table of the private subnets.
pub const PRIVATE_TABLE: &str = "private-route-table";
/// The key pair of the instances.
pub const KEY_PAIR: &str = "key-pair";
/// The elastic address of the NAT instance.
pub const ADDRESS: &str = "nat-address";
/// The address at the NAT instance.
pub const ADDRESS_ASSOCIATION: &str = "nat-address-association";
/// The NAT instance, which is the bastion too.
pub const NAT_INSTANCE: &str = "nat-instance";
/// The security group of the instance that is the way in.
pub const NAT_GROUP: &str = "nat-security-group";
/// The NAT gateway.
pub const NAT_GATEWAY: &str = "nat-gateway";
/// Its elastic address.
pub const GATEWAY_ADDRESS: &str = "nat-gateway-address";
/// The bastion beside a NAT gateway.
pub const BASTION: &str = "bastion";

/// The addresses of the VPC.
pub const VPC_CIDR: &str = "10.0.0.0/16";
/// Everywhere.
pub const ANYWHERE: &str = "0.0.0.0/0";

/// The most zones that a network has.
pub const MOST_ZONES: usize = 2;

/// A subnet as it shall be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plot {
    /// Its name in the architecture.
    pub name: String,
    /// Its addresses.
    pub cidr: String,
    /// In which of the zones it is.
    pub zone: usize,
    /// Whether its instances get public addresses.
    pub public: bool,
}

/// The subnets of a network in so many zones: 10.0.0.0/24 public and 10.0.1.0/24 private,
/// then 10.0.2.0/24 and 10.0.3.0/24.
pub fn plots(zones: usize) -> Vec<Plot> {
    let plot = |zone: usize, public: bool| {
        let name = if public { "public-subnet" } else { "private-subnet" };
        let suffix = if zone == 0 { String::new() } else { format!("-{}", zone + 1) };
        let third = 2 * zone + usize::from(!public);
        Plot { name: format!("{name}{suffix}"), cidr: format!("10.0.{third}.0/24"), zone, public }
    };
    (0..zones).flat_map(|zone| [plot(zone, true), plot(zone, false)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_zones_have_four_subnets() {
        let shown: Vec<_> =
            plots(2).into_iter().map(|plot| format!("{} {}", plot.name, plot.cidr)).collect();
        assert_eq!(
            shown,
            [
                "public-subnet 10.0.0.0/24",
                "private-subnet 10.0.1.0/24",
                "public-subnet-2 10.0.2.0/24",
                "private-subnet-2 10.0.3.0/24",
            ]
        );
    }
}
