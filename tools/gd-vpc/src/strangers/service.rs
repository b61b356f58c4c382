//! What an AWS service keeps in the VPC: nobody but the service can take it away.
//!
//! Most of that somebody ordered, such as a load balancer: then the service has to be told, and
//! only a person knows which. Only what GuardDuty's Runtime Monitoring puts beside instances,
//! unasked (GuardDuty User Guide, "Runtime Monitoring"), does no harm.

use std::collections::BTreeSet;

use aws_sdk_ec2::types::{NetworkInterface, SecurityGroup, VpcEndpoint};
use lib_common::reconcile::Found;
use serde_json::{Value, json};

/// The fact of what a service made for itself or for somebody, as EC2 calls it.
const REQUESTER_MANAGED: &str = "requester_managed";
/// The fact of what a service keeps there of its own accord: whose it is.
const KEPT_BY: &str = "kept_by";
const GUARDDUTY: &str = "GuardDuty";

/// What the name of GuardDuty's service for agents ends with (`com.amazonaws.REGION.` before it,
/// in China `cn.com.amazonaws.REGION.`). A service of another account is a `vpce-svc-…`.
const SERVICE: &str = ".guardduty-data";
/// What the name of the endpoint's security group begins with.
const GROUP: &str = "GuardDutyManagedSecurityGroup-";

/// These facts of an endpoint, and what a service has to do with it.
pub fn of_endpoint(mut about: Value, endpoint: &VpcEndpoint) -> Value {
    if endpoint.requester_managed() == Some(true) {
        about[REQUESTER_MANAGED] = json!(true);
    }
    if is_guardduty(endpoint) {
        about[KEPT_BY] = json!(GUARDDUTY);
    }
    about
}

/// These facts of an interface, and what a service has to do with it.
pub fn of_interface(mut about: Value, interface: &NetworkInterface) -> Value {
    if interface.requester_managed() == Some(true) {
        about[REQUESTER_MANAGED] = json!(true);
        about["requester"] = json!(interface.requester_id());
        about["description"] = json!(interface.description());
    }
    about
}

/// These facts of a group, and whose it is where it is GuardDuty's.
pub fn of_group(mut about: Value, group: &SecurityGroup, guarddutys: &BTreeSet<String>) -> Value {
    if group.group_id().is_some_and(|id| guarddutys.contains(id)) {
        about[KEPT_BY] = json!(GUARDDUTY);
    }
    about
}

/// Whether it says that it is GuardDuty's: anybody can write that.
pub fn claims(group: &SecurityGroup) -> bool {
    group.group_name().is_some_and(|name| name.starts_with(GROUP))
}

/// The ids of those of the groups that GuardDuty's endpoint stands in, and nothing else.
pub fn groups_of_guardduty(
    groups: &[SecurityGroup],
    endpoints: &[VpcEndpoint],
    interfaces: &[NetworkInterface],
) -> BTreeSet<String> {
    let theirs: Vec<_> = endpoints.iter().filter(|one| is_guardduty(one)).collect();
    let is_theirs = |interface: &&NetworkInterface| {
        let id = interface.network_interface_id().unwrap_or_default();
        let mut own = theirs.iter().flat_map(|endpoint| endpoint.network_interface_ids());
        interface.requester_managed() == Some(true) && own.any(|one| one == id)
    };
    let claimed = groups.iter().filter(|group| claims(group)).filter_map(SecurityGroup::group_id);
    let serves_it_alone = |id: &&str| {
        let mut named = theirs.iter().flat_map(|endpoint| endpoint.groups());
        let mut within = interfaces.iter().filter(|interface| {
            interface.groups().iter().any(|group| group.group_id() == Some(*id))
        });
        named.any(|group| group.group_id() == Some(*id)) && within.all(|one| is_theirs(&one))
    };
    claimed.filter(serves_it_alone).map(str::to_owned).collect()
}

fn is_guardduty(endpoint: &VpcEndpoint) -> bool {
    let service = endpoint.service_name().unwrap_or_default();
    endpoint.requester_managed() == Some(true) && service.ends_with(SERVICE)
}

/// Whether no call of ours removes it.
pub fn is_managed(stranger: &Found) -> bool {
    stranger.facts.get(REQUESTER_MANAGED) == Some(&Value::Bool(true)) || is_kept(stranger)
}

