//! What a file tells of the changes of releases.
//!
//! Two forms are read. In a changelog (<https://keepachangelog.com>) each release is a part
//! of one file, `## [1.2.3] - 2026-11-22`. In a file of changes a release has a file of its
//! own, `changes_1.2.3.md`, whose title is `# NAME 1.2.3, released 2026-11-22`.

mod changelog;
mod file_of_changes;
mod outline;

pub use file_of_changes::version_of_name;

use std::ops::Range;
use std::path::{Path, PathBuf};

use lib_common::{Error, Exit, Result};
use semver::Version;

use crate::tag::{self, Tag};
use outline::Block;

/// A file of changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changes {
    /// Where it lies, as it was given.
    pub path: PathBuf,
    /// In which form it is written.
    pub form: Form,
    /// What it tells of each release, in the order of the file: the newest first.
    pub releases: Vec<Release>,
    text: String,
}

/// How a file tells of releases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// All releases in one file, as Keep a Changelog has it.
    Changelog,
    /// A file a release, with a code name and a summary.
    File,
}

/// What a file tells of one release.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Release {
    /// The line of its heading.
    pub line: usize,
    /// Its version as it is written; a part `Unreleased` has none.
    pub version: Option<Said>,
    /// Its date as it is written.
    pub date: Option<Said>,
    /// Its code name.
    pub code_name: Option<Said>,
    /// The first paragraph of its summary.
    pub summary: Option<Said>,
    /// What else it tells, under the headings that it has for that.
    pub sections: Vec<Section>,
    /// All below its heading.
    body: Range<usize>,
}

/// Something that the file says, in one line, and where. It may say nothing there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// What it says.
    pub text: String,
    /// The line.
    pub line: usize,
}

/// A heading and whether there is something below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// The heading.
    pub title: Said,
    /// What stands below it instead of changes: nothing, or a word that stands for nothing.
    pub empty: Option<String>,
}

impl Changes {
    /// Reads a file.
    pub fn read(path: &Path) -> Result<Self> {
        let cannot = format!("cannot read {}", path.display());
        let bytes = std::fs::read(path).map_err(|error| {
            let exit = match error.kind() {
                std::io::ErrorKind::NotFound => Exit::NotFound,
                _ => Exit::Failed,
            };
            Error::new(exit, cannot.clone()).caused_by(&error)
        })?;
        let text = String::from_utf8(bytes)
            .map_err(|error| Error::new(Exit::BadInput, cannot).caused_by(&error.utf8_error()))?;
        let changes = Self::parse(path, text);
        if changes.releases.is_empty() {
            let what = format!("{} tells of no release", path.display());
            return Err(Error::new(Exit::BadInput, what)
                .next("give it a heading `## [1.2.3] - 2026-11-22` for each, newest first"));
        }
        Ok(changes)
    }

    /// Tells what a text says that lies at `path`.
    pub fn parse(path: &Path, text: String) -> Self {
        // Editors that write CRLF often write this mark too; it hides a heading behind it.
        let text = match text.strip_prefix('\u{feff}') {
            Some(rest) => rest.to_owned(),
            None => text,
        };
        let blocks = outline::read(&text);
        let lines = Lines::of(&text);
        let (form, releases) = match file_of_changes::read(path, &blocks, &lines, text.len()) {
            Some(release) => (Form::File, vec![release]),
            None => (Form::Changelog, changelog::read(&blocks, &lines, text.len())),
        };
        Self { path: path.to_owned(), form, releases, text }
    }

    /// What it tells of the release of this tag.
    pub fn of(&self, tag: &Tag) -> Option<&Release> {
        self.releases.iter().find(|release| release.number().as_ref() == Some(&tag.version))
    }

    /// The newest release: the first one that tells of anything, or that has a version.
    pub fn newest(&self) -> &Release {
        let told = self.releases.iter().find(|r| r.version.is_some() || r.tells());
        told.unwrap_or(&self.releases[0])
    }

    /// The newest release that has a version.
    pub fn newest_numbered(&self) -> Option<&Release> {
        self.releases.iter().find(|release| release.version.is_some())
    }

    /// All that is below the heading of one of its releases, as it is written, with the
    /// definitions of the links that it uses; lines end in `\n`.
    pub fn body(&self, release: &Release) -> String {
        let body = self.text[release.body.clone()].trim();
        let definitions = outline::definitions(&self.text, &release.body);
        let gap = if body.is_empty() || definitions.is_empty() { "" } else { "\n\n" };
        format!("{body}{gap}{}", definitions.join("\n")).replace("\r\n", "\n")
    }

    /// The level of the headings of its sections.
    pub fn level_of_sections(&self) -> usize {
        match self.form {
            Form::Changelog => 3,
            Form::File => 2,
        }
    }
}

impl Release {
    /// Its version, where that is one.
    pub fn number(&self) -> Option<Version> {
        tag::version(&self.version.as_ref()?.text)
    }

    /// Whether it tells of any change.
    pub fn tells(&self) -> bool {
        self.summary.as_ref().is_some_and(|summary| !is_open(&summary.text))
            || self.sections.iter().any(|section| section.empty.is_none())
    }

    /// Sets the code name and the summary where `block` says them, the one before the other.
    fn introduce(&mut self, block: &Block, line: usize) {
        let (first, rest) = block.text.split_once('\n').unwrap_or((&block.text, ""));
        let mut text = block.text.as_str();
        if let (Some(name), None) = (code_name(first), &self.code_name) {
            self.code_name = Some(Said { text: name.to_owned(), line });
            text = rest;
        }
        if self.summary.is_none() && !text.is_empty() {
            self.summary = Some(Said { text: in_one_line(text), line });
        }
    }
}

/// `Code name: …`
fn code_name(line: &str) -> Option<&str> {
    let (head, name) = line.split_once(':')?;
    head.trim().eq_ignore_ascii_case("code name").then(|| name.trim())
}

fn in_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether a text only keeps the place of one that is still to be written: people write
/// `t.b.d.`, `n/a` and `2026-??-??`.
pub fn is_open(text: &str) -> bool {
    let letters = text.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
    text.contains("??")
        || ["", "tbd", "tba", "todo", "na", "none", "unreleased"]
            .iter()
            .any(|word| letters.eq_ignore_ascii_case(word))
}

/// The sections among blocks: each heading below which no deeper one follows.
fn sections(blocks: &[Block], lines: &Lines) -> Vec<Section> {
    let mut sections = Vec::new();
    for (at, heading) in blocks.iter().enumerate() {
        let Some(level) = heading.level else {
            continue;
        };
        let below = blocks[at + 1..].iter().take_while(|block| block.level.is_none());
        let text = in_one_line(&below.map(|b| b.text.as_str()).collect::<Vec<_>>().join(" "));
        let next = blocks[at + 1..].iter().find_map(|block| block.level);
        let empty = is_open(&text) && next.is_none_or(|next| next <= level);
        sections.push(Section {
            title: Said { text: in_one_line(&heading.text), line: lines.at(heading.range.start) },
            empty: empty.then_some(text),
        });
    }
    sections
}

/// Where the lines of a text begin.
struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &str) -> Self {
        Self(text.match_indices('\n').map(|(at, _)| at).collect())
    }

    /// The number of the line, from 1, in which a byte stands.
    fn at(&self, byte: usize) -> usize {
        self.0.partition_point(|end| *end < byte) + 1
    }
}

#[cfg(test)]
mod tests;
