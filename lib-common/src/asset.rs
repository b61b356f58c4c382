//! Asset lines: what releases made, a JSON object a line, as it goes from tool to tool.

mod kind;
mod location;
mod piped;
mod region;

pub use kind::Kind;
pub use location::Location;
pub use piped::Piped;
pub use region::{check_region, region_of};

use humansize::{BINARY, format_size};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::lines::Row;

/// One thing that a release made, as its service described it a moment ago.
///
/// A reader of lines needs `type` and `id` alone; all else may have been cut away on the
/// way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Asset {
    /// What it is.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// What identifies it in calls: an EC2 id, a stack's ARN, `s3://BUCKET/KEY` (with
    /// `?versionId=` or `?uploadId=` where there is one), the path of a file.
    pub id: String,
    /// Its name, if it has one.
    #[serde(default)]
    pub name: Option<String>,
    /// The asset id that it belongs to.
    #[serde(default)]
    pub asset_id: Option<String>,
    /// The region it lies in; a local file lies in none.
    #[serde(default)]
    pub region: Option<String>,
    /// Its state as the service names it.
    #[serde(default)]
    pub state: String,
    /// Its size: what is stored for objects and uploads, the size of the disk for volumes,
    /// and for snapshots, if EC2 does not tell what is stored.
    #[serde(default)]
    pub bytes: Option<u64>,
    /// What its price follows beside size and time: the type of an instance or a volume, the
    /// tier of a snapshot, the storage class of an object or an upload.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub billed_as: Option<String>,
    /// When it was made, or last written (RFC 3339, UTC), where the service keeps it.
    #[serde(default)]
    pub created: Option<String>,
    /// The run that made it, 8 hex digits.
    #[serde(default)]
    pub run: Option<String>,
    /// When it is no longer needed (RFC 3339, UTC); only what a run takes down again has it.
    #[serde(default)]
    pub expires: Option<String>,
    /// Whether it costs money by itself, as it is now.
    #[serde(default)]
    pub costs: bool,
    /// What it goes away with: the name of a stack, the id of an instance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part_of: Option<String>,
    /// The resources of a stack.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<Resource>,
}

/// One resource of a stack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Resource {
    /// Its name in the template.
    pub logical_id: String,
    /// Its type (`AWS::EC2::Instance`).
    #[serde(rename = "type")]
    pub kind: String,
    /// What it is called at its service, once it has been made.
    #[serde(default)]
    pub id: Option<String>,
    /// As CloudFormation names it.
    pub state: String,
}

impl Asset {
    /// An asset of which nothing is known yet but what it is and where.
    #[must_use]
    pub fn new(kind: Kind, id: impl Into<String>) -> Self {
        Self {
            kind,
            id: id.into(),
            name: None,
            asset_id: None,
            region: None,
            state: String::new(),
            bytes: None,
            billed_as: None,
            created: None,
            run: None,
            expires: None,
            costs: false,
            part_of: None,
            resources: Vec::new(),
        }
    }

    /// What a sentence calls it: `image ami-1`, `stack ail-ec2-1-0`.
    #[must_use]
    pub fn label(&self) -> String {
        format!("{} {}", self.kind.noun(), self.short_id())
    }

    /// The id as a person knows it: a stack by its name, for an ARN fills a line.
    #[must_use]
    pub fn short_id(&self) -> &str {
        match (self.kind, &self.name) {
            (Kind::Stack, Some(name)) => name,
            _ => &self.id,
        }
    }
}

impl Row for Asset {
    // The ids stand last: those of objects and stacks are long, and widen no column there.
    const HEADS: &'static [&'static str] =
        &["TYPE", "NAME", "STATE", "SIZE", "COSTS", "CREATED", "EXPIRES", "ASSET ID", "ID"];

    fn cells(&self) -> Vec<String> {
        let or_dash = |text: Option<&str>| text.unwrap_or("-").to_owned();
        vec![
            self.kind.to_string(),
            or_dash(self.name.as_deref()),
            self.state.clone(),
            self.bytes.map_or_else(|| "-".to_owned(), |bytes| format_size(bytes, BINARY)),
            if self.costs { "yes" } else { "no" }.to_owned(),
            or_dash(self.created.as_deref()),
            or_dash(self.expires.as_deref()),
            or_dash(self.asset_id.as_deref()),
            self.id.clone(),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_needs_its_type_and_its_id_alone() {
        let asset: Asset =
            serde_json::from_str(r#"{"type":"key-pair","id":"key-1"}"#).expect("a line");
        assert_eq!(asset, Asset::new(Kind::KeyPair, "key-1"));
    }

    #[test]
    fn a_stack_is_shown_by_its_name_and_a_size_with_its_unit() {
        let mut stack = Asset::new(Kind::Stack, "arn:…");
        stack.name = Some("ail-ec2-1".to_owned());
        stack.bytes = Some(8 << 30);
        assert_eq!(stack.label(), "stack ail-ec2-1");
        assert_eq!(
            stack.cells(),
            ["stack", "ail-ec2-1", "", "8 GiB", "no", "-", "-", "-", "arn:…"].map(str::to_owned)
        );
    }
}
