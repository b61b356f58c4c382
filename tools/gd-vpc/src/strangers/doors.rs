//! What leads out of a VPC, or into it.

use aws_sdk_ec2::types::{
    AttachmentStatus, Filter, State, TransitGatewayAttachmentState as TransitState, Vpc,
    VpcEndpoint, VpcPeeringConnectionStateReasonCode as PeeringState,
};
use futures::try_join;
use lib_common::Result;
use lib_common::aws::{During, Explain};
use serde_json::json;

use super::{List, Thing, service};
use crate::site::{Site, filter};

/// Every gateway, endpoint, attachment and connection of the VPC, and its further addresses.
pub fn lists<'a>(site: &'a Site, vpc: &'a str) -> Vec<List<'a>> {
    vec![
        ("internet gateways", Box::pin(internet_gateways(site, vpc))),
        ("egress-only internet gateways", Box::pin(egress_only_gateways(site, vpc))),
        ("vpn gateways", Box::pin(vpn_gateways(site, vpc))),
        ("nat gateways", Box::pin(nat_gateways(site, vpc))),
        ("endpoints", Box::pin(endpoints(site, vpc))),
        ("transit gateway attachments", Box::pin(transit_attachments(site, vpc))),
        ("peering connections", Box::pin(peerings(site, vpc))),
        ("address ranges", Box::pin(ranges(site, vpc))),
    ]
}

async fn internet_gateways(site: &Site, vpc: &str) -> Result<Vec<Thing>> {
    let call = site.ec2.describe_internet_gateways().filters(filter("attachment.vpc-id", vpc));
    let pages = call.into_paginator().items().send();
    let all = pages.collect::<Result<Vec<_>, _>>().await.during("DescribeInternetGateways");
    let all = all.explain(|| site.cannot(&format!("list the internet gateways of {vpc}")))?;
    let thing = |one: &aws_sdk_ec2::types::InternetGateway| {
        Thing::new("internet gateway", one.internet_gateway_id(), one.tags(), json!({}))
    };
    Ok(all.iter().map(thing).collect())
}

async fn egress_only_gateways(site: &Site, vpc: &str) -> Result<Vec<Thing>> {
    // It has no filter for the VPC.
    let pages = site.ec2.describe_egress_only_internet_gateways().into_paginator().items().send();
    let operation = "DescribeEgressOnlyInternetGateways";
    let all = pages.collect::<Result<Vec<_>, _>>().await.during(operation);
    let all = all.explain(|| site.cannot(&format!("list the egress-only gateways of {vpc}")))?;
    let here = all.iter().filter(|gateway| {
        gateway.attachments().iter().any(|attachment| attachment.vpc_id() == Some(vpc))
    });
    let thing = |one: &aws_sdk_ec2::types::EgressOnlyInternetGateway| {
        let id = one.egress_only_internet_gateway_id();
        Thing::new("egress-only internet gateway", id, one.tags(), json!({}))
    };
    Ok(here.map(thing).collect())
}

async fn vpn_gateways(site: &Site, vpc: &str) -> Result<Vec<Thing>> {
    let call = site.ec2.describe_vpn_gateways().filters(filter("attachment.vpc-id", vpc));
    let answer = call.send().await.during("DescribeVpnGateways");
    let answer = answer.explain(|| site.cannot(&format!("list the VPN gateways of {vpc}")))?;
    let attached = |gateway: &&aws_sdk_ec2::types::VpnGateway| {
        let gone = [AttachmentStatus::Detached, AttachmentStatus::Detaching];
        gateway.vpc_attachments().iter().any(|attachment| {
            let state = attachment.state();
            attachment.vpc_id() == Some(vpc) && !state.is_some_and(|state| gone.contains(state))
        })
    };
    let thing = |one: &aws_sdk_ec2::types::VpnGateway| {
        Thing::new("vpn gateway", one.vpn_gateway_id(), one.tags(), json!({}))
    };
    Ok(answer.vpn_gateways().iter().filter(attached).map(thing).collect())
}

async fn nat_gateways(site: &Site, vpc: &str) -> Result<Vec<Thing>> {
    let states = Filter::builder().name("state").values("pending").values("available").build();
    let call = site.ec2.describe_nat_gateways().filter(filter("vpc-id", vpc)).filter(states);
    let pages = call.into_paginator().items().send();
    let all = pages.collect::<Result<Vec<_>, _>>().await.during("DescribeNatGateways");
    let all = all.explain(|| site.cannot(&format!("list the NAT gateways of {vpc}")))?;
    let thing = |one: &aws_sdk_ec2::types::NatGateway| {
        let about = json!({"subnet": one.subnet_id()});
        Thing::new("nat gateway", one.nat_gateway_id(), one.tags(), about)
    };
    Ok(all.iter().map(thing).collect())
}

async fn endpoints(site: &Site, vpc: &str) -> Result<Vec<Thing>> {
    let thing = |one: &VpcEndpoint| {
        let about = service::of_endpoint(json!({"service": one.service_name()}), one);
        Thing::new("endpoint", one.vpc_endpoint_id(), one.tags(), about)
    };
    Ok(described_endpoints(site, vpc).await?.iter().map(thing).collect())
}

