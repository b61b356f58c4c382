//! The bill of materials of what is inside, in the record.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Member;

/// What was found on the instance; the packages themselves are in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Inventory {
    /// The bill of materials, CycloneDX 1.6 in JSON.
    pub file: PathBuf,
    /// The SHA-256 of its bytes, in hex.
    pub sha256: String,
    /// How many packages it names.
    pub packages: PackageCounts,
}

/// How many packages of each kind there are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PackageCounts {
    /// Those of dpkg.
    pub deb: u64,
    /// Those of Python, in whatever environment.
    pub pypi: u64,
}

impl Member for Inventory {
    const NAME: &'static str = "inventory";
    const MADE_BY: &'static str = "`ail-provision inventory`";
}
