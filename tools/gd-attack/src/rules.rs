//! Rules of security groups, as attacks set and revoke them.

use aws_sdk_ec2::types::{IpPermission, IpRange};
use lib_common::Result;
use lib_common::aws::During;

use crate::hand::Hand;

/// Where nobody is left out.
pub const ANYWHERE: &str = "0.0.0.0/0";

/// This TCP port from everywhere.
pub fn opened(port: i32) -> IpPermission {
    let range = IpRange::builder().cidr_ip(ANYWHERE).build();
    let rule = IpPermission::builder().ip_protocol("tcp").from_port(port).to_port(port);
    rule.ip_ranges(range).build()
}

/// Everything from everywhere.
pub fn everything() -> IpPermission {
    let range = IpRange::builder().cidr_ip(ANYWHERE).build();
    IpPermission::builder().ip_protocol("-1").ip_ranges(range).build()
}

/// Revokes all inbound or all outbound rules of the target.
pub async fn revoke_all(hand: &Hand, egress: bool) -> Result<()> {
    let ec2 = &hand.world.ec2;
    let answer = ec2.describe_security_groups().group_ids(&hand.id).send().await;
    let answer = answer.during("DescribeSecurityGroups")?;
    let group = answer
        .security_groups
        .unwrap_or_default()
        .pop()
        .unwrap_or_else(|| aws_sdk_ec2::types::SecurityGroup::builder().build());
    if egress {
        let call = ec2.revoke_security_group_egress().group_id(&hand.id);
        let call = call.set_ip_permissions(group.ip_permissions_egress);
        call.send().await.during("RevokeSecurityGroupEgress").map(drop)
    } else {
        let call = ec2.revoke_security_group_ingress().group_id(&hand.id);
        let call = call.set_ip_permissions(group.ip_permissions);
        call.send().await.during("RevokeSecurityGroupIngress").map(drop)
    }
}
