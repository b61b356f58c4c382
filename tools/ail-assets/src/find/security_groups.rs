//! Security groups.

use aws_sdk_ec2::types::SecurityGroup;
use lib_common::Result;
use lib_common::asset::{Asset, Kind};
use lib_common::aws::{During, Explain};

use super::PAGE;
use crate::account::Account;
use crate::marks::Marks;
use crate::search::Search;

pub async fn find(account: &Account, search: &Search) -> Result<Vec<Asset>> {
    let region = account.region.as_str();
    let groups = account
        .ec2
        .describe_security_groups()
        .filters(search.filter())
        .into_paginator()
        .page_size(PAGE)
        .items()
        .send()
        .collect::<Result<Vec<_>, _>>()
        .await
        .during("DescribeSecurityGroups")
        .explain(|| format!("cannot list security groups ({region})"))?;
    Ok(groups.iter().filter_map(|group| asset(group, search, region)).collect())
}

fn asset(group: &SecurityGroup, search: &Search, region: &str) -> Option<Asset> {
    let marks = Marks::of_ec2(group.tags());
    if !search.wants(&marks) {
        return None;
    }
    Some(Asset {
        name: group.group_name().map(str::to_owned),
        // EC2 has no states for it, and keeps no time.
        state: "available".to_owned(),
        ..marks.asset(Kind::SecurityGroup, group.group_id()?, region)
    })
}
