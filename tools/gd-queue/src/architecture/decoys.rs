//! Queues with the team's tag that nobody built: whoever reads a list of the team's queues takes
//! one for the other.

use aws_sdk_sqs::Client;
use futures::StreamExt;
use lib_common::aws::{During, Explain};
use lib_common::reconcile::{Facts, Found};
use lib_common::team::{self, Team};
use lib_common::{Exit, Result};
use serde_json::json;

/// Reading the tags is a call a queue.
const AT_ONCE: usize = 16;
/// The most queues of one answer (Amazon SQS API Reference, ListQueues).
const PAGE: i32 = 1_000;

/// The team's queues, but for those of these names.
pub async fn find(sqs: &Client, region: &str, team: &Team, ours: &[String]) -> Result<Vec<Found>> {
    let mut urls = Vec::new();
    let mut pages = sqs.list_queues().max_results(PAGE).into_paginator().send();
    while let Some(page) = pages.next().await {
        let page =
            page.during("ListQueues").explain(|| format!("cannot list queues ({region})"))?;
        urls.extend(page.queue_urls.unwrap_or_default());
    }
    // Ours as well: where these can be read, the caller may read tags.
    let looks = urls.into_iter().map(|url| async move {
        let answer = sqs.list_queue_tags().queue_url(&url).send().await.during("ListQueueTags");
        let explain = || format!("cannot read the tags of the queue {} ({region})", name_of(&url));
        (answer.explain(explain), url)
    });
    let looks = futures::stream::iter(looks.collect::<Vec<_>>()).buffered(AT_ONCE);
    let (mut found, mut denied, mut may_read) = (Vec::new(), None, false);
    for (answer, url) in looks.collect::<Vec<_>>().await {
        match answer {
            // It went meanwhile.
            Err(error) if error.is_not_found() => {}
            // Another one's policy lets nobody in but its owner.
            Err(error) if error.exit() == Exit::Permission => denied = Some(error),
            answer => {
                may_read = true;
                let (tags, id) = (answer?.tags.unwrap_or_default(), name_of(&url).to_owned());
                let is_the_teams = tags.get(team::TEAM).is_some_and(|tag| tag == team.as_str());
                if is_the_teams && !ours.contains(&id) {
                    found.push(Found { facts: facts(&url), id });
                }
            }
        }
    }
    match denied {
        Some(error) if !may_read => Err(error),
        _ => {
            found.sort_by(|one, other| one.id.cmp(&other.id));
            Ok(found)
        }
    }
}

fn facts(url: &str) -> Facts {
    [("kind", json!("queue")), ("url", json!(url))]
        .map(|(name, value)| (name.to_owned(), value))
        .into_iter()
        .collect()
}

fn name_of(url: &str) -> &str {
    url.rsplit('/').next().unwrap_or_default()
}

/// Deletes one.
pub async fn delete(sqs: &Client, region: &str, decoy: &Found) -> Result<()> {
    let url = decoy.facts.get("url").and_then(|url| url.as_str()).unwrap_or_default();
    let asked = sqs.delete_queue().queue_url(url).send().await.during("DeleteQueue");
    asked.map(drop).explain(|| format!("cannot delete the queue {} ({region})", decoy.id))
}
