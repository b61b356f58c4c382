//! Which jobs are dead letters: they are not lost, and a person has to look at them.

use std::collections::HashSet;

use aws_sdk_sqs::types::Message;
use lib_common::aws::{During, Explain};
use lib_common::{Context, Result};
use serde::Deserialize;

use crate::depth::Depth;
use crate::queue::Queue;
use crate::receipts;

/// SQS gives at most ten messages in a call (Amazon SQS API Reference, ReceiveMessage).
const MOST: i32 = 10;
/// A wait of any length asks all of the queue's servers.
const POLL_SECONDS: i32 = 1;
/// Longer than it takes to read this many, so that none comes twice.
const HIDDEN_SECONDS: i32 = 60;
const READ: usize = 10_000;

/// What a message says of its job.
#[derive(Deserialize)]
struct Body {
    job: String,
}

/// The ids of the jobs among the dead letters, which stay where they are.
pub async fn jobs(context: &Context, dead: &Queue) -> Result<HashSet<String>> {
    if Depth::of(dead).await?.total() == 0 {
        return Ok(HashSet::new());
    }
    let queue = dead.clone();
    // To its end even if interrupted: what was received is shown again.
    let look = async move {
        let (mut jobs, mut hidden) = (HashSet::new(), Vec::new());
        let looked = read(&queue, &mut jobs, &mut hidden).await;
        receipts::show(&queue, &hidden).await?;
        looked.map(|()| jobs)
    };
    context.undo().finish(look).await
}

async fn read(queue: &Queue, jobs: &mut HashSet<String>, hidden: &mut Vec<String>) -> Result<()> {
    while hidden.len() < READ {
        let answer = queue
            .sqs
            .receive_message()
            .queue_url(&queue.url)
            .max_number_of_messages(MOST)
            .wait_time_seconds(POLL_SECONDS)
            .visibility_timeout(HIDDEN_SECONDS)
            .message_attribute_names("job")
            .send()
            .await
            .during("ReceiveMessage")
            .explain(|| format!("cannot look into {} ({})", queue.name, queue.region))?;
        let messages = answer.messages.unwrap_or_default();
        if messages.is_empty() {
            return Ok(());
        }
        jobs.extend(messages.iter().filter_map(job));
        hidden.extend(receipts::of(&messages));
    }
    Ok(())
}

/// A worker names the job; a queue that gave it up leaves it as it was sent.
fn job(message: &Message) -> Option<String> {
    let told = message.message_attributes().and_then(|told| told.get("job"));
    let told = told.and_then(|value| value.string_value()).map(str::to_owned);
    told.or_else(|| serde_json::from_str::<Body>(message.body()?).ok().map(|body| body.job))
}
