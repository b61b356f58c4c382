//! What became of an asset that was to be removed.

use lib_common::asset::Asset;
use lib_common::lines::Row;
use schemars::JsonSchema;
use serde::Serialize;

use crate::costed::Costed;

/// The asset as it was, and what became of it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Removal {
    #[serde(flatten)]
    pub asset: Asset,
    /// What became of it.
    pub result: Fate,
    /// Why, where that is not plain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Whether that is a permission that is missing.
    #[serde(skip)]
    pub denied: bool,
}

/// What became of an asset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Fate {
    /// It existed, and exists no longer.
    Removed,
    /// It was gone already.
    Gone,
    /// It still exists: removing it failed.
    Failed,
    /// It still exists: it is protected, or not this tool's to remove.
    Skipped,
}

/// A line of this tool: an asset, or an asset with what became of it.
#[derive(JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "it stands for its schema")]
pub enum Line {
    /// Of `rm`.
    Removal(Removal),
    /// Of `list --cost`.
    Costed(Costed),
    /// Of `list` and `expired`.
    Asset(Asset),
}

impl Fate {
    fn name(self) -> &'static str {
        match self {
            Self::Removed => "removed",
            Self::Gone => "gone",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }
}

impl Row for Removal {
    // The reasons stand last: those of failures are long, and widen no column there.
    const HEADS: &'static [&'static str] = &["TYPE", "NAME", "RESULT", "ID", "REASON"];

    fn cells(&self) -> Vec<String> {
        let or_dash = |text: Option<&str>| text.unwrap_or("-").to_owned();
        let asset = &self.asset;
        // A stack's ARN says no more here than its name.
        let id = Some(asset.short_id()).filter(|id| Some(*id) != asset.name.as_deref());
        vec![
            asset.kind.to_string(),
            or_dash(asset.name.as_deref()),
            self.result.name().to_owned(),
            or_dash(id),
            or_dash(self.reason.as_deref()),
        ]
    }
}
