//! Attacks on the routes, the tables, and the address that they lead to.

use lib_common::Result;
use lib_common::aws::During;

use super::network::{filter, gone};
use crate::attack::Difficulty::{Easy, Hard, Medium};
use crate::attack::Target::Ec2;
use crate::attack::{Attack, VPC, changed, extra_in, missing};
use crate::hand::Hand;
use crate::rules::ANYWHERE;

/// Of the documentation's networks (RFC 5737): what is misled there is nobody's.
const ELSEWHERE: &str = "198.51.100.0/24";

pub const ATTACKS: &[Attack] = &[
    Attack {
        name: "private-route-deleted",
        difficulty: Easy,
        does: "deletes the default route of the private subnets",
        symptom: "jobs come back until they are dead letters: no image can be fetched",
        finding: missing(VPC, "private-default-route"),
        mend: "ec2:CreateRoute",
        target: Ec2("private-route-table"),
        deed: |hand| Box::pin(async move { delete_default(&hand).await }),
    },
    Attack {
        name: "private-route-misled",
        difficulty: Medium,
        does: "leads the default route of the private subnets to the internet gateway",
        symptom: "no image can be fetched, though there is a default route",
        finding: changed(VPC, "private-default-route", "target"),
        mend: "ec2:ReplaceRoute",
        target: Ec2("private-route-table"),
        deed: |hand| {
            Box::pin(async move {
                let gateway = hand.other(Ec2("internet-gateway"))?;
                let call = hand.world.ec2.replace_route().route_table_id(&hand.id);
                let call = call.destination_cidr_block(ANYWHERE).gateway_id(gateway);
                call.send().await.during("ReplaceRoute").map(drop)
            })
        },
    },
    Attack {
        name: "public-route-deleted",
        difficulty: Easy,
        does: "deletes the default route of the public subnets",
        symptom: "the bastion does not answer, and workers fetch nothing",
        finding: missing(VPC, "public-default-route"),
        mend: "ec2:CreateRoute",
        target: Ec2("public-route-table"),
        deed: |hand| Box::pin(async move { delete_default(&hand).await }),
    },
    Attack {
        name: "private-route-added",
        difficulty: Medium,
        does: "adds a route to the private table that leads one network astray",
        symptom: "images of some sites cannot be fetched, those of others can",
        finding: extra_in(VPC, "private-route-table", "other_routes"),
        mend: "ec2:DeleteRoute",
        target: Ec2("private-route-table"),
        deed: |hand| Box::pin(async move { mislead(&hand, &hand.id).await }),
    },
    Attack {
        name: "public-route-added",
        difficulty: Medium,
        does: "adds a route to the public table that leads one network astray",
        symptom: "images of some sites cannot be fetched, though the private table is right",
        finding: extra_in(VPC, "public-route-table", "other_routes"),
        mend: "ec2:DeleteRoute",
        target: Ec2("public-route-table"),
        deed: |hand| {
            Box::pin(async move {
                let interface = nat_interface(&hand).await?;
                let call = hand.world.ec2.create_route().route_table_id(&hand.id);
                let call = call.destination_cidr_block(ELSEWHERE).network_interface_id(interface);
                call.send().await.during("CreateRoute").map(drop)
            })
        },
    },
    Attack {
        name: "main-table-route-added",
        difficulty: Hard,
        does: "adds a default route to the VPC's main table, of which nothing is meant to go out",
        symptom: "nothing, until a subnet without a table of its own is made",
        finding: extra_in(VPC, "main-route-table", "other_routes"),
        mend: "ec2:DeleteRoute",
        target: Ec2("vpc"),
        deed: |hand| {
            Box::pin(async move {
                let call = hand.world.ec2.describe_route_tables();
                let call = call.filters(filter("vpc-id", &hand.id));
                let answer = call.filters(filter("association.main", "true")).send().await;
                let answer = answer.during("DescribeRouteTables")?;
                let table = answer.route_tables().first().and_then(|table| table.route_table_id());
                let table = table.ok_or_else(|| gone("the main route table"))?;
                hand.touch(table);
                let gateway = hand.other(Ec2("internet-gateway"))?;
                let call = hand.world.ec2.create_route().route_table_id(table);
                let call = call.destination_cidr_block(ANYWHERE).gateway_id(gateway);
                call.send().await.during("CreateRoute").map(drop)
            })
        },
    },
    Attack {
        name: "private-table-left",
        difficulty: Easy,
        does: "takes the private subnet off its route table",
        symptom: "no image can be fetched, though the table and its routes are right",
        finding: missing(VPC, "private-subnet-association"),
        mend: "ec2:AssociateRouteTable",
        target: Ec2("private-subnet"),
        deed: |hand| {
            Box::pin(async move {
                let association = association(&hand).await?;
                let call = hand.world.ec2.disassociate_route_table().association_id(association);
                call.send().await.during("DisassociateRouteTable").map(drop)
            })
        },
    },
    Attack {
        name: "private-table-swapped",
        difficulty: Hard,
        does: "puts the private subnet under the public route table",
        symptom: "no image can be fetched, though both tables and their routes are right",
        finding: changed(VPC, "private-subnet-association", "route_table"),
        mend: "ec2:ReplaceRouteTableAssociation",
        target: Ec2("private-subnet"),
        deed: |hand| {
            Box::pin(async move {
                let table = hand.other(Ec2("public-route-table"))?;
                let call = hand.world.ec2.replace_route_table_association();
                let call = call.association_id(association(&hand).await?).route_table_id(table);
                call.send().await.during("ReplaceRouteTableAssociation").map(drop)
            })
        },
    },
    Attack {
        name: "public-table-left",
        difficulty: Easy,
        does: "takes the public subnet off its route table",
        symptom: "the bastion does not answer, and workers fetch nothing",
        finding: missing(VPC, "public-subnet-association"),
        mend: "ec2:AssociateRouteTable",
        target: Ec2("public-subnet"),
        deed: |hand| {
            Box::pin(async move {
                let association = association(&hand).await?;
                let call = hand.world.ec2.disassociate_route_table().association_id(association);
                call.send().await.during("DisassociateRouteTable").map(drop)
            })
        },
    },
    Attack {
        name: "nat-address-taken",
        difficulty: Easy,
        does: "takes the elastic address off the NAT instance",
        symptom: "the bastion does not answer where it was; senders that know the address refuse",
        finding: missing(VPC, "nat-address-association"),
        mend: "ec2:AssociateAddress",
        target: Ec2("nat-address"),
        deed: |hand| {
            Box::pin(async move {
                let ec2 = &hand.world.ec2;
                let answer = ec2.describe_addresses().allocation_ids(&hand.id).send().await;
                let answer = answer.during("DescribeAddresses")?;
                let address = answer.addresses().first().and_then(|one| one.association_id());
                let association = address.ok_or_else(|| gone("the association"))?;
                hand.touch(association);
                let call = ec2.disassociate_address().association_id(association);
                call.send().await.during("DisassociateAddress").map(drop)
            })
        },
    },
];

