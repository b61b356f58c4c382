//! A rule of a security group as one text, such as `tcp 443 10.0.1.0/24`.

use std::fmt;
use std::str::FromStr;

use aws_sdk_ec2::types::{IpPermission, IpRange, Ipv6Range, PrefixListId, UserIdGroupPair};

/// What a rule lets through, and whom.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rule {
    /// `tcp`, `udp`, `icmp`, a number, or `all`.
    protocol: String,
    /// First and last port; type and code for ICMP.
    ports: Option<(i32, i32)>,
    /// A CIDR, a group or a prefix list.
    peer: String,
}

impl Rule {
    /// One TCP port for a network.
    pub fn tcp(port: i32, peer: &str) -> Self {
        Self { protocol: "tcp".to_owned(), ports: Some((port, port)), peer: peer.to_owned() }
    }

    /// Everything for a network.
    pub fn all(peer: &str) -> Self {
        Self { protocol: "all".to_owned(), ports: None, peer: peer.to_owned() }
    }

    /// The rules of a permission, one a peer.
    pub fn of(permission: &IpPermission) -> Vec<Self> {
        let protocol = match permission.ip_protocol().unwrap_or("-1") {
            "-1" => "all",
            protocol => protocol,
        };
        let ports = permission.from_port().zip(permission.to_port());
        let ports = ports.filter(|_| protocol != "all");
        let v4 = permission.ip_ranges().iter().filter_map(IpRange::cidr_ip);
        let v6 = permission.ipv6_ranges().iter().filter_map(Ipv6Range::cidr_ipv6);
        let lists = permission.prefix_list_ids().iter().filter_map(PrefixListId::prefix_list_id);
        let groups = permission.user_id_group_pairs().iter().filter_map(UserIdGroupPair::group_id);
        v4.chain(v6)
            .chain(lists)
            .chain(groups)
            .map(|peer| Self { protocol: protocol.to_owned(), ports, peer: peer.to_owned() })
            .collect()
    }

    /// As EC2 takes it.
    pub fn permission(&self) -> IpPermission {
        let protocol = if self.protocol == "all" { "-1" } else { &self.protocol };
        let permission = IpPermission::builder().ip_protocol(protocol);
        let permission = match self.ports {
            Some((first, last)) => permission.from_port(first).to_port(last),
            None => permission,
        };
        let peer = self.peer.as_str();
        match peer {
            group if group.starts_with("sg-") => {
                permission.user_id_group_pairs(UserIdGroupPair::builder().group_id(group).build())
            }
            list if list.starts_with("pl-") => {
                permission.prefix_list_ids(PrefixListId::builder().prefix_list_id(list).build())
            }
            v6 if v6.contains(':') => {
                permission.ipv6_ranges(Ipv6Range::builder().cidr_ipv6(v6).build())
            }
            v4 => permission.ip_ranges(IpRange::builder().cidr_ip(v4).build()),
        }
        .build()
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.protocol)?;
        match self.ports {
            Some((first, last)) if first == last => write!(f, "{first} ")?,
            Some((first, last)) => write!(f, "{first}..{last} ")?,
            None => {}
        }
        f.write_str(&self.peer)
    }
}

impl FromStr for Rule {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let words: Vec<_> = text.split(' ').collect();
        let (protocol, ports, peer) = match words[..] {
            [protocol, peer] => (protocol, None, peer),
            [protocol, ports, peer] => {
                let (first, last) = ports.split_once("..").unwrap_or((ports, ports));
                let number = |text: &str| text.parse::<i32>().map_err(drop);
                (protocol, Some((number(first)?, number(last)?)), peer)
            }
            _ => return Err(()),
        };
        Ok(Self { protocol: protocol.to_owned(), ports, peer: peer.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_the_same_in_words_and_at_ec2() {
        for text in [
            "tcp 443 10.0.1.0/24",
            "udp 1000..2000 ::/0",
            "icmp -1 10.0.0.0/8",
            "icmp 8..-1 10.0.0.0/8",
            "all 0.0.0.0/0",
            "all sg-0123",
            "tcp 22 pl-0123",
        ] {
            let rule: Rule = text.parse().expect("a rule");
            assert_eq!(rule.to_string(), text);
            assert_eq!(Rule::of(&rule.permission()), [rule]);
        }
    }
}
