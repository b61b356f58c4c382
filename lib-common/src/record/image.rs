//! Machine images in the record.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Member;

/// The image that the release starts from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SourceImage {
    /// `ami-…`
    pub id: String,
    /// Its name at the owner's.
    pub name: String,
    /// The owner's account id: a name alone can be imitated.
    pub owner: String,
    /// The user that the image's maker lets in by key (`ubuntu`, `admin`).
    pub user: String,
    /// `x86_64` or `arm64`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub architecture: Option<String>,
    /// The device name of the root volume (`/dev/sda1`, `/dev/xvda`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root_device: Option<String>,
    /// The size of the root snapshot in GiB, the least that a volume of it can have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub volume_gib: Option<u32>,
}

impl Member for SourceImage {
    const NAME: &'static str = "source_image";
    const MADE_BY: &'static str = "`ail-ami find`";
}

/// The image that the release makes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Image {
    /// `ami-…`
    pub id: String,
    /// `ail-` and the asset id.
    pub name: String,
    /// As EC2 names it: `pending`, `available`, `failed` …
    pub state: String,
    /// The snapshots behind its volumes, `snap-…`
    #[serde(default)]
    pub snapshots: Vec<String>,
    /// Whether every account may launch it.
    #[serde(default)]
    pub public: bool,
    /// The accounts that may launch it beside the owner.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shared_with: Vec<String>,
    /// When EC2 lists it as deprecated (RFC 3339).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deprecated_at: Option<String>,
}

impl Member for Image {
    const NAME: &'static str = "image";
    const MADE_BY: &'static str = "`ail-ami create`";
}
