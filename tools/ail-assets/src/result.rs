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
    const HEADS: &'static [&'static str] = &["TYPE", "NAME", "RESULT", "REASON", "ID"];

    fn cells(&self) -> Vec<String> {
        let or_dash = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
        vec![
            self.asset.kind.to_string(),
            or_dash(&self.asset.name),
            self.result.name().to_owned(),
            or_dash(&self.reason),
            self.asset.id.clone(),
        ]
    }
}
