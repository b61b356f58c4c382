//! How each kind of stranger is got rid of, and how bad it is to have it.

use std::time::Duration;

use aws_sdk_ec2::types::AttributeBooleanValue;
use lib_common::aws::{During, Explain};
use lib_common::progress::Task;
use lib_common::reconcile::{Found, Severity};
use lib_common::wait::{Seen, Waiter};
use lib_common::{Error, Exit, Result};
use serde_json::Value;

use super::service;
use crate::site::{Site, filter};

/// How long an interface takes to come off its instance: seconds, mostly.
const DETACHING: Duration = Duration::from_secs(60);

/// What kind of stranger it is.
fn kind(stranger: &Found) -> &str {
    stranger.facts.get("kind").and_then(Value::as_str).unwrap_or_default()
}

/// The call that removes it. What is somebody's and only stands at the VPC is taken off it.
pub fn call(stranger: &Found) -> Option<&'static str> {
    Some(match kind(stranger) {
        _ if service::is_managed(stranger) => return None,
        "subnet" => "ec2:DeleteSubnet",
        "security group" => "ec2:DeleteSecurityGroup",
        "network acl" => "ec2:DeleteNetworkAcl",
        "route table" => "ec2:DeleteRouteTable",
        "instance" => "ec2:TerminateInstances",
        "network interface" => "ec2:DeleteNetworkInterface",
        "internet gateway" => "ec2:DetachInternetGateway",
        "egress-only internet gateway" => "ec2:DeleteEgressOnlyInternetGateway",
        "vpn gateway" => "ec2:DetachVpnGateway",
        "nat gateway" => "ec2:DeleteNatGateway",
        "endpoint" => "ec2:DeleteVpcEndpoints",
        "transit gateway attachment" => "ec2:DeleteTransitGatewayVpcAttachment",
        "peering connection" => "ec2:DeleteVpcPeeringConnection",
        "address range" => "ec2:DisassociateVpcCidrBlock",
        _ => return None,
    })
}

/// What is a way in or out, or somebody's machine, is in use already; the rest waits for it. For
/// whom a service made what is its own, nobody can tell.
pub fn severity(stranger: &Found) -> Severity {
    match kind(stranger) {
        _ if service::is_kept(stranger) => Severity::Low,
        _ if service::is_managed(stranger) => Severity::High,
        "subnet" | "security group" | "network acl" | "route table" | "address range" => {
            Severity::High
        }
        _ => Severity::Critical,
    }
}

/// Asks for the removal.
pub async fn remove(site: &Site, vpc: &str, stranger: &Found) -> Result<()> {
    let (ec2, id, kind) = (&site.ec2, stranger.id.as_str(), kind(stranger));
    let asked = match kind {
        "subnet" => {
            let answer = ec2.delete_subnet().subnet_id(id).send().await;
            answer.during("DeleteSubnet").map(drop)
        }
        "security group" => {
            let answer = ec2.delete_security_group().group_id(id).send().await;
            answer.during("DeleteSecurityGroup").map(drop)
        }
        "network acl" => {
            let answer = ec2.delete_network_acl().network_acl_id(id).send().await;
            answer.during("DeleteNetworkAcl").map(drop)
        }
        "route table" => {
            let answer = ec2.delete_route_table().route_table_id(id).send().await;
            answer.during("DeleteRouteTable").map(drop)
        }
        "instance" => terminate(site, id).await,
        "network interface" => delete_interface(site, id).await,
        "internet gateway" => {
            let call = ec2.detach_internet_gateway().internet_gateway_id(id).vpc_id(vpc);
            off(call.send().await.during("DetachInternetGateway"), "Gateway.NotAttached")
        }
        "egress-only internet gateway" => {
            let call = ec2.delete_egress_only_internet_gateway();
            let answer = call.egress_only_internet_gateway_id(id).send().await;
            answer.during("DeleteEgressOnlyInternetGateway").map(drop)
        }
        "vpn gateway" => {
            let call = ec2.detach_vpn_gateway().vpn_gateway_id(id).vpc_id(vpc);
            off(
                call.send().await.during("DetachVpnGateway"),
                "InvalidVpnGatewayAttachment.NotFound",
            )
        }
        "nat gateway" => {
            let answer = ec2.delete_nat_gateway().nat_gateway_id(id).send().await;
            answer.during("DeleteNatGateway").map(drop)
        }
        "endpoint" => delete_endpoint(site, id).await,
        "transit gateway attachment" => {
            let call = ec2.delete_transit_gateway_vpc_attachment();
            let answer = call.transit_gateway_attachment_id(id).send().await;
            answer.during("DeleteTransitGatewayVpcAttachment").map(drop)
        }
        "peering connection" => {
            let call = ec2.delete_vpc_peering_connection().vpc_peering_connection_id(id);
            call.send().await.during("DeleteVpcPeeringConnection").map(drop)
        }
        "address range" => {
            let answer = ec2.disassociate_vpc_cidr_block().association_id(id).send().await;
            answer.during("DisassociateVpcCidrBlock").map(drop)
        }
        _ => Err(Error::new(Exit::Failed, "only a person can remove it")),
    };
    asked.explain(|| site.cannot(&format!("remove the {kind} {id} from {vpc}")))
}

