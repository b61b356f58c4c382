//! Attacks on the VPC, its subnets, and what stands at their borders.

use aws_sdk_ec2::types::{
    AttributeBooleanValue, Filter, NewDhcpConfiguration, ResourceType, RuleAction,
};
use lib_common::aws::During;
use lib_common::{Error, Exit, Result};

use crate::attack::Difficulty::{Easy, Hard, Medium};
use crate::attack::Target::Ec2;
use crate::attack::{Attack, VPC, changed, extra_in, missing_of};
use crate::hand::Hand;
use crate::rules::{everything, opened, revoke_all};

pub const ATTACKS: &[Attack] = &[
    Attack {
        name: "dns-support-off",
        difficulty: Medium,
        does: "switches the VPC's name resolution off",
        symptom: "workers fail at every name: no image is fetched, no queue is found",
        finding: changed(VPC, "vpc", "dns_support"),
        mend: "ec2:ModifyVpcAttribute",
        target: Ec2("vpc"),
        deed: |hand| {
            Box::pin(async move {
                let off = AttributeBooleanValue::builder().value(false).build();
                let call = hand.world.ec2.modify_vpc_attribute().vpc_id(&hand.id);
                call.enable_dns_support(off).send().await.during("ModifyVpcAttribute").map(drop)
            })
        },
    },
    Attack {
        name: "dns-hostnames-off",
        difficulty: Medium,
        does: "switches the VPC's host names off",
        symptom: "instances have no public names, private ones of endpoints do not resolve",
        finding: changed(VPC, "vpc", "dns_hostnames"),
        mend: "ec2:ModifyVpcAttribute",
        target: Ec2("vpc"),
        deed: |hand| {
            Box::pin(async move {
                let off = AttributeBooleanValue::builder().value(false).build();
                let call = hand.world.ec2.modify_vpc_attribute().vpc_id(&hand.id);
                call.enable_dns_hostnames(off).send().await.during("ModifyVpcAttribute").map(drop)
            })
        },
    },
    Attack {
        name: "dhcp-options-swapped",
        difficulty: Hard,
        does: "gives the VPC DHCP options with a name server that is not there",
        symptom: "what runs goes on; whatever renews its lease or starts finds no name",
        finding: changed(VPC, "dhcp-options", "configuration"),
        mend: "ec2:AssociateDhcpOptions",
        target: Ec2("vpc"),
        deed: |hand| Box::pin(swap_dhcp_options(hand)),
    },
    Attack {
        name: "acl-denies-all",
        difficulty: Easy,
        does: "puts an entry that denies everything first into the network ACL",
        symptom: "nothing gets into any subnet; the bastion does not answer",
        finding: extra_in(VPC, "default-network-acl", "ingress"),
        mend: "ec2:DeleteNetworkAclEntry",
        target: Ec2("vpc"),
        deed: |hand| {
            Box::pin(async move {
                let acl = default_acl(&hand).await?;
                let call = hand.world.ec2.create_network_acl_entry().network_acl_id(&acl);
                let call = call.rule_number(1).egress(false).protocol("-1").cidr_block("0.0.0.0/0");
                let call = call.rule_action(RuleAction::Deny);
                call.send().await.during("CreateNetworkAclEntry").map(drop)
            })
        },
    },
    Attack {
        name: "acl-way-out-removed",
        difficulty: Easy,
        does: "deletes the entry of the network ACL that lets everything out",
        symptom: "nothing gets out of any subnet; answers do not come back",
        finding: missing_of(VPC, "default-network-acl", "egress"),
        mend: "ec2:CreateNetworkAclEntry",
        target: Ec2("vpc"),
        deed: |hand| {
            Box::pin(async move {
                let acl = default_acl(&hand).await?;
                let call = hand.world.ec2.delete_network_acl_entry().network_acl_id(&acl);
                let call = call.rule_number(100).egress(true);
                call.send().await.during("DeleteNetworkAclEntry").map(drop)
            })
        },
    },
    Attack {
        name: "acl-swapped",
        difficulty: Hard,
        does: "puts the private subnet behind a new network ACL, which lets nothing pass",
        symptom: "the workers are cut off, and every rule of the ACL that people look at is right",
        finding: changed(VPC, "private-subnet-acl", "network_acl"),
        mend: "ec2:ReplaceNetworkAclAssociation",
        target: Ec2("private-subnet"),
        deed: |hand| Box::pin(swap_acl(hand)),
    },
    Attack {
        name: "private-subnet-public",
        difficulty: Medium,
        does: "lets instances of the private subnet have public addresses",
        symptom: "nothing, until a worker starts with a public address",
        finding: changed(VPC, "private-subnet", "public_addresses"),
        mend: "ec2:ModifySubnetAttribute",
        target: Ec2("private-subnet"),
        deed: |hand| {
            Box::pin(async move {
                let on = AttributeBooleanValue::builder().value(true).build();
                let call = hand.world.ec2.modify_subnet_attribute().subnet_id(&hand.id);
                let call = call.map_public_ip_on_launch(on);
                call.send().await.during("ModifySubnetAttribute").map(drop)
            })
        },
    },
    Attack {
        name: "public-subnet-private",
        difficulty: Medium,
        does: "keeps public addresses from instances of the public subnet",
        symptom: "nothing, until a bastion is replaced and cannot be reached",
        finding: changed(VPC, "public-subnet", "public_addresses"),
        mend: "ec2:ModifySubnetAttribute",
        target: Ec2("public-subnet"),
        deed: |hand| {
            Box::pin(async move {
                let off = AttributeBooleanValue::builder().value(false).build();
                let call = hand.world.ec2.modify_subnet_attribute().subnet_id(&hand.id);
                let call = call.map_public_ip_on_launch(off);
                call.send().await.during("ModifySubnetAttribute").map(drop)
            })
        },
    },
    Attack {
        name: "nat-group-emptied",
        difficulty: Easy,
        does: "revokes every inbound rule of the NAT instance's security group",
        symptom: "workers fetch nothing from the internet; SSH to the bastion hangs",
        finding: missing_of(VPC, "nat-security-group", "ingress"),
        mend: "ec2:AuthorizeSecurityGroupIngress",
        target: Ec2("nat-security-group"),
        deed: |hand| Box::pin(async move { revoke_all(&hand, false).await }),
    },
    Attack {
        name: "nat-group-opened",
        difficulty: Medium,
        does: "lets SSH from everywhere into the bastion",
        symptom: "nothing, but for strangers in its log",
        finding: extra_in(VPC, "nat-security-group", "ingress"),
        mend: "ec2:RevokeSecurityGroupIngress",
        target: Ec2("nat-security-group"),
        deed: |hand| {
            Box::pin(async move {
                let call = hand.world.ec2.authorize_security_group_ingress().group_id(&hand.id);
                let call = call.ip_permissions(opened(22));
                call.send().await.during("AuthorizeSecurityGroupIngress").map(drop)
            })
        },
    },
    Attack {
        name: "nat-group-mute",
        difficulty: Easy,
        does: "revokes every outbound rule of the NAT instance's security group",
        symptom: "workers fetch nothing from the internet, though the NAT instance runs",
        finding: missing_of(VPC, "nat-security-group", "egress"),
        mend: "ec2:AuthorizeSecurityGroupEgress",
        target: Ec2("nat-security-group"),
        deed: |hand| Box::pin(async move { revoke_all(&hand, true).await }),
    },
    Attack {
        name: "default-group-opened",
        difficulty: Hard,
        does: "lets everything into the VPC's default security group",
        symptom: "nothing, until something is started without a group of its own",
        finding: extra_in(VPC, "default-security-group", "ingress"),
        mend: "ec2:RevokeSecurityGroupIngress",
        target: Ec2("vpc"),
        deed: |hand| {
            Box::pin(async move {
                let ec2 = &hand.world.ec2;
                let call = ec2.describe_security_groups().filters(filter("vpc-id", &hand.id));
                let answer = call.filters(filter("group-name", "default")).send().await;
                let answer = answer.during("DescribeSecurityGroups")?;
                let group = answer.security_groups().first().and_then(|group| group.group_id());
                let group = group.ok_or_else(|| gone("the default security group"))?;
                hand.touch(group);
                let call = ec2.authorize_security_group_ingress().group_id(group);
                let call = call.ip_permissions(everything());
                call.send().await.during("AuthorizeSecurityGroupIngress").map(drop)
            })
        },
    },
];

