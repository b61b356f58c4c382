//! The stack and its key pair in the record.

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Member;

/// A CloudFormation stack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Stack {
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub id: String,
    /// As CloudFormation names it: `CREATE_COMPLETE`, `DELETE_COMPLETE` …
    pub status: String,
    /// Its outputs, by key.
    #[serde(default)]
    pub outputs: BTreeMap<String, String>,
    /// The built-in kind it is of, if it is of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
}

impl Member for Stack {
    const NAME: &'static str = "stack";
    const MADE_BY: &'static str = "`ail-stack up`";
}

/// The key pair that lets its holder into the instance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KeyPair {
    /// `key-…`
    pub id: String,
    /// Its name.
    pub name: String,
    /// The file of the private key. The key itself never enters a record.
    pub file: PathBuf,
    /// Made for this run, and removed with the stack; one's own key is never removed.
    pub generated: bool,
}

impl Member for KeyPair {
    const NAME: &'static str = "key_pair";
    const MADE_BY: &'static str = "`ail-stack up`";
}
