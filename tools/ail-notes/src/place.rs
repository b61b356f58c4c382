//! Which file tells of the changes, and which tag they are released under.

use std::path::{Path, PathBuf};

use clap::Args;
use lib_common::{Error, Exit, Result};

use crate::changes::{Changes, version_of_name};
use crate::tag::{self, Tag};

/// Where projects keep it.
const CHANGELOG: &str = "CHANGELOG.md";
/// Where projects keep a file a release.
const DIRECTORY: &str = "doc/changes";

/// The tag of the release.
#[derive(Args)]
pub struct OfTag {
    /// Tag that the release is published under, such as v1.2.3 [default: the tag of the commit
    /// that is checked out, if it has one]
    #[arg(long, env = "AIL_TAG", value_name = "TAG", hide_env = true)]
    tag: Option<Tag>,
}

impl OfTag {
    /// The tag that was asked for.
    pub fn asked(&self) -> Option<&Tag> {
        self.tag.as_ref()
    }

    /// The tag that was asked for, or that of the commit: of several, the one of which the
    /// file tells.
    pub fn of(&self, changes: &Changes) -> Option<Tag> {
        let mut tags = match &self.tag {
            Some(tag) => vec![tag.clone()],
            None => tag::of_checkout(&changes.path),
        };
        let told = tags.iter().position(|tag| changes.of(tag).is_some());
        (!tags.is_empty()).then(|| tags.swap_remove(told.unwrap_or(0)))
    }
}

/// The file that is meant where none is named, in the directory in which the tool runs:
/// the changelog, or the file of the tag's release, or that of the newest one.
pub fn find(tag: Option<&Tag>) -> Result<PathBuf> {
    let changelog = PathBuf::from(CHANGELOG);
    if changelog.exists() {
        return Ok(changelog);
    }
    let mut files = files_of_changes(Path::new(DIRECTORY));
    files.sort();
    let found = match tag {
        Some(tag) => files.into_iter().find(|(version, _)| *version == tag.version),
        None => files.pop(),
    };
    found.map(|(_, path)| path).ok_or_else(|| {
        let file = match tag {
            Some(tag) => format!("{DIRECTORY}/changes_{}.md", tag.version),
            None => format!("{DIRECTORY}/changes_*.md"),
        };
        Error::new(Exit::NotFound, format!("there is neither {CHANGELOG} nor {file} here"))
            .next("name the file")
    })
}

/// Those with their versions; no such directory, no such files.
fn files_of_changes(directory: &Path) -> Vec<(semver::Version, PathBuf)> {
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    let files = entries.map(|entry| entry.path());
    files.filter_map(|path| Some((version_of_name(&path)?.parse().ok()?, path))).collect()
}
