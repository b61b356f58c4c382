//! Which queues a worker serves, found by their names.

use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::QueueAttributeName;
use clap::Args;
use lib_common::aws::{During, Explain};
use lib_common::record::{self, Record};
use lib_common::{Error, Exit, Result};
use serde::Deserialize;

use super::{Queue, Queues, RECEIVES};

/// The names of the queues. What is not given comes from the record.
#[derive(Args, Debug)]
pub struct Names {
    /// Queue of the jobs [default: the record's, or input]
    #[arg(long, env = "GD_INPUT_QUEUE", value_name = "NAME", hide_env = true)]
    input_queue: Option<String>,

    /// Queue of the results [default: the record's, or output]
    #[arg(long, env = "GD_OUTPUT_QUEUE", value_name = "NAME", hide_env = true)]
    output_queue: Option<String>,

    /// Queue of what cannot be done [default: where the input queue puts what was received
    /// too often]
    #[arg(long, env = "GD_DEAD_LETTER_QUEUE", value_name = "NAME", hide_env = true)]
    dead_letter_queue: Option<String>,
}

/// An input queue's RedrivePolicy.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Redrive {
    dead_letter_target_arn: String,
    /// A number; some tools write it as text.
    #[serde(deserialize_with = "number")]
    max_receive_count: u32,
}

impl Names {
    /// Finds the queues.
    pub async fn find(self, sqs: Client, record: &Record) -> Result<Queues> {
        let recorded = record.get::<record::Queues>()?;
        let recorded = recorded.map(|queues| (queues.input.name, queues.output.name));
        let (input, output) = recorded.unwrap_or_else(|| ("input".to_owned(), "output".to_owned()));
        let input = Queue::find(&sqs, &self.input_queue.unwrap_or(input)).await?;
        let output = Queue::find(&sqs, &self.output_queue.unwrap_or(output)).await?;
        let attributes = sqs
            .get_queue_attributes()
            .queue_url(&input.url)
            .attribute_names(QueueAttributeName::VisibilityTimeout)
            .attribute_names(QueueAttributeName::RedrivePolicy)
            .send()
            .await
            .during("GetQueueAttributes")
            .explain(|| format!("cannot read the queue {}", input.name))?
            .attributes
            .unwrap_or_default();
        let redrive = attributes.get(&QueueAttributeName::RedrivePolicy);
        let redrive = redrive.map(|text| read(text, &input.name)).transpose()?;
        let dead_letter = self.dead_letter_queue.or_else(|| {
            let (_, name) = redrive.as_ref()?.dead_letter_target_arn.rsplit_once(':')?;
            Some(name.to_owned())
        });
        let visibility = attributes.get(&QueueAttributeName::VisibilityTimeout);
        let visibility = visibility.and_then(|seconds| seconds.parse().ok()).unwrap_or(30);
        Ok(Queues {
            dead_letter: match dead_letter {
                Some(name) => Some(Queue::find(&sqs, &name).await?),
                None => None,
            },
            sqs,
            input,
            output,
            // A queue that hides nothing gives every message to all workers.
            visibility: Duration::from_secs(visibility).max(Duration::from_secs(3)),
            receives: redrive.map_or(RECEIVES, |redrive| redrive.max_receive_count),
        })
    }
}

impl Queues {
    /// Makes sure that there is a place for what cannot be done.
    pub fn require_dead_letter(&self) -> Result<()> {
        match &self.dead_letter {
            Some(_) => Ok(()),
            None => Err(Error::new(
                Exit::NotFound,
                format!("the queue {} has no queue of dead letters", self.input.name),
            )
            .because("what cannot be done goes there, with the reason")
            .next(
                "name one with --dead-letter-queue, or work by the rules of 2014 with --classic",
            )),
        }
    }
}

fn read(policy: &str, queue: &str) -> Result<Redrive> {
    serde_json::from_str(policy).map_err(|error| {
        let what = format!("cannot read the redrive policy of the queue {queue}");
        Error::new(Exit::Failed, what).caused_by(&error)
    })
}

fn number<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Number {
        Number(u32),
        Text(String),
    }
    match Number::deserialize(deserializer)? {
        Number::Number(number) => Ok(number),
        Number::Text(text) => text.parse().map_err(serde::de::Error::custom),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_to_write_the_count_are_read() {
        for count in ["5", "\"5\""] {
            let policy = format!(
                "{{\"deadLetterTargetArn\":\"arn:aws:sqs:eu-central-1:123456789012:dead\",\
                 \"maxReceiveCount\":{count}}}"
            );
            assert_eq!(read(&policy, "input").expect("it is valid").max_receive_count, 5);
        }
    }
}
