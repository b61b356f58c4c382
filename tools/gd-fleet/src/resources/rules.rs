//! Rules of a security group as facts: one source or target each, in one order.

use aws_sdk_ec2::types::{IpPermission, IpRange, Ipv6Range, PrefixListId, UserIdGroupPair};
use serde_json::{Value, json};

/// One rule.
pub fn rule(protocol: &str, from: Option<i32>, to: Option<i32>, peer: &str) -> Value {
    json!({"protocol": protocol, "from": from, "to": to, "peer": peer})
}

/// A port of TCP.
pub fn tcp(port: u16, peer: &str) -> Value {
    rule("tcp", Some(port.into()), Some(port.into()), peer)
}

/// Rules in their one order.
pub fn sorted(mut rules: Vec<Value>) -> Value {
    rules.sort_by_key(Value::to_string);
    rules.dedup();
    Value::Array(rules)
}

/// What a service's permissions say.
pub fn of(permissions: &[IpPermission]) -> Value {
    let mut rules = Vec::new();
    for one in permissions {
        let ranges = one.ip_ranges().iter().filter_map(|range| range.cidr_ip());
        let wide = one.ipv6_ranges().iter().filter_map(|range| range.cidr_ipv6());
        let groups = one.user_id_group_pairs().iter().filter_map(|pair| pair.group_id());
        let lists = one.prefix_list_ids().iter().filter_map(|list| list.prefix_list_id());
        for peer in ranges.chain(wide).chain(groups).chain(lists) {
            let protocol = one.ip_protocol().unwrap_or("-1");
            // EC2 tells ports of a protocol without any as absent, some others as -1.
            let port = |port: Option<i32>| port.filter(|_| protocol != "-1");
            rules.push(rule(protocol, port(one.from_port()), port(one.to_port()), peer));
        }
    }
    sorted(rules)
}

/// A rule as a call has it.
pub fn permission(rule: &Value) -> IpPermission {
    let port = |name: &str| rule[name].as_i64().and_then(|port| i32::try_from(port).ok());
    let base = IpPermission::builder()
        .ip_protocol(rule["protocol"].as_str().unwrap_or("-1"))
        .set_from_port(port("from"))
        .set_to_port(port("to"));
    let peer = rule["peer"].as_str().unwrap_or_default();
    match peer {
        peer if peer.starts_with("sg-") => {
            base.user_id_group_pairs(UserIdGroupPair::builder().group_id(peer).build())
        }
        peer if peer.starts_with("pl-") => {
            base.prefix_list_ids(PrefixListId::builder().prefix_list_id(peer).build())
        }
        peer if peer.contains(':') => {
            base.ipv6_ranges(Ipv6Range::builder().cidr_ipv6(peer).build())
        }
        peer => base.ip_ranges(IpRange::builder().cidr_ip(peer).build()),
    }
    .build()
}

/// Those of the first that the second has not.
pub fn beyond(these: &Value, those: &Value) -> Vec<IpPermission> {
    let those = those.as_array().map(Vec::as_slice).unwrap_or_default();
    let these = these.as_array().into_iter().flatten();
    these.filter(|rule| !those.contains(rule)).map(permission).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_survives_the_service_and_comes_in_one_order() {
        let rules = [
            tcp(443, "0.0.0.0/0"),
            tcp(22, "sg-1"),
            tcp(22, "::/0"),
            rule("-1", None, None, "pl-1"),
        ];
        let permissions: Vec<_> = rules.iter().map(permission).collect();
        let mut turned = permissions.clone();
        turned.reverse();
        assert_eq!(of(&permissions), sorted(rules.to_vec()));
        assert_eq!(of(&turned), of(&permissions));
    }

    #[test]
    fn what_is_beyond_is_told() {
        let (one, both) =
            (sorted(vec![tcp(80, "sg-1")]), sorted(vec![tcp(80, "sg-1"), tcp(22, "sg-1")]));
        assert_eq!(of(&beyond(&both, &one)), sorted(vec![tcp(22, "sg-1")]));
        assert!(beyond(&one, &both).is_empty());
    }
}
