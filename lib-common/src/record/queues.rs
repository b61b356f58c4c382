//! The queues and the bucket of a GameDay in the record.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Member;
use crate::reconcile::Seals;

/// What jobs go through, from the list of images to the montage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Queues {
    /// Takes the jobs.
    pub input: Queue,
    /// Takes the results.
    pub output: Queue,
    /// Takes the jobs that were received too often.
    pub dead_letter: Queue,
    /// Takes the montages.
    pub bucket: Bucket,
    /// How long a received message is hidden from the other workers.
    pub visibility_seconds: u32,
    /// After how many receives a job is a dead letter.
    pub max_receives: u32,
    /// After how many days a montage is deleted.
    #[serde(default = "montage_days")]
    pub montage_days: u32,
    /// Whether it is built as the instructions of 2014 have it.
    #[serde(default)]
    pub classic: bool,
    /// Since when jobs may be lost that a repair could not send again (seconds since 1970, as
    /// SQS tells when a queue was made).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lost_since: Option<i64>,
    /// Each of them as it was when all was well.
    #[serde(default)]
    pub resources: Seals,
}

fn montage_days() -> u32 {
    14
}

impl Member for Queues {
    const NAME: &'static str = "queues";
    const MADE_BY: &'static str = "`gd-queue up`";
}

/// One queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Queue {
    /// Its name, by which it is found: a URL is of one endpoint only.
    pub name: String,
    /// Its URL, at the endpoint that made the record.
    pub url: String,
    /// `arn:aws:sqs:…`
    pub arn: String,
}

/// One bucket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Bucket {
    /// Its name.
    pub name: String,
}