async fn swap_dhcp_options(hand: Hand) -> Result<()> {
    let ec2 = &hand.world.ec2;
    // Of the documentation's network: nobody answers there.
    let server = NewDhcpConfiguration::builder().key("domain-name-servers").values("192.0.2.53");
    let call = ec2.create_dhcp_options().dhcp_configurations(server.build());
    let call = call.tag_specifications(hand.world.specification(ResourceType::DhcpOptions));
    let made = call.send().await.during("CreateDhcpOptions")?.dhcp_options;
    let made = made.and_then(|options| options.dhcp_options_id).unwrap_or_default();
    hand.touch(&made);
    let call = ec2.associate_dhcp_options().dhcp_options_id(&made).vpc_id(&hand.id);
    call.send().await.during("AssociateDhcpOptions").map(drop)
}

async fn swap_acl(hand: Hand) -> Result<()> {
    let ec2 = &hand.world.ec2;
    let call = ec2.describe_network_acls().filters(filter("association.subnet-id", &hand.id));
    let answer = call.send().await.during("DescribeNetworkAcls")?;
    let found = answer.network_acls().iter().find_map(|acl| {
        let mut associations = acl.associations().iter();
        let own = associations.find(|one| one.subnet_id() == Some(&hand.id))?;
        Some((acl.vpc_id()?.to_owned(), own.network_acl_association_id()?.to_owned()))
    });
    let (vpc, association) = found.ok_or_else(|| gone("the subnet's network ACL"))?;
    let call = ec2.create_network_acl().vpc_id(vpc);
    let call = call.tag_specifications(hand.world.specification(ResourceType::NetworkAcl));
    let made = call.send().await.during("CreateNetworkAcl")?.network_acl;
    let made = made.and_then(|acl| acl.network_acl_id).unwrap_or_default();
    hand.touch(&made);
    let call = ec2.replace_network_acl_association().association_id(association);
    let call = call.network_acl_id(made);
    call.send().await.during("ReplaceNetworkAclAssociation").map(drop)
}

async fn default_acl(hand: &Hand) -> Result<String> {
    let call = hand.world.ec2.describe_network_acls().filters(filter("vpc-id", &hand.id));
    let answer = call.filters(filter("default", "true")).send().await;
    let answer = answer.during("DescribeNetworkAcls")?;
    let acl = answer.network_acls().first().and_then(|acl| acl.network_acl_id());
    let acl = acl.ok_or_else(|| gone("the default network ACL"))?;
    hand.touch(acl);
    Ok(acl.to_owned())
}

/// A filter with one value.
pub fn filter(name: &str, value: &str) -> Filter {
    Filter::builder().name(name).values(value).build()
}

/// What a deed looked for below its target is not there any more.
pub fn gone(what: &str) -> Error {
    Error::new(Exit::NotFound, format!("{what} is not there"))
}