async fn delete_default(hand: &Hand) -> Result<()> {
    let call = hand.world.ec2.delete_route().route_table_id(&hand.id);
    call.destination_cidr_block(ANYWHERE).send().await.during("DeleteRoute").map(drop)
}

async fn mislead(hand: &Hand, table: &str) -> Result<()> {
    let gateway = hand.other(Ec2("internet-gateway"))?;
    let call = hand.world.ec2.create_route().route_table_id(table);
    let call = call.destination_cidr_block(ELSEWHERE).gateway_id(gateway);
    call.send().await.during("CreateRoute").map(drop)
}

/// The interface of whatever translates addresses, which the private default route leads to.
async fn nat_interface(hand: &Hand) -> Result<String> {
    let private = hand.other(Ec2("private-route-table"))?;
    let answer = hand.world.ec2.describe_route_tables().route_table_ids(private).send().await;
    let answer = answer.during("DescribeRouteTables")?;
    let mut routes = answer.route_tables().iter().flat_map(|table| table.routes());
    let interface = routes.find_map(|route| route.network_interface_id());
    interface.map(str::to_owned).ok_or_else(|| gone("the NAT instance's interface"))
}

/// The association of the target, a subnet, with its route table.
async fn association(hand: &Hand) -> Result<String> {
    let call = hand.world.ec2.describe_route_tables();
    let answer = call.filters(filter("association.subnet-id", &hand.id)).send().await;
    let answer = answer.during("DescribeRouteTables")?;
    let mut all = answer.route_tables().iter().flat_map(|table| table.associations());
    let own = all.find(|one| one.subnet_id() == Some(&hand.id));
    let id = own.and_then(|one| one.route_table_association_id());
    let id = id.ok_or_else(|| gone("the subnet's route table"))?;
    hand.touch(id);
    Ok(id.to_owned())
}
