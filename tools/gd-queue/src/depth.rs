//! How many messages a queue has.

use std::collections::HashMap;

use aws_sdk_sqs::types::QueueAttributeName;
use lib_common::Result;
use lib_common::aws::{During, Explain};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::queue::Queue;

/// The messages of a queue. SQS calls these numbers approximate: they are right within a
/// minute after the last change (Amazon SQS API Reference, GetQueueAttributes).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Depth {
    /// Messages that can be received.
    pub waiting: u64,
    /// Messages that were received and neither deleted nor shown again.
    pub in_flight: u64,
    /// Messages that cannot be received yet.
    pub delayed: u64,
}

impl Depth {
    /// Asks SQS.
    pub async fn of(queue: &Queue) -> Result<Self> {
        let [waiting, in_flight, delayed] = [
            QueueAttributeName::ApproximateNumberOfMessages,
            QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
            QueueAttributeName::ApproximateNumberOfMessagesDelayed,
        ];
        let answer = queue
            .sqs
            .get_queue_attributes()
            .queue_url(&queue.url)
            .attribute_names(waiting.clone())
            .attribute_names(in_flight.clone())
            .attribute_names(delayed.clone())
            .send()
            .await
            .during("GetQueueAttributes")
            .explain(|| {
                format!("cannot count the messages of {} ({})", queue.name, queue.region)
            })?;
        let told: HashMap<_, _> = answer.attributes.unwrap_or_default();
        let number = |name| told.get(&name).and_then(|text| text.parse().ok()).unwrap_or_default();
        Ok(Self {
            waiting: number(waiting),
            in_flight: number(in_flight),
            delayed: number(delayed),
        })
    }

    /// All of them.
    pub fn total(self) -> u64 {
        self.waiting + self.in_flight + self.delayed
    }
}
