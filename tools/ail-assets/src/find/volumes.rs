//! Volumes.

use aws_sdk_ec2::types::Volume;
use lib_common::Result;
use lib_common::asset::{Asset, Kind};
use lib_common::aws::{During, Explain};

use super::PAGE;
use crate::account::Account;
use crate::marks::{Marks, gib, moment};
use crate::search::Search;

pub async fn find(account: &Account, search: &Search) -> Result<Vec<Asset>> {
    let region = account.region.as_str();
    let volumes = account
        .ec2
        .describe_volumes()
        .filters(search.filter())
        .into_paginator()
        .page_size(PAGE)
        .items()
        .send()
        .collect::<Result<Vec<_>, _>>()
        .await
        .during("DescribeVolumes")
        .explain(|| format!("cannot list volumes ({region})"))?;
    Ok(volumes.iter().filter_map(|volume| asset(volume, search, region)).collect())
}

fn asset(volume: &Volume, search: &Search, region: &str) -> Option<Asset> {
    let marks = Marks::of_ec2(volume.tags());
    if !search.wants(&marks) {
        return None;
    }
    let attached = volume.attachments().iter().find_map(|attachment| attachment.instance_id());
    Some(Asset {
        state: volume.state().map(ToString::to_string).unwrap_or_default(),
        bytes: gib(volume.size()),
        billed_as: volume.volume_type().map(ToString::to_string),
        created: moment(volume.create_time()),
        costs: true,
        part_of: attached.map(str::to_owned),
        ..marks.asset(Kind::Volume, volume.volume_id()?, region)
    })
}
