//! Stacks, with their resources.

use aws_sdk_cloudformation::types::{Stack, StackStatus, Tag};
use futures::{StreamExt, TryStreamExt};
use lib_common::Result;
use lib_common::asset::{Asset, Kind, Resource};
use lib_common::aws::{During, Explain};

use crate::account::Account;
use crate::marks::{Marks, moment};
use crate::search::Search;

/// CloudFormation takes few calls a second; the SDK slows down when it is told to.
const AT_ONCE: usize = 8;

/// Those that exist. A nested stack goes with the one that it is part of, and is one of its
/// resources.
pub async fn find(account: &Account, search: &Search) -> Result<Vec<Asset>> {
    let region = account.region.as_str();
    let stacks = account
        .cloudformation
        .describe_stacks()
        .into_paginator()
        .items()
        .send()
        .collect::<Result<Vec<_>, _>>()
        .await
        .during("DescribeStacks")
        .explain(|| format!("cannot list stacks ({region})"))?;
    let looks = stacks.into_iter().filter(|stack| stack.parent_id().is_none());
    futures::stream::iter(looks)
        .map(|stack| async move {
            let marks = marks(account, &stack).await?;
            match search.wants(&marks) {
                true => asset(account, &stack, marks).await.map(Some),
                false => Ok(None),
            }
        })
        .buffer_unordered(AT_ONCE)
        .try_filter_map(|asset| async { Ok(asset) })
        .try_collect()
        .await
}

/// The tags of a stack. One that a change set has named but not made yet has none: its tags
/// are still those of the change set.
async fn marks(account: &Account, stack: &Stack) -> Result<Marks> {
    let id = stack.stack_id().unwrap_or_default();
    let own = of(stack.tags());
    if own.asset_id.is_some() || stack.stack_status() != Some(&StackStatus::ReviewInProgress) {
        return Ok(own);
    }
    let explain = || format!("cannot read the change sets of {id}");
    let sets = account
        .cloudformation
        .list_change_sets()
        .stack_name(id)
        .into_paginator()
        .items()
        .send()
        .collect::<Result<Vec<_>, _>>()
        .await
        .during("ListChangeSets");
    let sets = match sets {
        Err(error) if error.is_not_found() => return Ok(own),
        other => other.explain(explain)?,
    };
    for set in sets {
        let answer = account
            .cloudformation
            .describe_change_set()
            .stack_name(id)
            .change_set_name(set.change_set_name().unwrap_or_default())
            .send()
            .await
            .during("DescribeChangeSet");
        let marks = match answer {
            Err(error) if error.is_not_found() => continue,
            other => of(other.explain(explain)?.tags()),
        };
        if marks.asset_id.is_some() {
            return Ok(marks);
        }
    }
    Ok(own)
}

fn of(tags: &[Tag]) -> Marks {
    Marks::of(tags.iter().map(|tag| (tag.key(), tag.value())))
}

async fn asset(account: &Account, stack: &Stack, marks: Marks) -> Result<Asset> {
    let id = stack.stack_id().unwrap_or_default();
    Ok(Asset {
        name: stack.stack_name().map(str::to_owned),
        state: stack.stack_status().map(ToString::to_string).unwrap_or_default(),
        created: moment(stack.creation_time()),
        resources: resources(account, id).await?,
        ..marks.asset(Kind::Stack, id, &account.region)
    })
}

async fn resources(account: &Account, stack: &str) -> Result<Vec<Resource>> {
    let found = account
        .cloudformation
        .list_stack_resources()
        .stack_name(stack)
        .into_paginator()
        .items()
        .send()
        .collect::<Result<Vec<_>, _>>()
        .await
        .during("ListStackResources");
    let found = match found {
        // It went away this moment.
        Err(error) if error.is_not_found() => return Ok(Vec::new()),
        other => other.explain(|| format!("cannot list the resources of {stack}"))?,
    };
    let resources = found.into_iter().map(|resource| Resource {
        logical_id: resource.logical_resource_id().unwrap_or_default().to_owned(),
        kind: resource.resource_type().unwrap_or_default().to_owned(),
        id: resource.physical_resource_id().map(str::to_owned),
        state: resource.resource_status().map(ToString::to_string).unwrap_or_default(),
    });
    Ok(resources.collect())
}
