//! The tag that a release is published under.

use std::fmt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::str::FromStr;

use semver::Version;

/// `v1.2.3` or `1.2.3`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// As it is written.
    pub name: String,
    /// The version in it.
    pub version: Version,
}

impl FromStr for Tag {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // As CI systems give it.
        let name = text.strip_prefix("refs/tags/").unwrap_or(text);
        match version(name) {
            Some(version) => Ok(Self { name: name.to_owned(), version }),
            None => Err("it has no version; write it as v1.2.3".to_owned()),
        }
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// The version in `1.2.3`, or in `v1.2.3` as many write it.
pub fn version(text: &str) -> Option<Version> {
    text.strip_prefix(['v', 'V']).unwrap_or(text).parse().ok()
}

/// The tags of versions of the commit that is checked out where this file lies. Without git,
/// outside a repository and between releases there are none.
pub fn of_checkout(file: &Path) -> Vec<Tag> {
    let directory = match file.parent() {
        Some(directory) if directory != Path::new("") => directory,
        _ => Path::new("."),
    };
    let answer = Command::new("git")
        .arg("-C")
        .arg(directory)
        .args(["tag", "--points-at", "HEAD"])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output();
    let names = answer.ok().filter(|git| git.status.success()).map(|git| git.stdout);
    let names = String::from_utf8(names.unwrap_or_default()).unwrap_or_default();
    names.lines().filter_map(|name| name.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_has_a_version() {
        for (text, name) in [("v1.2.3", "v1.2.3"), ("refs/tags/1.2.3", "1.2.3")] {
            let tag: Tag = text.parse().expect("a tag");
            assert_eq!((tag.name.as_str(), tag.version), (name, Version::new(1, 2, 3)));
        }
        for text in ["", "main", "v1.2", "tools-1.2.3"] {
            text.parse::<Tag>().expect_err(text);
        }
    }
}