/// Success, too, where it was taken off before.
fn off<T>(answer: Result<T>, is_off: &str) -> Result<()> {
    match answer {
        Err(error) if error.code() == Some(is_off) => Ok(()),
        answer => answer.map(drop),
    }
}

/// Whoever wants an instance to stay protects it from termination.
async fn terminate(site: &Site, id: &str) -> Result<()> {
    let call = site.ec2.terminate_instances().instance_ids(id);
    match call.clone().send().await.during("TerminateInstances") {
        Err(error) if error.code() == Some("OperationNotPermitted") => {}
        answer => return answer.map(drop),
    }
    let off = AttributeBooleanValue::builder().value(false).build();
    let lift = site.ec2.modify_instance_attribute().instance_id(id);
    let lifted = lift.disable_api_termination(off).send().await;
    lifted.during("ModifyInstanceAttribute")?;
    call.send().await.during("TerminateInstances").map(drop)
}

/// One that is attached comes off its instance first.
async fn delete_interface(site: &Site, id: &str) -> Result<()> {
    let look = || async {
        let call = site.ec2.describe_network_interfaces();
        let call = call.filters(filter("network-interface-id", id));
        let answer = call.send().await.during("DescribeNetworkInterfaces")?;
        let attachment = answer.network_interfaces().first().and_then(|one| one.attachment());
        Ok::<_, Error>(attachment.and_then(|one| one.attachment_id()).map(str::to_owned))
    };
    if let Some(attachment) = look().await? {
        let call = site.ec2.detach_network_interface().attachment_id(attachment).force(true);
        call.send().await.during("DetachNetworkInterface")?;
        Waiter::new(format!("{id} to be detached"), DETACHING)
            .until(&Task::silent(), || async {
                Ok(match look().await? {
                    Some(_) => Seen::Pending("detaching".to_owned()),
                    None => Seen::Ready(()),
                })
            })
            .await?;
    }
    let answer = site.ec2.delete_network_interface().network_interface_id(id).send().await;
    answer.during("DeleteNetworkInterface").map(drop)
}

/// This call succeeds even where it deletes nothing.
async fn delete_endpoint(site: &Site, id: &str) -> Result<()> {
    let answer = site.ec2.delete_vpc_endpoints().vpc_endpoint_ids(id).send().await;
    let answer = answer.during("DeleteVpcEndpoints")?;
    match answer.unsuccessful().first().and_then(|one| one.error()) {
        None => Ok(()),
        Some(error) => Err(Error::new(Exit::Refused, "DeleteVpcEndpoints").because(format!(
            "{}: {}",
            error.code().unwrap_or_default(),
            error.message().unwrap_or_default()
        ))),
    }
}
