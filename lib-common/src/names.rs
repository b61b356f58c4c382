//! The asset id, and the names that follow from it.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What all that belongs to one release carries in its tag `ail:asset-id`.
///
/// Its characters are those that EC2 tags, AMI names, S3 keys and (after
/// [`AssetId::stack_name`]'s replacement) stack names all take: letters, digits,
/// `.`, `_`, `-` and single spaces inside; 1 to 100 characters, so that the longest
/// derived name stays below the 128 of stack and AMI names.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct AssetId(String);

const LONGEST: usize = 100;

/// Why a text is not an asset id.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum InvalidAssetId {
    /// It has no characters.
    #[error("an asset id has at least one character")]
    Empty,
    /// It is longer than the names that follow from it may be.
    #[error("an asset id has at most {LONGEST} characters; this one has {0}")]
    TooLong(usize),
    /// It has a character that some service refuses.
    #[error(
        "an asset id is made of letters, digits, '.', '_', '-' and spaces; {0:?} is none of them"
    )]
    Character(char),
    /// It begins or ends with something else than a letter or digit.
    #[error("an asset id begins and ends with a letter or digit")]
    Edge,
}

impl AssetId {
    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name of the stack of a kind. Stack names know no `_`, `.` or space, so
    /// two ids may share a name: the stack's tag tells them apart.
    #[must_use]
    pub fn stack_name(&self, kind: &str) -> String {
        format!("ail-{kind}-{}", self.0.replace(['_', '.', ' '], "-"))
    }

    /// The name of the key pair of one run (`run` is 8 hex digits).
    #[must_use]
    pub fn key_pair_name(&self, run: &str) -> String {
        format!("{}{run}", self.key_pair_prefix())
    }

    /// What the names of the key pairs of all its runs begin with.
    #[must_use]
    pub fn key_pair_prefix(&self) -> String {
        format!("ail-{}-", self.0)
    }

    /// The name of its machine image.
    #[must_use]
    pub fn image_name(&self) -> String {
        format!("ail-{}", self.0)
    }

    /// The prefix of its S3 objects; it ends with a slash, so that `1.0` does not
    /// match the objects of `1.0.1`.
    #[must_use]
    pub fn object_prefix(&self) -> String {
        format!("ai_lab/{}/", self.0)
    }

    /// The key of its exported disk; `extension` is `vmdk`, `vhd` or `raw`.
    #[must_use]
    pub fn object_key(&self, extension: &str) -> String {
        format!("{}{}", self.object_prefix(), self.file_name(extension))
    }

    /// The name of a file that is released, which is also the last part of its key.
    #[must_use]
    pub fn file_name(&self, extension: &str) -> String {
        format!("ai-lab-{}.{extension}", self.0)
    }
}

impl FromStr for AssetId {
    type Err = InvalidAssetId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | ' ');
        let (Some(first), Some(last)) = (text.chars().next(), text.chars().next_back()) else {
            return Err(InvalidAssetId::Empty);
        };
        if let Some(other) = text.chars().find(|c| !allowed(*c)) {
            return Err(InvalidAssetId::Character(other));
        }
        if text.len() > LONGEST {
            return Err(InvalidAssetId::TooLong(text.len()));
        }
        if !first.is_ascii_alphanumeric() || !last.is_ascii_alphanumeric() {
            return Err(InvalidAssetId::Edge);
        }
        Ok(Self(text.to_owned()))
    }
}

impl TryFrom<String> for AssetId {
    type Error = InvalidAssetId;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<AssetId> for String {
    fn from(id: AssetId) -> Self {
        id.0
    }
}

impl fmt::Display for AssetId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_follow_from_the_id() {
        let id: AssetId = "ai_lab 5.0".parse().expect("valid");
        assert_eq!(id.stack_name("ec2"), "ail-ec2-ai-lab-5-0");
        assert_eq!(id.key_pair_name("00c0ffee"), "ail-ai_lab 5.0-00c0ffee");
        assert_eq!(id.image_name(), "ail-ai_lab 5.0");
        assert_eq!(id.object_key("vhd"), "ai_lab/ai_lab 5.0/ai-lab-ai_lab 5.0.vhd");
    }

    #[test]
    fn each_fault_is_named() {
        for (text, fault) in [
            ("", InvalidAssetId::Empty),
            ("a/b", InvalidAssetId::Character('/')),
            ("ä", InvalidAssetId::Character('ä')),
            ("-a", InvalidAssetId::Edge),
            ("a ", InvalidAssetId::Edge),
        ] {
            assert_eq!(text.parse::<AssetId>(), Err(fault));
        }
        assert_eq!("a".repeat(101).parse::<AssetId>(), Err(InvalidAssetId::TooLong(101)));
    }

    proptest! {
        /// CloudFormation: `[a-zA-Z][-a-zA-Z0-9]*`, at most 128 characters.
        #[test]
        fn stack_names_are_valid(id in "[a-zA-Z0-9]([a-zA-Z0-9._ -]{0,98}[a-zA-Z0-9])?") {
            let name = id.parse::<AssetId>().expect("valid").stack_name("ec2");
            prop_assert!(name.len() <= 128);
            prop_assert!(name.starts_with(|c: char| c.is_ascii_alphabetic()));
            prop_assert!(name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'));
        }

        /// EC2: 3 to 128 of letters, digits, `()[] ./-'@_`.
        #[test]
        fn image_names_are_valid(id in "[a-zA-Z0-9]([a-zA-Z0-9._ -]{0,98}[a-zA-Z0-9])?") {
            let name = id.parse::<AssetId>().expect("valid").image_name();
            prop_assert!((3..=128).contains(&name.len()));
            prop_assert!(name.chars().all(|c| c.is_ascii_alphanumeric() || " ()[]./-'@_".contains(c)));
        }

        #[test]
        fn any_text_is_an_id_or_a_clear_refusal(text in ".*") {
            if let Ok(id) = text.parse::<AssetId>() {
                prop_assert_eq!(id.as_str(), text.as_str());
            }
        }
    }
}