/// The endpoints of the VPC that are not on their way out.
pub async fn described_endpoints(site: &Site, vpc: &str) -> Result<Vec<VpcEndpoint>> {
    let call = site.ec2.describe_vpc_endpoints().filters(filter("vpc-id", vpc));
    let pages = call.into_paginator().items().send();
    let all = pages.collect::<Result<Vec<_>, _>>().await.during("DescribeVpcEndpoints");
    let mut all = all.explain(|| site.cannot(&format!("list the endpoints of {vpc}")))?;
    // EC2 answers `available` where its API Reference says `Available`.
    let gone = |state: &State| {
        ["deleting", "deleted", "rejected"]
            .iter()
            .any(|one| state.as_str().eq_ignore_ascii_case(one))
    };
    all.retain(|one| !one.state().is_some_and(gone));
    Ok(all)
}

async fn transit_attachments(site: &Site, vpc: &str) -> Result<Vec<Thing>> {
    let call = site.ec2.describe_transit_gateway_vpc_attachments();
    let pages = call.filters(filter("vpc-id", vpc)).into_paginator().items().send();
    let operation = "DescribeTransitGatewayVpcAttachments";
    let all = pages.collect::<Result<Vec<_>, _>>().await.during(operation);
    let all = all.explain(|| site.cannot(&format!("list the transit gateways of {vpc}")))?;
    let stands = |one: &&aws_sdk_ec2::types::TransitGatewayVpcAttachment| {
        let gone = [
            TransitState::Deleted,
            TransitState::Deleting,
            TransitState::Failed,
            TransitState::Rejected,
        ];
        !one.state().is_some_and(|state| gone.contains(state))
    };
    let thing = |one: &aws_sdk_ec2::types::TransitGatewayVpcAttachment| {
        let about = json!({"transit_gateway": one.transit_gateway_id()});
        let id = one.transit_gateway_attachment_id();
        Thing::new("transit gateway attachment", id, one.tags(), about)
    };
    Ok(all.iter().filter(stands).map(thing).collect())
}

async fn peerings(site: &Site, vpc: &str) -> Result<Vec<Thing>> {
    let (requested, accepted) = try_join!(
        peerings_of(site, vpc, "requester-vpc-info.vpc-id"),
        peerings_of(site, vpc, "accepter-vpc-info.vpc-id")
    )?;
    Ok(requested.into_iter().chain(accepted).collect())
}

async fn peerings_of(site: &Site, vpc: &str, side: &str) -> Result<Vec<Thing>> {
    let call = site.ec2.describe_vpc_peering_connections().filters(filter(side, vpc));
    let pages = call.into_paginator().items().send();
    let all = pages.collect::<Result<Vec<_>, _>>().await.during("DescribeVpcPeeringConnections");
    let all = all.explain(|| site.cannot(&format!("list the peering connections of {vpc}")))?;
    let stands = |one: &&aws_sdk_ec2::types::VpcPeeringConnection| {
        let state = one.status().and_then(|status| status.code());
        matches!(
            state,
            Some(
                PeeringState::Active
                    | PeeringState::InitiatingRequest
                    | PeeringState::PendingAcceptance
                    | PeeringState::Provisioning
            )
        )
    };
    let thing = |one: &aws_sdk_ec2::types::VpcPeeringConnection| {
        let id = one.vpc_peering_connection_id();
        Thing::new("peering connection", id, one.tags(), json!({}))
    };
    Ok(all.iter().filter(stands).map(thing).collect())
}

/// The addresses of the VPC beside those that it was made with.
async fn ranges(site: &Site, vpc: &str) -> Result<Vec<Thing>> {
    let answer = site.ec2.describe_vpcs().filters(filter("vpc-id", vpc)).send().await;
    let answer = answer.during("DescribeVpcs");
    let answer = answer.explain(|| site.cannot(&format!("list the addresses of {vpc}")))?;
    Ok(answer.vpcs().iter().flat_map(further).collect())
}

fn further(vpc: &Vpc) -> Vec<Thing> {
    let v4 = vpc.cidr_block_association_set().iter().filter_map(|one| {
        let state = one.cidr_block_state()?.state()?.as_str();
        Some((one.association_id(), one.cidr_block()?, state))
    });
    let v6 = vpc.ipv6_cidr_block_association_set().iter().filter_map(|one| {
        let state = one.ipv6_cidr_block_state()?.state()?.as_str();
        Some((one.association_id(), one.ipv6_cidr_block()?, state))
    });
    v4.chain(v6)
        .filter(|(_, cidr, _)| Some(*cidr) != vpc.cidr_block())
        .filter(|(_, _, state)| matches!(*state, "associated" | "associating"))
        .map(|(id, cidr, _)| Thing::new("address range", id, &[], json!({"cidr": cidr})))
        .collect()
}
