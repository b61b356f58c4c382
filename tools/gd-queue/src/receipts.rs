//! What is done with received messages, ten a call (Amazon SQS API Reference, DeleteMessageBatch
//! and ChangeMessageVisibilityBatch).

use aws_sdk_sqs::error::BuildError;
use aws_sdk_sqs::types::{
    ChangeMessageVisibilityBatchRequestEntry, DeleteMessageBatchRequestEntry, Message,
};
use lib_common::aws::{During, Explain};
use lib_common::{Error, Exit, Result};

use crate::queue::Queue;

/// SQS takes at most ten in a call.
const MOST: usize = 10;

/// The receipts of messages.
pub fn of<'a>(messages: impl IntoIterator<Item = &'a Message>) -> Vec<String> {
    let receipts = messages.into_iter().filter_map(|message| message.receipt_handle());
    receipts.map(str::to_owned).collect()
}

/// Deletes messages. One that stays all the same comes again.
pub async fn delete(queue: &Queue, receipts: &[String]) -> Result<()> {
    for some in receipts.chunks(MOST) {
        let entries = some.iter().enumerate().map(|(at, receipt)| {
            DeleteMessageBatchRequestEntry::builder()
                .id(at.to_string())
                .receipt_handle(receipt)
                .build()
        });
        let entries = entries.collect::<Result<Vec<_>, _>>().map_err(unnamed)?;
        let asked = queue.sqs.delete_message_batch().queue_url(&queue.url);
        asked
            .set_entries(Some(entries))
            .send()
            .await
            .during("DeleteMessageBatch")
            .explain(|| format!("cannot delete from {} ({})", queue.name, queue.region))?;
    }
    Ok(())
}

/// Shows messages to others at once.
pub async fn show(queue: &Queue, receipts: &[String]) -> Result<()> {
    show_after(queue, receipts, 0).await
}

/// Shows messages to others after some seconds.
pub async fn show_after(queue: &Queue, receipts: &[String], seconds: i32) -> Result<()> {
    for some in receipts.chunks(MOST) {
        let entries = some.iter().enumerate().map(|(at, receipt)| {
            ChangeMessageVisibilityBatchRequestEntry::builder()
                .id(at.to_string())
                .receipt_handle(receipt)
                .visibility_timeout(seconds)
                .build()
        });
        let entries = entries.collect::<Result<Vec<_>, _>>().map_err(unnamed)?;
        let asked = queue.sqs.change_message_visibility_batch().queue_url(&queue.url);
        asked
            .set_entries(Some(entries))
            .send()
            .await
            .during("ChangeMessageVisibilityBatch")
            .explain(|| format!("cannot give back to {} ({})", queue.name, queue.region))?;
    }
    Ok(())
}

fn unnamed(error: BuildError) -> Error {
    Error::new(Exit::Failed, "cannot name the messages in one call").caused_by(&error)
}
