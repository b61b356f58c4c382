//! Instances.

use aws_sdk_ec2::types::{Instance, InstanceStateName};
use lib_common::Result;
use lib_common::asset::{Asset, Kind};
use lib_common::aws::{During, Explain};

use super::PAGE;
use crate::account::Account;
use crate::marks::{Marks, moment};
use crate::search::Search;

/// Those that still exist: EC2 shows terminated ones for about an hour.
pub async fn find(account: &Account, search: &Search) -> Result<Vec<Asset>> {
    let region = account.region.as_str();
    let reservations = account
        .ec2
        .describe_instances()
        .filters(search.filter())
        .into_paginator()
        .page_size(PAGE)
        .items()
        .send()
        .collect::<Result<Vec<_>, _>>()
        .await
        .during("DescribeInstances")
        .explain(|| format!("cannot list instances ({region})"))?;
    let instances = reservations.iter().flat_map(|reservation| reservation.instances());
    Ok(instances.filter_map(|instance| asset(instance, search, region)).collect())
}

fn asset(instance: &Instance, search: &Search, region: &str) -> Option<Asset> {
    let state = instance.state().and_then(|state| state.name())?;
    let marks = Marks::of_ec2(instance.tags());
    if *state == InstanceStateName::Terminated || !search.wants(&marks) {
        return None;
    }
    Some(Asset {
        state: state.to_string(),
        billed_as: instance.instance_type().map(ToString::to_string),
        created: moment(instance.launch_time()),
        // A stopped one costs nothing; its volumes do, and are listed by themselves.
        costs: matches!(state, InstanceStateName::Pending | InstanceStateName::Running),
        ..marks.asset(Kind::Instance, instance.instance_id()?, region)
    })
}
