//! A changelog: each release is a heading of the second level.

use super::outline::Block;
use super::{Lines, Release, Said, sections};

/// The releases, in the order of the file.
pub fn read(blocks: &[Block], lines: &Lines, end: usize) -> Vec<Release> {
    let starts: Vec<_> = blocks
        .iter()
        .enumerate()
        .filter(|(_, block)| block.level == Some(2))
        .map(|(at, _)| at)
        .collect();
    let ends = starts.iter().skip(1).copied().chain([blocks.len()]);
    let parts = starts.iter().zip(ends).map(|(start, end)| &blocks[*start..end]);
    parts
        .map(|part| {
            let [heading, below @ ..] = part else {
                unreachable!("a part begins with its heading");
            };
            let after = blocks.iter().find(|b| {
                b.range.start > heading.range.start && b.level.is_some_and(|level| level <= 2)
            });
            let after = after.map_or(end, |block| block.range.start);
            release(heading, below, lines, heading.range.end..after)
        })
        .collect()
}

fn release(
    heading: &Block,
    below: &[Block],
    lines: &Lines,
    body: std::ops::Range<usize>,
) -> Release {
    let line = lines.at(heading.range.start);
    let mut release = Release { line, body, ..Release::default() };
    (release.version, release.date) = said(&heading.text, line);
    let first = below.iter().position(|b| b.level.is_some()).unwrap_or(below.len());
    for block in &below[..first] {
        release.introduce(block, lines.at(block.range.start));
    }
    release.sections = sections(&below[first..], lines);
    release
}

/// `[1.2.3] - 2026-11-22 [YANKED]`, with or without its ornaments; `Unreleased`.
fn said(heading: &str, line: usize) -> (Option<Said>, Option<Said>) {
    let bare = heading.replace("[YANKED]", " ");
    let ornament = |c: char| c.is_whitespace() || "[](),:-–—".contains(c);
    let bare = bare.trim_matches(ornament);
    let (version, date) = bare.split_once(char::is_whitespace).unwrap_or((bare, ""));
    let said = |text: &str| Said { text: text.trim_matches(ornament).to_owned(), line };
    let (version, date) = (said(version), said(date));
    if version.text.eq_ignore_ascii_case("unreleased") {
        return (None, None);
    }
    (Some(version), Some(date).filter(|date| !date.text.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_way_to_write_a_heading_is_read() {
        for (heading, version, date) in [
            ("[1.2.3] - 2026-11-22", Some("1.2.3"), Some("2026-11-22")),
            ("1.2.3 - 2026-11-22", Some("1.2.3"), Some("2026-11-22")),
            ("1.2.3 (2026-11-22)", Some("1.2.3"), Some("2026-11-22")),
            ("[v1.2.3] – 2026-11-22 [YANKED]", Some("v1.2.3"), Some("2026-11-22")),
            ("1.2.3-rc.1+5", Some("1.2.3-rc.1+5"), None),
            ("[1.2.3] - soon", Some("1.2.3"), Some("soon")),
            ("[Unreleased]", None, None),
            ("Unreleased - yyyy-mm-dd", None, None),
        ] {
            let text = |said: Option<Said>| said.map(|said| said.text);
            let (a, b) = said(heading, 1);
            assert_eq!((text(a).as_deref(), text(b).as_deref()), (version, date), "{heading}");
        }
    }
}
