//! A message in this worker's hands.

use aws_sdk_sqs::types::{Message, MessageSystemAttributeName};

/// A message in this worker's hands.
#[derive(Clone, Debug)]
pub struct Received {
    /// Its id, for those who read the log.
    pub id: String,
    /// What it asks for.
    pub body: String,
    /// By which this receive of it is known.
    pub receipt: String,
    /// How often it was received, this time among them.
    pub receives: u32,
}

impl From<Message> for Received {
    fn from(message: Message) -> Self {
        let count = message.attributes.as_ref().and_then(|attributes| {
            attributes.get(&MessageSystemAttributeName::ApproximateReceiveCount)?.parse().ok()
        });
        Self {
            id: message.message_id.unwrap_or_default(),
            body: message.body.unwrap_or_default(),
            receipt: message.receipt_handle.unwrap_or_default(),
            receives: count.unwrap_or(1),
        }
    }
}
