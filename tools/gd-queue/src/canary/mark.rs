//! How a canary's messages are known from those of people.

use std::time::Duration;

use aws_sdk_sqs::types::{Message, MessageSystemAttributeName};
use jiff::Timestamp;
use rand::RngExt;

/// The scheme of the URL that names a canary. No worker fetches by it, so each one tells of it
/// among what failed, whatever worker it is: so the mark is in the result too.
const SCHEME: &str = "canary:";

/// The mark of one canary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark(String);

impl Mark {
    /// One that no other canary has.
    pub fn new() -> Self {
        Self(format!("{:08x}", rand::rng().random::<u32>()))
    }

    /// The name of the canary.
    pub fn name(&self) -> &str {
        &self.0
    }

    /// As it stands among the URLs of its job.
    pub fn url(&self) -> String {
        format!("{SCHEME}{}", self.0)
    }

    /// Whether a message is of this canary: its job, its result, or what is left of it among
    /// the dead letters.
    pub fn is_of(&self, message: &Message) -> bool {
        let url = self.url();
        message.body().is_some_and(|body| body.contains(&url)) || failed(message).contains(&url)
    }

    /// Whether a result is any canary's.
    pub fn is_on(result: &Message) -> bool {
        failed(result).contains(&format!("\"{SCHEME}"))
    }

    /// How long ago a message was sent.
    pub fn age(message: &Message) -> Option<Duration> {
        let sent = message.attributes()?.get(&MessageSystemAttributeName::SentTimestamp)?;
        let sent = Timestamp::from_millisecond(sent.parse().ok()?).ok()?;
        Duration::try_from(Timestamp::now().duration_since(sent)).ok()
    }
}

fn failed(message: &Message) -> &str {
    let told = message.message_attributes().and_then(|told| told.get("failed"));
    told.and_then(|value| value.string_value()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use aws_sdk_sqs::types::MessageAttributeValue;

    use super::*;

    #[test]
    fn a_canary_is_known_in_the_queue_and_in_its_result() {
        let mark = Mark::new();
        let url = mark.url();
        let job = Message::builder().body(format!("{{\"urls\":[\"http://a/1\",\"{url}\"]}}"));
        assert!(mark.is_of(&job.build()) && !Mark::new().is_of(&Message::builder().build()));
        let result = |url: &str| {
            let failed = format!(r#"[{{"url":"{url}","reason":"neither http nor https"}}]"#);
            let value = MessageAttributeValue::builder().data_type("String").string_value(failed);
            let value = value.build().expect("complete");
            Message::builder().message_attributes("failed", value).build()
        };
        assert!(mark.is_of(&result(&url)) && Mark::is_on(&result(&url)));
        assert!(!Mark::is_on(&result("http://a/canary:1")));
    }
}
