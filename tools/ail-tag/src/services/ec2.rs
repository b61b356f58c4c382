//! Tags in EC2: many things in one call.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{Filter, Tag};
use futures::StreamExt;
use lib_common::aws::During;
use lib_common::{Error, Result};

use super::AT_ONCE;
use crate::change::{Change, Step, Tags};
use crate::thing::Thing;

/// "You can specify up to 200 values for a filter" (EC2 User Guide, "List and filter").
const IDS_A_FILTER: usize = 200;
/// "Up to 1000 resource IDs" (EC2 API Reference, CreateTags and DeleteTags).
const IDS_A_CALL: usize = 1000;
/// DescribeTags, MaxResults.
const PAGE: i32 = 1000;

pub async fn read(ec2: &Client, things: Vec<Thing>) -> Vec<(Thing, Result<Tags>)> {
    let chunks: Vec<Vec<Thing>> = things.chunks(IDS_A_FILTER).map(<[Thing]>::to_vec).collect();
    futures::stream::iter(chunks)
        .map(|chunk| async move {
            match tags_of(ec2, &chunk).await {
                Ok(mut tags) => {
                    let of = |thing: Thing| {
                        let tags = tags.remove(&thing.asset.id).unwrap_or_default();
                        (thing, Ok(tags))
                    };
                    chunk.into_iter().map(of).collect::<Vec<_>>()
                }
                Err(error) => spread(chunk, &error).map(|(thing, e)| (thing, Err(e))).collect(),
            }
        })
        .buffer_unordered(AT_ONCE)
        .flat_map(futures::stream::iter)
        .collect()
        .await
}

async fn tags_of(ec2: &Client, things: &[Thing]) -> Result<HashMap<String, Tags>> {
    let ids = things.iter().map(|thing| thing.asset.id.clone()).collect();
    let filter = Filter::builder().name("resource-id").set_values(Some(ids)).build();
    let found = ec2
        .describe_tags()
        .filters(filter)
        .into_paginator()
        .page_size(PAGE)
        .items()
        .send()
        .collect::<Result<Vec<_>, _>>()
        .await
        .during("DescribeTags")?;
    let mut tags = HashMap::<String, Tags>::new();
    for tag in found {
        if let (Some(id), Some(key)) = (tag.resource_id, tag.key) {
            tags.entry(id).or_default().insert(key, tag.value.unwrap_or_default());
        }
    }
    Ok(tags)
}

/// One call for all that get the same; what fails together is tried in halves, so that one
/// thing that is gone does not keep a thousand from their tags.
pub async fn write(ec2: &Client, steps: Vec<Step>) -> Vec<(Thing, Error)> {
    let mut groups = BTreeMap::<Change, Vec<Thing>>::new();
    for step in steps {
        groups.entry(step.change).or_default().push(step.thing);
    }
    let calls = groups.into_iter().flat_map(|(change, things)| {
        let chunks: Vec<_> = things.chunks(IDS_A_CALL).map(<[Thing]>::to_vec).collect();
        chunks.into_iter().map(move |chunk| (change.clone(), chunk))
    });
    futures::stream::iter(calls.collect::<Vec<_>>())
        .map(|(change, things)| async move { halved(ec2, &change, things).await })
        .buffer_unordered(AT_ONCE)
        .flat_map(futures::stream::iter)
        .collect()
        .await
}

async fn halved(ec2: &Client, change: &Change, things: Vec<Thing>) -> Vec<(Thing, Error)> {
    let (mut failed, mut open) = (Vec::new(), vec![things]);
    while let Some(mut things) = open.pop() {
        match call(ec2, change, &things).await {
            Ok(()) => {}
            // Only what is wrong with one id can be right with the others.
            Err(error) if things.len() > 1 && error.code().is_some_and(of_an_id) => {
                open.push(things.split_off(things.len() / 2));
                open.push(things);
            }
            Err(error) => failed.extend(spread(things, &error)),
        }
    }
    failed
}

/// `InvalidAMIID.NotFound`, `InvalidSnapshot.NotFound`, `InvalidID`, `TagLimitExceeded` …
fn of_an_id(code: &str) -> bool {
    code.starts_with("Invalid") || code == "TagLimitExceeded"
}

async fn call(ec2: &Client, change: &Change, things: &[Thing]) -> Result<()> {
    let ids: Vec<_> = things.iter().map(|thing| thing.asset.id.clone()).collect();
    match change {
        Change::Set(tags) => {
            let tags = tags.iter().map(|(k, v)| Tag::builder().key(k).value(v).build());
            let asked = ec2.create_tags().set_resources(Some(ids)).set_tags(Some(tags.collect()));
            asked.send().await.during("CreateTags").map(drop)
        }
        Change::Remove(keys) => {
            let tags = keys.iter().map(|key| Tag::builder().key(key).build());
            let asked = ec2.delete_tags().set_resources(Some(ids)).set_tags(Some(tags.collect()));
            asked.send().await.during("DeleteTags").map(drop)
        }
    }
}

/// One error for each of many.
fn spread(things: Vec<Thing>, error: &Error) -> impl Iterator<Item = (Thing, Error)> {
    let (exit, text) = (error.exit(), error.summary());
    things.into_iter().map(move |thing| (thing, Error::new(exit, text.clone())))
}
