//! One thing that is not as it was built.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::Severity;
use crate::lines::Row;

/// How something is not as it was built.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// It is not there.
    Missing,
    /// It is there, and different.
    Changed,
    /// It is there, and nobody built it.
    Extra,
    /// It could not be read. It may be anything, and is never taken for healthy.
    Unreadable,
}

/// One thing that is not as it was built.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Finding {
    /// How bad that is.
    pub severity: Severity,
    /// How.
    pub finding: Kind,
    /// What it is (`subnet`).
    pub kind: String,
    /// Its name in the architecture; of a stranger, the name of what it is beside or within.
    pub resource: String,
    /// The service's id of it, where there is one.
    pub id: Option<String>,
    /// The fact that differs, or the list that could not be read.
    pub attribute: Option<String>,
    /// What it shall be, or was when it was sealed; of a list, what is missing of it.
    pub expected: Value,
    /// What it is; of a list, what is extra in it; why, where it could not be read.
    pub found: Value,
    /// The call that mends it (`ec2:CreateRoute`); null where nothing can but a person.
    pub mend: Option<String>,
}

impl Row for Finding {
    const HEADS: &'static [&'static str] = &[
        "SEVERITY",
        "FINDING",
        "KIND",
        "RESOURCE",
        "ID",
        "ATTRIBUTE",
        "EXPECTED",
        "FOUND",
        "MEND",
    ];

    fn cells(&self) -> Vec<String> {
        vec![
            word(&self.severity),
            word(&self.finding),
            self.kind.clone(),
            self.resource.clone(),
            self.id.clone().unwrap_or_default(),
            self.attribute.clone().unwrap_or_default(),
            plain(&self.expected),
            plain(&self.found),
            self.mend.clone().unwrap_or_default(),
        ]
    }
}

impl fmt::Display for Finding {
    /// `critical: missing route private-default-route`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, resource, .. } = self;
        write!(f, "{}: {} ", word(&self.severity), word(&self.finding))?;
        match (self.found.get("kind").and_then(Value::as_str), &self.attribute) {
            (Some(stranger), None) if self.finding == Kind::Extra => {
                write!(f, "{stranger} in {kind} {resource}")?;
            }
            _ => write!(f, "{kind} {resource}")?,
        }
        if let Some(attribute) = &self.attribute {
            write!(f, " {attribute}")?;
        }
        match &self.id {
            Some(id) => write!(f, " ({id})"),
            None => Ok(()),
        }
    }
}

fn word(value: &impl Serialize) -> String {
    plain(&serde_json::to_value(value).expect("a word"))
}

/// A value as a cell: text without its quotes, nothing for null.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
