//! Attacks that put something of the attacker's into the VPC.

use aws_sdk_ec2::types::{InstanceType, ResourceType, TagSpecification, VpcEndpointType};
use lib_common::aws::During;
use serde_json::json;

use crate::attack::Difficulty::{Easy, Hard, Medium};
use crate::attack::Target::Ec2;
use crate::attack::{Attack, VPC, extra};
use crate::rules::everything;

pub const ATTACKS: &[Attack] = &[
    Attack {
        name: "stranger-group",
        difficulty: Medium,
        does: "makes a security group in the VPC that lets everything in",
        symptom: "nothing, until something is put into it",
        finding: extra(VPC, "vpc"),
        mend: "ec2:DeleteSecurityGroup",
        target: Ec2("vpc"),
        deed: |hand| {
            Box::pin(async move {
                let (world, ec2) = (&hand.world, &hand.world.ec2);
                let call = ec2.create_security_group().vpc_id(&hand.id);
                let call = call.group_name(world.own_name("maintenance")).description("-");
                let call =
                    call.tag_specifications(world.specification(ResourceType::SecurityGroup));
                let made = call.send().await.during("CreateSecurityGroup")?;
                let made = made.group_id.unwrap_or_default();
                hand.touch(&made);
                let call = ec2.authorize_security_group_ingress().group_id(made);
                let call = call.ip_permissions(everything());
                call.send().await.during("AuthorizeSecurityGroupIngress").map(drop)
            })
        },
    },
    Attack {
        name: "stranger-disguised",
        difficulty: Hard,
        does: "makes a security group in the VPC that bears every tag of the workers' group and lets \
               everything in",
        symptom: "nothing, until something is put into it; by its tags it is the team's",
        finding: extra(VPC, "vpc"),
        mend: "ec2:DeleteSecurityGroup",
        target: Ec2("vpc"),
        deed: |hand| {
            Box::pin(async move {
                let (world, ec2) = (&hand.world, &hand.world.ec2);
                let model = hand.other(Ec2("workers-security-group"))?;
                let call = ec2.describe_security_groups().group_ids(model);
                let mut seen = call.send().await.during("DescribeSecurityGroups")?;
                let model = seen.security_groups.take().unwrap_or_default().pop();
                let tags = model.and_then(|group| group.tags).unwrap_or_default();
                let tags = TagSpecification::builder()
                    .resource_type(ResourceType::SecurityGroup)
                    .set_tags(Some(tags))
                    .build();
                let call = ec2.create_security_group().vpc_id(&hand.id).tag_specifications(tags);
                let call = call.group_name(world.own_name("batch")).description("-");
                let made = call.send().await.during("CreateSecurityGroup")?;
                let made = made.group_id.unwrap_or_default();
                hand.touch(&made);
                let call = ec2.authorize_security_group_ingress().group_id(made);
                let call = call.ip_permissions(everything());
                call.send().await.during("AuthorizeSecurityGroupIngress").map(drop)
            })
        },
    },
    Attack {
        name: "stranger-subnet",
        difficulty: Easy,
        does: "makes a subnet in the VPC that nobody planned",
        symptom: "nothing, until something is started in it",
        finding: extra(VPC, "vpc"),
        mend: "ec2:DeleteSubnet",
        target: Ec2("vpc"),
        deed: |hand| {
            Box::pin(async move {
                let call = hand.world.ec2.create_subnet().vpc_id(&hand.id);
                let call = call.cidr_block("10.0.200.0/24");
                let call = call.tag_specifications(hand.world.specification(ResourceType::Subnet));
                let made = call.send().await.during("CreateSubnet")?.subnet;
                hand.touch(made.and_then(|subnet| subnet.subnet_id).unwrap_or_default());
                Ok(())
            })
        },
    },
    Attack {
        name: "stranger-table",
        difficulty: Easy,
        does: "makes a route table in the VPC that nobody planned",
        symptom: "nothing, until a subnet is put under it",
        finding: extra(VPC, "vpc"),
        mend: "ec2:DeleteRouteTable",
        target: Ec2("vpc"),
        deed: |hand| {
            Box::pin(async move {
                let call = hand.world.ec2.create_route_table().vpc_id(&hand.id);
                let tags = hand.world.specification(ResourceType::RouteTable);
                let made = call.tag_specifications(tags).send().await;
                let made = made.during("CreateRouteTable")?.route_table;
                hand.touch(made.and_then(|table| table.route_table_id).unwrap_or_default());
                Ok(())
            })
        },
    },
    Attack {
        name: "stranger-interface",
        difficulty: Medium,
        does: "leaves a network interface in the public subnet",
        symptom: "nothing; it keeps an address, and the subnet from being deleted",
        finding: extra(VPC, "vpc"),
        mend: "ec2:DeleteNetworkInterface",
        target: Ec2("public-subnet"),
        deed: |hand| {
            Box::pin(async move {
                let call = hand.world.ec2.create_network_interface().subnet_id(&hand.id);
                let tags = hand.world.specification(ResourceType::NetworkInterface);
                let made = call.tag_specifications(tags).send().await;
                let made = made.during("CreateNetworkInterface")?.network_interface;
                hand.touch(made.and_then(|one| one.network_interface_id).unwrap_or_default());
                Ok(())
            })
        },
    },
    Attack {
        name: "stranger-endpoint",
        difficulty: Hard,
        does: "makes an endpoint for S3 that denies everything",
        symptom: "montages cannot be kept once a table leads there",
        finding: extra(VPC, "vpc"),
        mend: "ec2:DeleteVpcEndpoints",
        target: Ec2("vpc"),
        deed: |hand| {
            Box::pin(async move {
                let world = &hand.world;
                let nothing = json!({"Version": "2012-10-17", "Statement": [{
                    "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*",
                }]});
                let call = world.ec2.create_vpc_endpoint().vpc_id(&hand.id);
                let call = call.vpc_endpoint_type(VpcEndpointType::Gateway);
                let call = call.service_name(format!("com.amazonaws.{}.s3", world.region));
                let call = call.policy_document(nothing.to_string());
                let call = call.tag_specifications(world.specification(ResourceType::VpcEndpoint));
                let made = call.send().await.during("CreateVpcEndpoint")?.vpc_endpoint;
                hand.touch(made.and_then(|one| one.vpc_endpoint_id).unwrap_or_default());
                Ok(())
            })
        },
    },
    Attack {
        name: "stranger-vpn-gateway",
        difficulty: Hard,
        does: "attaches a VPN gateway to the VPC",
        symptom: "nothing; it is a second way in, whatever the internet gateway says",
        finding: extra(VPC, "vpc"),
        mend: "ec2:DetachVpnGateway",
        target: Ec2("vpc"),
        deed: |hand| {
            Box::pin(async move {
                let (world, ec2) = (&hand.world, &hand.world.ec2);
                let call = ec2.create_vpn_gateway().r#type("ipsec.1".into());
                let call = call.tag_specifications(world.specification(ResourceType::VpnGateway));
                let made = call.send().await.during("CreateVpnGateway")?.vpn_gateway;
                let made = made.and_then(|one| one.vpn_gateway_id).unwrap_or_default();
                hand.touch(&made);
                let call = ec2.attach_vpn_gateway().vpc_id(&hand.id).vpn_gateway_id(made);
                call.send().await.during("AttachVpnGateway").map(drop)
            })
        },
    },
    Attack {
        name: "stranger-egress-gateway",
        difficulty: Medium,
        does: "makes an egress-only internet gateway in the VPC",
        symptom: "nothing; it is a second way out, for IPv6",
        finding: extra(VPC, "vpc"),
        mend: "ec2:DeleteEgressOnlyInternetGateway",
        target: Ec2("vpc"),
        deed: |hand| {
            Box::pin(async move {
                let call = hand.world.ec2.create_egress_only_internet_gateway().vpc_id(&hand.id);
                let tags = hand.world.specification(ResourceType::EgressOnlyInternetGateway);
                let made = call.tag_specifications(tags).send().await;
                let made = made.during("CreateEgressOnlyInternetGateway")?;
                let made = made.egress_only_internet_gateway;
                hand.touch(
                    made.and_then(|one| one.egress_only_internet_gateway_id).unwrap_or_default(),
                );
                Ok(())
            })
        },
    },
    Attack {
        name: "stranger-range",
        difficulty: Medium,
        does: "adds a second range of addresses to the VPC",
        symptom: "nothing, until subnets lie where no rule looks",
        finding: extra(VPC, "vpc"),
        mend: "ec2:DisassociateVpcCidrBlock",
        target: Ec2("vpc"),
        deed: |hand| {
            Box::pin(async move {
                let call = hand.world.ec2.associate_vpc_cidr_block().vpc_id(&hand.id);
                let made = call.cidr_block("10.1.0.0/16").send().await;
                let made = made.during("AssociateVpcCidrBlock")?.cidr_block_association;
                hand.touch(made.and_then(|one| one.association_id).unwrap_or_default());
                Ok(())
            })
        },
    },
    Attack {
        name: "stranger-instance",
        difficulty: Hard,
        does: "starts an instance of the attacker's in the private subnet",
        symptom: "nothing; it is behind every group that trusts the subnet",
        finding: extra(VPC, "vpc"),
        mend: "ec2:TerminateInstances",
        target: Ec2("private-subnet"),
        deed: |hand| {
            Box::pin(async move {
                let world = &hand.world;
                let image = hand.other(Ec2("worker-image"))?;
                let call = world.ec2.run_instances().image_id(image).subnet_id(&hand.id);
                let call = call.instance_type(InstanceType::T3Nano).min_count(1).max_count(1);
                let call = call.tag_specifications(world.specification(ResourceType::Instance));
                let made = call.send().await.during("RunInstances")?;
                for id in made.instances().iter().filter_map(|one| one.instance_id()) {
                    hand.touch(id);
                }
                Ok(())
            })
        },
    },
];
