//! Snapshots.

use aws_sdk_ec2::types::Snapshot;
use lib_common::Result;
use lib_common::asset::{Asset, Kind};
use lib_common::aws::{During, Explain};

use super::PAGE;
use crate::account::Account;
use crate::marks::{Marks, gib, moment};
use crate::search::Search;

/// The account's own.
pub async fn find(account: &Account, search: &Search) -> Result<Vec<Asset>> {
    let region = account.region.as_str();
    let snapshots = account
        .ec2
        .describe_snapshots()
        .owner_ids("self")
        .filters(search.filter())
        .into_paginator()
        .page_size(PAGE)
        .items()
        .send()
        .collect::<Result<Vec<_>, _>>()
        .await
        .during("DescribeSnapshots")
        .explain(|| format!("cannot list snapshots ({region})"))?;
    Ok(snapshots.iter().filter_map(|snapshot| asset(snapshot, search, region)).collect())
}

fn asset(snapshot: &Snapshot, search: &Search, region: &str) -> Option<Asset> {
    let marks = Marks::of_ec2(snapshot.tags());
    if !search.wants(&marks) {
        return None;
    }
    let stored = snapshot.full_snapshot_size_in_bytes().and_then(|size| u64::try_from(size).ok());
    Some(Asset {
        state: snapshot.state().map(ToString::to_string).unwrap_or_default(),
        bytes: stored.filter(|size| *size > 0).or(gib(snapshot.volume_size())),
        billed_as: snapshot.storage_tier().map(ToString::to_string),
        created: moment(snapshot.start_time()),
        costs: true,
        ..marks.asset(Kind::Snapshot, snapshot.snapshot_id()?, region)
    })
}
