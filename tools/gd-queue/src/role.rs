//! The three queues, by what they are for.

use std::fmt;

use lib_common::record::{Queue, Queues};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a queue is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Takes the jobs.
    Input,
    /// Takes the results.
    Output,
    /// Takes the jobs that were received too often.
    DeadLetter,
}

impl Role {
    /// All of them, in the order in which a job goes through.
    pub const ALL: [Self; 3] = [Self::Input, Self::Output, Self::DeadLetter];

    /// Its name in lists, which is also the default name of the queue.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::Output => "output",
            Self::DeadLetter => "dead-letter",
        }
    }

    /// The queue of this role in a record.
    pub fn of(self, queues: &Queues) -> &Queue {
        match self {
            Self::Input => &queues.input,
            Self::Output => &queues.output,
            Self::DeadLetter => &queues.dead_letter,
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
