//! A file of a release as `verify` prints it.

use lib_common::lines::Row;
use schemars::JsonSchema;
use serde::Serialize;

/// A published file.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Verified {
    /// Its name.
    pub file: String,
    /// Where it was read.
    pub url: String,
    /// Whether it is what was signed.
    pub result: Verdict,
    /// How many bytes came.
    pub bytes: Option<u64>,
    /// The SHA-256 of what came, in hex.
    pub sha256: Option<String>,
    /// What is wrong with it.
    pub message: Option<String>,
}

/// Whether a file is what was signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// It is.
    Verified,
    /// It is another one.
    Differs,
    /// It is not there.
    Missing,
    /// It could not be read: nothing is known of it.
    Unread,
    /// The signed sums do not know it.
    Unlisted,
}

impl Row for Verified {
    const HEADS: &'static [&'static str] = &["FILE", "RESULT", "BYTES", "SHA256", "MESSAGE"];

    fn cells(&self) -> Vec<String> {
        let result = serde_json::to_value(self.result).expect("a verdict is a word");
        vec![
            self.file.clone(),
            result.as_str().unwrap_or_default().to_owned(),
            self.bytes.map(|bytes| bytes.to_string()).unwrap_or_default(),
            self.sha256.clone().unwrap_or_default(),
            self.message.clone().unwrap_or_default(),
        ]
    }
}
