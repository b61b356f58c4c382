//! What became of a message, as it is printed.

use lib_common::lines::Row;
use schemars::JsonSchema;
use serde::Serialize;

use crate::montage::Failed;

/// What became of a message.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Line {
    /// The job, if the message is one.
    pub job: Option<String>,
    /// The key of its montage, if there is one.
    pub key: Option<String>,
    /// What became of it.
    pub outcome: Outcome,
    /// How many images the montage shows.
    pub images: usize,
    /// Those that it does not show.
    pub failed: Vec<Failed>,
    /// The size of the montage.
    pub bytes: u64,
    /// How long it took.
    pub seconds: f64,
    /// Why there is no montage.
    pub reason: Option<String>,
    /// The id of the message.
    pub message: String,
    /// How often it was received.
    pub receives: u32,
}

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Its montage was made.
    Made,
    /// Its montage was there already.
    Found,
    /// It went to the dead letters: it will not work another time either.
    Dead,
    /// Its sender was told that there is none (--classic).
    None,
    /// It went back to the queue: it may work another time.
    Returned,
}

impl Row for Line {
    const HEADS: &'static [&'static str] = &["JOB", "OUTCOME", "IMAGES", "FAILED", "SECONDS"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.job.clone().unwrap_or_else(|| "-".to_owned()),
            format!("{:?}", self.outcome).to_lowercase(),
            self.images.to_string(),
            self.failed.len().to_string(),
            format!("{:.1}", self.seconds),
        ]
    }
}
