//! What the callback plugin prints.

use serde::Deserialize;

/// A line of `callbacks/ail_events.py`.
#[derive(Debug, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// A task begins.
    Task {
        /// Its name.
        task: String,
    },
    /// A task has failed and will be tried again.
    Retry {
        /// Its name.
        task: String,
        /// How often it will be tried again.
        left: i64,
    },
    /// A task, or one item of its loop, has ended.
    Result(Ended),
    /// The counts at the end.
    Stats {
        /// Tasks that found or made things right.
        ok: u32,
        /// Tasks that changed something.
        changed: u32,
        /// Tasks that failed.
        failures: u32,
        /// Tasks that did not reach the host.
        unreachable: u32,
    },
    /// The playbook does not want our host.
    NoHosts,
}

/// How a task ended.
#[derive(Clone, Debug, Deserialize)]
pub struct Ended {
    /// Its name.
    pub task: String,
    /// How.
    pub status: Status,
    /// What it said, if it failed.
    #[serde(default)]
    pub msg: String,
    /// The end of its standard error, if it failed and said more than `msg`.
    #[serde(default)]
    pub stderr: String,
    /// The end of its standard output, likewise.
    #[serde(default)]
    pub stdout: String,
    /// The item of its loop.
    #[serde(default)]
    pub item: Option<String>,
}

/// How a task can end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It found things right.
    Ok,
    /// It made things right.
    Changed,
    /// Its condition did not hold.
    Skipped,
    /// It failed, and the playbook says that this does not matter.
    Ignored,
    /// It failed.
    Failed,
    /// One item of its loop failed.
    ItemFailed,
    /// It did not reach the host.
    Unreachable,
}
