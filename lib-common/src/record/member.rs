//! What makes a type a member of the record.

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A member of the record: its name, and who makes it.
pub trait Member: Serialize + DeserializeOwned + JsonSchema {
    /// The key in the record.
    const NAME: &'static str;
    /// The commands that make it, for the reader of "the record has no member".
    const MADE_BY: &'static str;
}
