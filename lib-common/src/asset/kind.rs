//! What kinds of things a release makes.

use std::fmt;

use clap::ValueEnum;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What an asset is.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
    ValueEnum,
)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A CloudFormation stack.
    Stack,
    /// An EC2 instance.
    Instance,
    /// An EBS volume.
    Volume,
    /// A security group.
    SecurityGroup,
    /// A key pair of EC2, of which EC2 holds the public half.
    KeyPair,
    /// The file of a private key on this machine.
    KeyFile,
    /// A machine image.
    Image,
    /// An EBS snapshot.
    Snapshot,
    /// An export of an image.
    ExportTask,
    /// An S3 object, or one version of it.
    Object,
    /// An unfinished multipart upload to S3.
    Upload,
}

impl Kind {
    /// All kinds, in the order in which they are listed.
    pub const ALL: [Self; 11] = [
        Self::Stack,
        Self::Instance,
        Self::Volume,
        Self::SecurityGroup,
        Self::KeyPair,
        Self::KeyFile,
        Self::Image,
        Self::Snapshot,
        Self::ExportTask,
        Self::Object,
        Self::Upload,
    ];

    /// Its name in lines and options.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Stack => "stack",
            Self::Instance => "instance",
            Self::Volume => "volume",
            Self::SecurityGroup => "security-group",
            Self::KeyPair => "key-pair",
            Self::KeyFile => "key-file",
            Self::Image => "image",
            Self::Snapshot => "snapshot",
            Self::ExportTask => "export-task",
            Self::Object => "object",
            Self::Upload => "upload",
        }
    }

    /// Its name in a sentence.
    #[must_use]
    pub const fn noun(self) -> &'static str {
        match self {
            Self::SecurityGroup => "security group",
            Self::KeyPair => "key pair",
            Self::KeyFile => "key file",
            Self::ExportTask => "export task",
            other => other.name(),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_has_one_name_in_lines_options_and_text() {
        for kind in Kind::ALL {
            assert_eq!(serde_json::to_value(kind).expect("plain data"), kind.name());
            let option = kind.to_possible_value().expect("none is hidden");
            assert_eq!(option.get_name(), kind.name());
        }
    }
}
