//! A file of changes: one release, with a code name and a summary.

use std::path::Path;

use super::outline::Block;
use super::{Lines, Release, Said, sections};

/// The release, if the file is of this form: by its name, or by its title.
pub fn read(path: &Path, blocks: &[Block], lines: &Lines, end: usize) -> Option<Release> {
    let at = blocks.iter().position(|block| block.level == Some(1))?;
    let title = &blocks[at];
    let line = lines.at(title.range.start);
    let (version, date) = said(&title.text);
    let is_title = version.is_some() && date.is_some();
    if !is_title && version_of_name(path).is_none() {
        return None;
    }
    let said = |text: &str| Said { text: text.to_owned(), line };
    let mut release = Release {
        line,
        version: version.map(said),
        date: date.map(said),
        body: title.range.end..end,
        ..Release::default()
    };
    let below = &blocks[at + 1..];
    let first = below.iter().position(|b| b.level.is_some()).unwrap_or(below.len());
    for block in &below[..first] {
        // A summary has a heading of its own here.
        release.introduce(block, lines.at(block.range.start));
        release.summary = None;
    }
    let is_summary = |block: &Block| block.text.eq_ignore_ascii_case("summary");
    for section in sections(&below[first..], lines) {
        let heading = below.iter().position(|b| lines.at(b.range.start) == section.title.line);
        match heading.filter(|at| is_summary(&below[*at])) {
            Some(at) => release.summary = Some(paragraph(&below[at..], lines)),
            None => release.sections.push(section),
        }
    }
    Some(release)
}

/// `changes_1.2.3.md` is of version 1.2.3.
pub fn version_of_name(path: &Path) -> Option<&str> {
    path.file_name()?.to_str()?.strip_prefix("changes_")?.strip_suffix(".md")
}

/// `NAME 1.2.3, released 2026-11-22`; some leave out the comma.
fn said(title: &str) -> (Option<&str>, Option<&str>) {
    let (name, date) = match title.rsplit_once("released") {
        Some((name, date)) => (name, Some(date.trim())),
        None => (title, None),
    };
    let name = name.trim().trim_end_matches(',').trim_end();
    // A name may be several words; a version is one, and has a digit or keeps the place.
    let last = name.rsplit(char::is_whitespace).next().unwrap_or(name);
    let is_version = last.contains(|c: char| c.is_ascii_digit()) || super::is_open(last);
    (Some(last).filter(|_| is_version && !last.is_empty()), date)
}

/// The first paragraph below a heading, or that there is none.
fn paragraph(from_heading: &[Block], lines: &Lines) -> Said {
    let below = from_heading[1..].iter().take_while(|block| block.level.is_none());
    let first = below.into_iter().find(|block| !block.text.is_empty());
    let block = first.unwrap_or(&from_heading[0]);
    Said {
        text: first.map(|block| super::in_one_line(&block.text)).unwrap_or_default(),
        line: lines.at(block.range.start),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_says_its_version_and_its_date() {
        for (title, version, date) in [
            ("AI-Lab 5.0.0, released 2026-04-20", Some("5.0.0"), Some("2026-04-20")),
            ("AI-Lab 5.0.0 released 2026-04-20", Some("5.0.0"), Some("2026-04-20")),
            ("A lab 0.1.0, released t.b.d.", Some("0.1.0"), Some("t.b.d.")),
            ("AI-Lab t.b.d., released 2026-??-??", Some("t.b.d."), Some("2026-??-??")),
            ("AI-Lab, released 2026-04-20", None, Some("2026-04-20")),
            ("AI-Lab 5.0.0", Some("5.0.0"), None),
            ("Changelog", None, None),
        ] {
            assert_eq!(said(title), (version, date), "{title}");
        }
    }

    #[test]
    fn a_name_says_its_version() {
        assert_eq!(version_of_name(Path::new("doc/changes/changes_5.0.0.md")), Some("5.0.0"));
        assert_eq!(version_of_name(Path::new("doc/changes/changelog.md")), None);
    }
}