/// Whether a service keeps it there of its own accord.
pub fn is_kept(stranger: &Found) -> bool {
    stranger.facts.contains_key(KEPT_BY)
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::types::{GroupIdentifier, SecurityGroupIdentifier};
    use lib_common::reconcile::Severity;

    use super::super::{call, may_stay, severity};
    use super::*;
    use crate::site::facts;

    fn endpoint(service: &str, managed: bool) -> VpcEndpoint {
        VpcEndpoint::builder()
            .vpc_endpoint_id("vpce-1")
            .service_name(service)
            .requester_managed(managed)
            .groups(SecurityGroupIdentifier::builder().group_id("sg-1").build())
            .network_interface_ids("eni-1")
            .build()
    }

    fn guardduty() -> VpcEndpoint {
        endpoint("com.amazonaws.eu-central-1.guardduty-data", true)
    }

    fn interface(id: &str, managed: bool) -> NetworkInterface {
        NetworkInterface::builder()
            .network_interface_id(id)
            .requester_managed(managed)
            .requester_id("amazon-elb")
            .groups(GroupIdentifier::builder().group_id("sg-1").build())
            .build()
    }

    fn group(name: &str) -> SecurityGroup {
        SecurityGroup::builder().group_id("sg-1").group_name(name).build()
    }

    fn named_so() -> SecurityGroup {
        group("GuardDutyManagedSecurityGroup-vpc-0a1b")
    }

    /// Whether a call removes it, whether it may stay, and how bad it is.
    fn told(kind: &str, about: Value) -> (Option<&'static str>, bool, Severity) {
        let mut facts = facts(about);
        facts.insert("kind".to_owned(), Value::from(kind));
        let it = Found { id: "x-1".to_owned(), facts };
        (call(&it), may_stay(&it), severity(&it))
    }

    #[test]
    fn guarddutys_endpoint_stays_and_nobody_elses_does() {
        let of = |endpoint: &VpcEndpoint| told("endpoint", of_endpoint(json!({}), endpoint));
        assert_eq!(of(&guardduty()), (None, true, Severity::Low));
        let by_hand = endpoint("com.amazonaws.eu-central-1.guardduty-data", false);
        let removed = (Some("ec2:DeleteVpcEndpoints"), false, Severity::Critical);
        assert_eq!(of(&by_hand), removed, "somebody made it");
        let firewall = endpoint("com.amazonaws.vpce.eu-central-1.vpce-svc-0123", true);
        assert_eq!(of(&firewall), (None, false, Severity::High), "somebody ordered it");
    }

    #[test]
    fn the_interface_of_a_service_is_told_and_left_to_a_person() {
        let of = |managed: bool| {
            let about = of_interface(json!({}), &interface("eni-7", managed));
            told("network interface", about)
        };
        assert_eq!(of(true), (None, false, Severity::High));
        let removed = (Some("ec2:DeleteNetworkInterface"), false, Severity::Critical);
        assert_eq!(of(false), removed);
    }

    #[test]
    fn a_group_is_guarddutys_where_its_endpoint_alone_stands_in_it() {
        let of = |group: SecurityGroup, endpoint: VpcEndpoint, interfaces: &[NetworkInterface]| {
            let groups = [group];
            let theirs = groups_of_guardduty(&groups, &[endpoint], interfaces);
            told("security group", of_group(json!({}), &groups[0], &theirs))
        };
        let (own, other) = (interface("eni-1", true), interface("eni-2", false));
        let stays = (None, true, Severity::Low);
        assert_eq!(of(named_so(), guardduty(), std::slice::from_ref(&own)), stays);

        let goes = (Some("ec2:DeleteSecurityGroup"), false, Severity::High);
        let named_otherwise = group("maintenance");
        assert_eq!(of(named_otherwise, guardduty(), std::slice::from_ref(&own)), goes);
        let s3 = endpoint("com.amazonaws.eu-central-1.s3", true);
        assert_eq!(of(named_so(), s3, std::slice::from_ref(&own)), goes, "another endpoint's");
        assert_eq!(of(named_so(), guardduty(), &[own, other]), goes, "a machine is in it too");
        let posing = interface("eni-1", false);
        assert_eq!(of(named_so(), guardduty(), &[posing]), goes, "not made by the service");
        let aside = VpcEndpoint::builder()
            .service_name("com.amazonaws.eu-central-1.guardduty-data")
            .requester_managed(true)
            .build();
        assert_eq!(of(named_so(), aside, &[]), goes, "the name alone is anybody's");
    }
}
