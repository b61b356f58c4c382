//! The three queues: jobs come from one, results go to another, what cannot be done to the
//! third.

mod names;
mod received;
mod sending;

use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::Builder;
use aws_sdk_sqs::config::timeout::TimeoutConfig;
use aws_sdk_sqs::types::{
    ChangeMessageVisibilityBatchRequestEntry, MessageSystemAttributeName, QueueAttributeName,
};
use lib_common::Result;
use lib_common::aws::{During, Explain};

pub use names::Names;
pub use received::Received;
pub use sending::Attributes;

/// A batch of SQS holds at most this many.
pub const BATCH: usize = 10;
/// How long a poll waits for a message. SQS waits for 20 s at most; a worker that is told to
/// end waits for its last poll, and a person at a terminal should not wait that long.
pub const LONGEST_POLL: Duration = Duration::from_secs(10);
/// How much later than its time a poll is answered at most, of which the service needs
/// milliseconds. A way out that broke says nothing: a worker behind it that waits for longer than
/// this takes no job all that time.
const LATE: Duration = Duration::from_secs(5);
/// How often a job is received before it is given up, where the queue does not say it.
const RECEIVES: u32 = 5;

/// The queues of a worker.
#[derive(Clone, Debug)]
pub struct Queues {
    sqs: Client,
    input: Queue,
    output: Queue,
    dead_letter: Option<Queue>,
    /// How long a message is hidden while it is worked on.
    pub visibility: Duration,
    /// How often a message is received before the queue gives it up by itself.
    pub receives: u32,
}

/// A queue as it is called, and what it takes.
#[derive(Clone, Debug)]
struct Queue {
    name: String,
    url: String,
    /// The most bytes of a message, its attributes among them.
    longest: usize,
}

impl Queues {
    /// The queue that is served.
    pub fn name(&self) -> &str {
        &self.input.name
    }

    /// The jobs that are there, at most `most`; waits for one up to `poll`.
    pub async fn receive(&self, most: usize, poll: Duration) -> Result<Vec<Received>> {
        let most = i32::try_from(most.min(BATCH)).expect("it is at most ten");
        let poll = poll.min(LONGEST_POLL);
        let seconds = i32::try_from(poll.as_secs()).expect("it is at most ten");
        let timeouts = TimeoutConfig::builder().operation_attempt_timeout(poll + LATE).build();
        let answer = self
            .sqs
            .receive_message()
            .queue_url(&self.input.url)
            .max_number_of_messages(most)
            .wait_time_seconds(seconds)
            .message_system_attribute_names(MessageSystemAttributeName::ApproximateReceiveCount)
            .customize()
            .config_override(Builder::new().timeout_config(timeouts))
            .send()
            .await
            .during("ReceiveMessage")
            .explain(|| format!("cannot receive jobs from the queue {}", self.input.name))?;
        Ok(answer.messages.unwrap_or_default().into_iter().map(Received::from).collect())
    }

    /// Hides messages for another while. Gives those that are no longer this worker's.
    pub async fn keep(&self, receipts: &[String]) -> Result<Vec<String>> {
        let mut lost = Vec::new();
        for batch in receipts.chunks(BATCH) {
            let seconds = i32::try_from(self.visibility.as_secs()).unwrap_or(i32::MAX);
            let entries = batch.iter().enumerate().map(|(index, receipt)| {
                ChangeMessageVisibilityBatchRequestEntry::builder()
                    .id(index.to_string())
                    .receipt_handle(receipt)
                    .visibility_timeout(seconds)
                    .build()
                    .expect("id and receipt are given")
            });
            let answer = self
                .sqs
                .change_message_visibility_batch()
                .queue_url(&self.input.url)
                .set_entries(Some(entries.collect()))
                .send()
                .await
                .during("ChangeMessageVisibilityBatch")?;
            let failed = answer.failed.into_iter().filter(|entry| entry.sender_fault);
            lost.extend(
                failed.filter_map(|entry| batch.get(entry.id.parse::<usize>().ok()?).cloned()),
            );
        }
        Ok(lost)
    }

    /// Gives a message back: it is received again after `pause`.
    pub async fn give_back(&self, message: &Received, pause: Duration) -> Result<()> {
        self.sqs
            .change_message_visibility()
            .queue_url(&self.input.url)
            .receipt_handle(&message.receipt)
            .visibility_timeout(i32::try_from(pause.as_secs()).unwrap_or(i32::MAX))
            .send()
            .await
            .during("ChangeMessageVisibility")
            .map(drop)
    }

    /// Deletes a message: its job is done.
    pub async fn delete(&self, message: &Received) -> Result<()> {
        self.sqs
            .delete_message()
            .queue_url(&self.input.url)
            .receipt_handle(&message.receipt)
            .send()
            .await
            .during("DeleteMessage")
            .explain(|| format!("cannot delete a message of the queue {}", self.input.name))
            .map(drop)
    }
}

impl Queue {
    /// Looks a queue up by its name: what URL it has depends on the endpoint.
    async fn find(sqs: &Client, name: &str) -> Result<Self> {
        let cannot = || format!("cannot find the queue {name}");
        let answer = sqs.get_queue_url().queue_name(name).send().await;
        let url = answer.during("GetQueueUrl").explain(cannot)?.queue_url.unwrap_or_default();
        let longest = attribute(sqs, &url, QueueAttributeName::MaximumMessageSize).await;
        let longest = longest.explain(cannot)?.and_then(|size| size.parse().ok());
        // The size that every queue took before 2025.
        Ok(Self { name: name.to_owned(), url, longest: longest.unwrap_or(256 * 1024) })
    }
}

async fn attribute(sqs: &Client, url: &str, name: QueueAttributeName) -> Result<Option<String>> {
    let answer = sqs.get_queue_attributes().queue_url(url).attribute_names(name.clone());
    let attributes = answer.send().await.during("GetQueueAttributes")?.attributes;
    Ok(attributes.and_then(|mut attributes| attributes.remove(&name)))
}
