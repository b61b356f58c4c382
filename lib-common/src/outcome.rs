//! What a verb gives back to the command line.

use crate::{Exit, Record};

/// The result of a verb: the record to print, if it has one, and how to end.
#[derive(Debug)]
pub struct Outcome {
    pub(crate) record: Option<Record>,
    pub(crate) code: u8,
}

impl Outcome {
    /// Everything that was to be printed has been printed.
    #[must_use]
    pub fn printed() -> Self {
        Self { record: None, code: Exit::Done.code() }
    }

    /// Ends with this status, whatever is printed: a partial success, or the status
    /// of a command that the verb ran.
    #[must_use]
    pub fn with_code(mut self, code: u8) -> Self {
        self.code = code;
        self
    }
}

impl From<Record> for Outcome {
    fn from(record: Record) -> Self {
        Self { record: Some(record), code: Exit::Done.code() }
    }
}
