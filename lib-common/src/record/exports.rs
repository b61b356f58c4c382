//! Exported disks in the record.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Member;

/// The exported disks of the image.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Exports(pub Vec<Export>);

impl Member for Exports {
    const NAME: &'static str = "exports";
    const MADE_BY: &'static str = "`ail-export run`";
}

/// One disk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Export {
    /// Its format.
    pub format: Format,
    /// The export task that made it, `export-ami-…`
    pub task: String,
    /// The bucket it lies in.
    pub bucket: String,
    /// Its key there.
    pub key: String,
    /// Its size.
    pub bytes: u64,
    /// The SHA-256 of its bytes, in hex.
    pub sha256: String,
    /// Where it can be downloaded.
    pub url: String,
}

impl Export {
    /// What CloudFront sends at once is 50 GB at most (CloudFront Developer Guide, "Quotas").
    /// Whether of 10^9 bytes is not said there: these are the smaller ones.
    const LARGEST_ANSWER: u64 = 50_000_000_000;

    /// Whether CloudFront sends it only in ranges: a browser and plain curl get none of it.
    #[must_use]
    pub const fn comes_in_ranges(&self) -> bool {
        self.bytes > Self::LARGEST_ANSWER
    }
}

/// The checksums that lie beside the disks, and their signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Checksums {
    /// The bucket they lie in.
    pub bucket: String,
    /// Their key there, `…/SHA256SUMS`
    pub key: String,
    /// Where they can be downloaded.
    pub url: String,
    /// Their signature; none if they were written without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<Signature>,
}

impl Member for Checksums {
    const NAME: &'static str = "checksums";
    const MADE_BY: &'static str = "`ail-export sign`";
}

/// The published bill of materials of what is inside the disks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Bill {
    /// The bucket it lies in.
    pub bucket: String,
    /// Its key there, `…/ai-lab-ID.cdx.json`
    pub key: String,
    /// Its size.
    pub bytes: u64,
    /// The SHA-256 of its bytes, in hex.
    pub sha256: String,
    /// Where it can be downloaded.
    pub url: String,
}

impl Member for Bill {
    const NAME: &'static str = "bill";
    const MADE_BY: &'static str = "`ail-export sign`";
}

/// A signature in the format of minisign.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Signature {
    /// Its key in the bucket, `…/SHA256SUMS.minisig`
    pub key: String,
    /// Where it can be downloaded.
    pub url: String,
    /// The public key that belongs to it, as minisign writes it (`RW…`).
    pub public_key: String,
}

/// A disk format of EC2's ExportImage.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// VMware, stream-optimised.
    Vmdk,
    /// Hyper-V.
    Vhd,
    /// The bytes of the disk.
    Raw,
}

impl Format {
    /// All formats.
    pub const ALL: [Self; 3] = [Self::Vmdk, Self::Vhd, Self::Raw];

    /// The ending of its files, which is also its name here.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Vmdk => "vmdk",
            Self::Vhd => "vhd",
            Self::Raw => "raw",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.extension())
    }
}
