//! Messages that say what became of a job.

use std::borrow::Cow;

use aws_sdk_sqs::types::MessageAttributeValue;
use lib_common::Result;
use lib_common::aws::{During, Explain};

use super::{Queue, Queues, Received};

/// What the attributes of a message may take of it. The reason why an image failed is a
/// sentence, so a hundred of them with their URLs fit.
const ATTRIBUTES: usize = 64 * 1024;

/// The attributes of a message: name, type and value each.
#[derive(Clone, Debug, Default)]
pub struct Attributes(Vec<(&'static str, &'static str, String)>);

impl Attributes {
    /// Adds a text; an empty one is left out, since SQS takes none.
    pub fn text(mut self, name: &'static str, value: impl Into<String>) -> Self {
        let value = value.into();
        if !value.is_empty() {
            self.0.push((name, "String", cut(&clean(&value), ATTRIBUTES).to_owned()));
        }
        self
    }

    /// Adds a number.
    pub fn number(mut self, name: &'static str, value: impl ToString) -> Self {
        self.0.push((name, "Number", value.to_string()));
        self
    }

    /// Adds as many of the items as fit, as a JSON list.
    pub fn list<T: serde::Serialize>(self, name: &'static str, items: &[T]) -> Self {
        let mut fitting = items.len();
        let json = |count: usize| serde_json::to_string(&items[..count]).expect("plain data");
        let mut text = json(fitting);
        while text.len() > ATTRIBUTES {
            fitting /= 2;
            text = json(fitting);
        }
        self.text(name, text)
    }

    /// What they take of a message.
    fn bytes(&self) -> usize {
        self.0.iter().map(|(name, kind, value)| name.len() + kind.len() + value.len()).sum()
    }
}

impl Queues {
    /// Sends what came of a job.
    pub async fn send_result(&self, body: &str, attributes: Attributes) -> Result<()> {
        self.send(&self.output, body, attributes).await
    }

    /// Sends a message that cannot be worked on to where a person will look at it.
    pub async fn bury(&self, message: &Received, attributes: Attributes) -> Result<()> {
        let queue = self.dead_letter.as_ref().expect("it was asked for at the start");
        let room = queue.longest.saturating_sub(attributes.bytes() + 64);
        let body = clean(&message.body);
        let kept = cut(&body, room);
        let attributes = match kept.len() < body.len() {
            true => attributes.number("cut_from", body.len()),
            false => attributes,
        };
        self.send(queue, kept, attributes).await
    }

    async fn send(&self, queue: &Queue, body: &str, attributes: Attributes) -> Result<()> {
        let attributes = attributes.0.into_iter().map(|(name, kind, value)| {
            let value = MessageAttributeValue::builder().data_type(kind).string_value(value);
            (name.to_owned(), value.build().expect("the type is given"))
        });
        self.sqs
            .send_message()
            .queue_url(&queue.url)
            .message_body(body)
            .set_message_attributes(Some(attributes.collect()))
            .send()
            .await
            .during("SendMessage")
            .explain(|| format!("cannot send to the queue {}", queue.name))
            .map(drop)
    }
}

/// The text with what SQS takes for no text replaced (SendMessage: #x9, #xA, #xD, #x20 to
/// #xD7FF, #xE000 to #xFFFD, #x10000 to #x10FFFF).
fn clean(text: &str) -> Cow<'_, str> {
    let refused = |c: char| matches!(c, '\0'..='\u{8}' | '\u{B}' | '\u{C}' | '\u{E}'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}');
    match text.contains(refused) {
        true => text.replace(refused, "\u{FFFD}").into(),
        false => text.into(),
    }
}

/// The longest beginning of the text that takes at most `most` bytes.
fn cut(text: &str, most: usize) -> &str {
    &text[..text.floor_char_boundary(most)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_sqs_refuses_is_replaced() {
        assert_eq!(clean("a\tb\r\n\u{10000}"), "a\tb\r\n\u{10000}");
        assert_eq!(clean("\0a\u{1F}\u{FFFF}"), "\u{FFFD}a\u{FFFD}\u{FFFD}");
    }

    #[test]
    fn a_text_is_cut_between_two_characters() {
        assert_eq!(cut("aé", 2), "a");
        assert_eq!(cut("aé", 9), "aé");
    }

    #[test]
    fn a_list_that_is_too_long_keeps_its_beginning() {
        let items = vec!["x".repeat(1000); 100];
        let attributes = Attributes::default().list("failed", &items);
        let kept: Vec<String> = serde_json::from_str(&attributes.0[0].2).expect("a list");
        assert_eq!(kept.len(), 50);
        assert!(attributes.bytes() <= ATTRIBUTES + 16);
    }

    #[test]
    fn an_empty_text_is_left_out() {
        assert_eq!(Attributes::default().text("job", "").bytes(), 0);
    }
}
