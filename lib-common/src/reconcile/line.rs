//! Every line that the verbs of an architecture print, for `TOOL schema lines`.

use schemars::JsonSchema;

use super::{Finding, Status};

/// One line.
#[derive(JsonSchema)]
#[serde(untagged)]
pub enum Line {
    /// Of `status`.
    Status(Status),
    /// Of `verify`.
    Finding(Finding),
}
