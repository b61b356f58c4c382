//! What is printed a line each: an export task, by `status` and `cancel`; a published file, by
//! `verify`.

use lib_common::lines::Row;
use lib_common::record::Format;
use schemars::JsonSchema;
use serde::Serialize;

use crate::task::{State, Task};
use crate::verified::Verified;

/// Any line of this tool.
#[derive(JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "only its schema is used")]
pub enum Any {
    /// Of `status` and `cancel`.
    Task(Line),
    /// Of `verify`.
    Verified(Verified),
}

/// An export task.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Line {
    /// `export-ami-…`
    pub task: String,
    /// The image, `ami-…`
    pub image: String,
    /// The format of the disk, if this tool started the task.
    pub format: Option<Format>,
    /// What became of it: its state, or what `cancel` did.
    pub state: LineState,
    /// How far an active task is.
    pub percent: Option<u8>,
    /// What EC2 says of it: the step it is at, or why it ended.
    pub message: Option<String>,
    /// The asset id it is tagged with.
    pub asset_id: Option<String>,
    /// The bucket it writes to.
    pub bucket: Option<String>,
}

/// The state of a task, or what was done with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LineState {
    /// It runs.
    Active,
    /// Its object is in the bucket.
    Completed,
    /// It failed or was cancelled, and is being cleaned up.
    Deleting,
    /// It failed or was cancelled.
    Deleted,
    /// `cancel` ended it.
    Cancelled,
    /// `cancel` could not end it.
    Failed,
}

impl From<State> for LineState {
    fn from(state: State) -> Self {
        match state {
            State::Active => Self::Active,
            State::Completed => Self::Completed,
            State::Deleting => Self::Deleting,
            State::Deleted => Self::Deleted,
        }
    }
}

impl From<Task> for Line {
    fn from(task: Task) -> Self {
        Self {
            task: task.id,
            image: task.image,
            format: task.format,
            state: task.state.into(),
            percent: task.percent,
            message: task.message,
            asset_id: task.asset_id,
            bucket: task.bucket,
        }
    }
}

impl Row for Line {
    const HEADS: &'static [&'static str] =
        &["TASK", "IMAGE", "FORMAT", "STATE", "PERCENT", "MESSAGE"];

    fn cells(&self) -> Vec<String> {
        let state = serde_json::to_value(self.state).expect("a state is a word");
        vec![
            self.task.clone(),
            self.image.clone(),
            self.format.map(|format| format.to_string()).unwrap_or_default(),
            state.as_str().unwrap_or_default().to_owned(),
            self.percent.map(|percent| percent.to_string()).unwrap_or_default(),
            self.message.clone().unwrap_or_default(),
        ]
    }
}
