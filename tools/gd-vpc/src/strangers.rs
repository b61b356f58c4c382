//! What is in the VPC and nobody planned.

use aws_sdk_ec2::types::Tag;
use lib_common::Result;
use lib_common::aws::{During, Explain};
use lib_common::reconcile::{Found, Known};
use lib_common::tags::TOOL;
use lib_common::team::{RESOURCE, TEAM};
use serde_json::{Value, json};

use crate::layout;
use crate::resource::instance::{described as instances, living};
use crate::resource::route_table::described as route_tables;
use crate::site::{Site, facts, filter, tag};

/// Everything in the VPC that neither this network nor another tool of the team made.
pub async fn within(site: &Site, vpc: &str, known: &Known) -> Result<Vec<Found>> {
    let mut all = everything(site, vpc, known).await?;
    all.retain(|one| one.facts.get("of_team") != Some(&Value::Bool(true)));
    for one in &mut all {
        one.facts.shift_remove("of_team");
    }
    Ok(all)
}

/// Everything in the VPC that is no part of this network, with whether it is the team's.
pub async fn everything(site: &Site, vpc: &str, known: &Known) -> Result<Vec<Found>> {
    let in_vpc = || vec![filter("vpc-id", vpc)];
    let subnets = async {
        let call = site.ec2.describe_subnets().set_filters(Some(in_vpc()));
        let pages = call.into_paginator().items().send();
        let all = pages.collect::<Result<Vec<_>, _>>().await.during("DescribeSubnets");
        all.explain(|| site.cannot(&format!("look into {vpc}")))
    };
    let groups = async {
        let call = site.ec2.describe_security_groups().set_filters(Some(in_vpc()));
        let pages = call.into_paginator().items().send();
        let all = pages.collect::<Result<Vec<_>, _>>().await.during("DescribeSecurityGroups");
        all.explain(|| site.cannot(&format!("look into {vpc}")))
    };
    let living_in_vpc = vec![filter("vpc-id", vpc), living()];
    let (subnets, groups, tables, machines) = futures::try_join!(
        subnets,
        groups,
        route_tables(site, in_vpc()),
        instances(site, living_in_vpc)
    )?;
    let mut found = Vec::new();
    let mut add = |kind: &str, id: Option<&str>, tags: &[Tag], facts_: Value| {
        let id = id.unwrap_or_default();
        if planned(known, id) {
            return;
        }
        let mut it = facts(facts_);
        it.insert("kind".to_owned(), Value::from(kind));
        if let Some(name) = tag(tags, "Name") {
            it.insert("name".to_owned(), Value::from(name));
        }
        it.insert("of_team".to_owned(), Value::from(is_of_team(site, tags)));
        found.push(Found { id: id.to_owned(), facts: it });
    };
    for subnet in &subnets {
        add("subnet", subnet.subnet_id(), subnet.tags(), json!({"cidr": subnet.cidr_block()}));
    }
    // Each VPC comes with a group of this name, and with a main route table.
    for group in groups.iter().filter(|group| group.group_name() != Some("default")) {
        let about = json!({"group_name": group.group_name()});
        add("security group", group.group_id(), group.tags(), about);
    }
    for table in &tables {
        let main = table.associations().iter().any(|one| one.main().unwrap_or_default());
        // The table that came with the VPC looks so while another is the main one.
        let bare = table.tags().is_empty() && table.associations().is_empty();
        if !main && !bare {
            add("route table", table.route_table_id(), table.tags(), json!({}));
        }
    }
    for machine in &machines {
        let about = json!({"subnet": machine.subnet_id(), "image": machine.image_id()});
        add("instance", machine.instance_id(), machine.tags(), about);
    }
    Ok(found)
}

/// Whether it is a part of this network, whatever its tags say now.
fn planned(known: &Known, id: &str) -> bool {
    let names = layout::plots(layout::MOST_ZONES).into_iter().map(|plot| plot.name);
    let names = names.chain(
        [
            layout::PUBLIC_TABLE,
            layout::PRIVATE_TABLE,
            layout::NAT_INSTANCE,
            layout::NAT_GROUP,
            layout::BASTION,
            layout::BASTION_GROUP,
        ]
        .map(str::to_owned),
    );
    names.into_iter().any(|name| known.get(&name).is_some_and(|found| found.id == id))
}

/// Whether another tool of the team made it.
fn is_of_team(site: &Site, tags: &[Tag]) -> bool {
    tag(tags, TEAM) == Some(site.team.as_str())
        && tag(tags, RESOURCE).is_some()
        && tag(tags, TOOL) != Some(site.context.tool())
}
