//! What a result message says.

use std::str::FromStr;

use aws_sdk_sqs::types::{Message, MessageSystemAttributeName};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the body of every result begins with (the GameDay's instructions of 2014).
const AVAILABLE: &str = "Output available at: ";
/// What stands for the URL where a job can give no montage.
const NONE: &str = "None";

/// The result of a job: the line that `results` prints of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Montage {
    /// The job's id; absent where the message names none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job: Option<String>,
    /// What came of it.
    pub result: Came,
    /// Where the montage can be seen, for as long as the link lives.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Its key in the bucket.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// How many images are in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub images: Option<u64>,
    /// The images that are not, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failed: Vec<Missing>,
    /// The file that it was fetched into.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Why it could not be fetched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// What the message says, where it is no result.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// SQS's id of the message.
    pub message: String,
    /// When the worker sent it (RFC 3339, UTC).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sent: Option<String>,
}

/// What came of a job.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Came {
    /// A montage.
    Montage,
    /// Nothing: the job can give none.
    Nothing,
    /// It cannot be told: the message is no result.
    #[default]
    Unknown,
}

/// An image that is not in the montage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Missing {
    /// Its URL.
    pub url: String,
    /// Why it is not.
    pub reason: String,
}

impl Montage {
    /// Reads a message. Workers of 2014 say all in the body; today's add attributes.
    pub fn of(message: &Message) -> Self {
        let body = message.body().unwrap_or_default();
        let mut line = Self {
            message: message.message_id().unwrap_or_default().to_owned(),
            sent: sent(message),
            job: attribute(message, "job"),
            key: attribute(message, "key"),
            images: attribute(message, "images"),
            ..Self::default()
        };
        // It is cut to fit where many failed; what is left of it is not JSON then.
        if let Some(failed) = attribute::<String>(message, "failed") {
            line.failed = serde_json::from_str(&failed).unwrap_or_default();
        }
        match body.trim().strip_prefix(AVAILABLE) {
            Some(NONE) => line.result = Came::Nothing,
            Some(url) => {
                line.result = Came::Montage;
                line.url = Some(url.to_owned());
                line.key = line.key.or_else(|| key_of_url(url));
            }
            None => line.body = Some(body.to_owned()),
        }
        line.job = line.job.or_else(|| job_of_key(line.key.as_deref()?));
        line
    }

    /// By what a second result of the same job is known.
    pub fn identity(&self) -> &str {
        self.job.as_deref().unwrap_or(&self.message)
    }
}

fn attribute<T: FromStr>(message: &Message, name: &str) -> Option<T> {
    let text = message.message_attributes()?.get(name)?.string_value()?;
    if text.is_empty() { None } else { text.parse().ok() }
}

fn sent(message: &Message) -> Option<String> {
    let told = message.attributes()?.get(&MessageSystemAttributeName::SentTimestamp)?;
    let time = Timestamp::from_millisecond(told.parse().ok()?).ok()?;
    Some(format!("{time:.3}"))
}

/// `…/out/JOB.jpg?…`, whether the bucket stands in the path or in the host.
fn key_of_url(text: &str) -> Option<String> {
    let url = url::Url::parse(text).ok()?;
    let name = url.path().rsplit_once("/out/")?.1;
    Some(format!("out/{name}"))
}

fn job_of_key(key: &str) -> Option<String> {
    let name = key.strip_prefix("out/")?;
    let (job, _) = name.rsplit_once('.').unwrap_or((name, ""));
    (!job.is_empty()).then(|| job.to_owned())
}

#[cfg(test)]
mod tests {
    use aws_sdk_sqs::types::MessageAttributeValue;

    use super::*;

    fn message(body: &str, attributes: &[(&str, &str)]) -> Message {
        let value = |text: &str| {
            MessageAttributeValue::builder().data_type("String").string_value(text).build()
        };
        let message = attributes.iter().fold(
            Message::builder().message_id("m-1").body(body),
            |message, (name, text)| {
                message.message_attributes(*name, value(text).expect("complete"))
            },
        );
        message.attributes(MessageSystemAttributeName::SentTimestamp, "1400000000123").build()
    }

    #[test]
    fn a_result_says_all_in_its_attributes() {
        let failed = r#"[{"url":"http://a/2","reason":"404"}]"#;
        let told = [("job", "4aac"), ("key", "out/4aac.jpg"), ("images", "1"), ("failed", failed)];
        let line = Montage::of(&message("Output available at: https://b/out/4aac.jpg?X=1", &told));
        assert_eq!(
            serde_json::to_string(&line).expect("plain data"),
            "{\"job\":\"4aac\",\"result\":\"montage\",\"url\":\"https://b/out/4aac.jpg?X=1\",\
             \"key\":\"out/4aac.jpg\",\"images\":1,\
             \"failed\":[{\"url\":\"http://a/2\",\"reason\":\"404\"}],\"message\":\"m-1\",\
             \"sent\":\"2014-05-13T16:53:20.123Z\"}"
        );
    }

    #[test]
    fn a_worker_of_2014_says_all_in_the_body() {
        for url in ["https://s3.amazonaws.com/image-bucket-1/out/7f.jpg", "http://b.s3/out/7f.jpg"]
        {
            let line = Montage::of(&message(&format!("Output available at: {url}\n"), &[]));
            assert_eq!(
                (line.job.as_deref(), line.key.as_deref()),
                (Some("7f"), Some("out/7f.jpg"))
            );
        }
    }

    #[test]
    fn no_montage_is_a_result_and_another_message_is_none() {
        let line = Montage::of(&message("Output available at: None", &[("job", "7f")]));
        assert_eq!((line.result, line.url), (Came::Nothing, None));
        let line = Montage::of(&message("hello", &[("job", "")]));
        assert_eq!((line.result, line.body.as_deref()), (Came::Unknown, Some("hello")));
        assert_eq!(line.identity(), "m-1");
    }

    #[test]
    fn what_was_cut_off_does_not_hide_the_rest() {
        let line = Montage::of(&message("Output available at: None", &[("failed", "[{\"u")]));
        assert_eq!(line.failed, []);
    }
}
