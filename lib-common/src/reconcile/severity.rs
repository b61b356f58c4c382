//! How bad a finding is.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Difference, Found, Kind};

/// How bad it is that something is not as it was built.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// It stops the work, or lets somebody in, now.
    Critical,
    /// It will stop the work or give somebody power, as soon as something else happens; or
    /// nobody can tell, because it could not be read.
    High,
    /// The work goes on, with less protection or less strength than was planned.
    Medium,
    /// The work goes on as planned; what is wrong confuses people.
    Low,
}

/// What is wrong about a resource, for whoever judges how bad that is.
#[derive(Clone, Copy, Debug)]
pub enum Wrong<'a> {
    /// It is not there.
    Missing,
    /// This fact of it is not as it shall be. Of a list, the difference holds what is missing
    /// or what is extra, and nothing else.
    Fact(Kind, &'a Difference),
    /// Something else bears its name: an id or a fact by which it is known differs.
    Identity,
    /// Another one answers to its tags or its name.
    Double(&'a Found),
    /// This is beside or within it, and nobody planned it.
    Stranger(&'a Found),
    /// An earlier choice of the settings made it, and it is still there.
    Unwanted,
    /// It, or a list of what is beside it, could not be read.
    Unreadable,
}

impl Wrong<'_> {
    /// What holds for most resources: without it, the work stops; what nobody planned waits to
    /// be used; tags are for people.
    #[must_use]
    pub fn usual_severity(&self) -> Severity {
        match self {
            Self::Missing => Severity::Critical,
            Self::Fact(_, difference) if difference.fact == "tags" => Severity::Low,
            Self::Fact(..) | Self::Identity | Self::Double(_) | Self::Stranger(_) => Severity::High,
            Self::Unreadable => Severity::High,
            Self::Unwanted => Severity::Medium,
        }
    }
}
