//! Finding one message among those of others, which are hidden no longer than the look.

use aws_sdk_sqs::types::{Message, MessageSystemAttributeName};
use lib_common::Result;
use lib_common::aws::{During, Explain};

use super::Mark;
use crate::queue::Queue;
use crate::receipts;

/// SQS gives at most ten messages in a call (Amazon SQS API Reference, ReceiveMessage).
const MOST: i32 = 10;
/// How many messages of others a look may hide: a second or two of calls.
const HIDDEN: usize = 1_000;
/// A wait of any length asks all of the queue's servers.
const POLL_SECONDS: i32 = 1;
/// How long what was received is hidden if this process is lost: then, too, nobody waits long.
const HIDDEN_SECONDS: i32 = 20;

/// What a look brought.
#[derive(Debug)]
pub enum Sought {
    /// It was there, and is deleted now.
    Found(Box<Message>),
    /// It is not there.
    Nothing,
    /// There are more messages than a look takes.
    TooMany,
}

/// Looks for a canary's message in a queue, and deletes it there.
pub async fn seek(queue: &Queue, mark: &Mark) -> Result<Sought> {
    let mut hidden = Vec::new();
    let looked = look(queue, mark, &mut hidden).await;
    let shown = receipts::show(queue, &hidden).await;
    let sought = looked?;
    shown?;
    if let Sought::Found(message) = &sought {
        receipts::delete(queue, &receipts::of([&**message])).await?;
    }
    Ok(sought)
}

async fn look(queue: &Queue, mark: &Mark, hidden: &mut Vec<String>) -> Result<Sought> {
    while hidden.len() < HIDDEN {
        let messages = receive(queue, MOST).await?;
        if messages.is_empty() {
            return Ok(Sought::Nothing);
        }
        let (mine, others): (Vec<_>, Vec<_>) =
            messages.into_iter().partition(|message| mark.is_of(message));
        hidden.extend(receipts::of(&others));
        if let Some(found) = mine.into_iter().next() {
            return Ok(Sought::Found(Box::new(found)));
        }
    }
    Ok(Sought::TooMany)
}

/// Takes the canary's job back, if nothing else waits in the queue: to look through the jobs of
/// others would count as tries of theirs.
pub async fn take_back(queue: &Queue, mark: &Mark) -> Result<bool> {
    if crate::depth::Depth::of(queue).await?.waiting > 1 {
        return Ok(false);
    }
    let messages = receive(queue, 1).await?;
    match messages.first() {
        Some(message) if mark.is_of(message) => {
            receipts::delete(queue, &receipts::of([message])).await?;
            Ok(true)
        }
        Some(message) => receipts::show(queue, &receipts::of([message])).await.map(|()| false),
        None => Ok(false),
    }
}

async fn receive(queue: &Queue, most: i32) -> Result<Vec<Message>> {
    let answer = queue
        .sqs
        .receive_message()
        .queue_url(&queue.url)
        .max_number_of_messages(most)
        .wait_time_seconds(POLL_SECONDS)
        .visibility_timeout(HIDDEN_SECONDS)
        .message_system_attribute_names(MessageSystemAttributeName::SentTimestamp)
        .message_attribute_names("All")
        .send()
        .await
        .during("ReceiveMessage")
        .explain(|| format!("cannot look into {} ({})", queue.name, queue.region))?;
    Ok(answer.messages.unwrap_or_default())
}
