//! What became of an asset that was to be removed.

use lib_common::asset::Asset;
use lib_common::lines::Row;
use schemars::JsonSchema;
use serde::Serialize;

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
    const HEADS: &'static [&'static str] = &["TYPE", "ID", "NAME", "RESULT", "REASON"];

    fn cells(&self) -> Vec<String> {
        let asset = &self.asset;
        let name = asset.name.as_deref().filter(|name| *name != asset.short_id());
        vec![
            asset.kind.to_string(),
            asset.short_id().to_owned(),
            name.unwrap_or("-").to_owned(),
            self.result.name().to_owned(),
            self.reason.clone().unwrap_or_else(|| "-".to_owned()),
        ]
    }
}
