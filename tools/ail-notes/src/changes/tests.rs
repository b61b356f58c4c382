use proptest::prelude::*;

use super::*;

fn parse(name: &str, text: &str) -> Changes {
    Changes::parse(Path::new(name), text.to_owned())
}

fn said(said: Option<&Said>) -> Option<(&str, usize)> {
    said.map(|said| (said.text.as_str(), said.line))
}

const CHANGELOG: &str = "\
# Changelog

All notable changes.

## [Unreleased]

## [1.1.0] - 2026-11-22

Code name: Second
What it is for,
in two lines.

### Added

- A thing, see [#12].

### Fixed

- <!-- nothing yet -->

### Changed

#### Of the tool

- One.

## [1.0.0] - 2026-01-01

- First.

[#12]: https://example.org/12
[1.1.0]: https://example.org/1.1.0
";

#[test]
fn a_changelog_tells_of_each_release_under_its_heading() {
    let changes = parse("CHANGELOG.md", CHANGELOG);
    assert_eq!(changes.form, Form::Changelog);
    let versions: Vec<_> = changes.releases.iter().map(|r| said(r.version.as_ref())).collect();
    assert_eq!(versions, [None, Some(("1.1.0", 7)), Some(("1.0.0", 27))]);

    let newest = changes.newest();
    assert_eq!(said(newest.date.as_ref()), Some(("2026-11-22", 7)));
    assert_eq!(said(newest.code_name.as_ref()), Some(("Second", 9)));
    assert_eq!(said(newest.summary.as_ref()), Some(("What it is for, in two lines.", 9)));
    let sections: Vec<_> = newest
        .sections
        .iter()
        .map(|section| (section.title.text.as_str(), section.title.line, section.empty.is_some()))
        .collect();
    assert_eq!(
        sections,
        [
            ("Added", 13, false),
            ("Fixed", 17, true),
            ("Changed", 21, false),
            ("Of the tool", 23, false)
        ]
    );
    let first = changes.of(&"v1.0.0".parse().expect("a tag")).expect("it tells of it");
    assert_eq!(said(first.summary.as_ref()), Some(("First.", 29)));
}

#[test]
fn a_part_takes_the_definitions_of_its_links_along() {
    let changes = parse("CHANGELOG.md", CHANGELOG);
    let body = changes.body(changes.newest());
    assert!(body.starts_with("Code name: Second\nWhat it is for,\n"), "{body}");
    assert!(body.ends_with("- One.\n\n[#12]: https://example.org/12"), "{body}");
    assert_eq!(changes.body(&changes.releases[0]), "");
}

#[test]
fn an_unreleased_part_is_the_newest_once_it_tells_of_something() {
    let text = "## Unreleased\n\n### Added\n\n- One.\n\n## 1.0.0 - 2026-01-01\n\n- First.\n";
    let changes = parse("CHANGELOG.md", text);
    assert_eq!(changes.newest().version, None);
    let numbered = changes.newest_numbered().and_then(Release::number);
    assert_eq!(numbered, Some(Version::new(1, 0, 0)));
}

const FILE: &str = "\
# A lab 5.0.0, released t.b.d.\r
\r
Code name:\r
\r
## Summary\r
\r
### In short\r
\r
t.b.d.\r
\r
## Features\r
\r
* #1: One\r
\r
## Bug Fixes\r
\r
n/a\r
";

#[test]
fn a_file_of_changes_tells_of_one_release() {
    let changes = parse("anything.md", FILE);
    assert_eq!(changes.form, Form::File);
    let release = changes.newest();
    assert_eq!(said(release.version.as_ref()), Some(("5.0.0", 1)));
    assert_eq!(said(release.date.as_ref()), Some(("t.b.d.", 1)));
    assert_eq!(said(release.code_name.as_ref()), Some(("", 3)));
    assert_eq!(said(release.summary.as_ref()), Some(("", 5)));
    let sections: Vec<_> =
        release.sections.iter().map(|s| (s.title.text.as_str(), s.empty.as_deref())).collect();
    assert_eq!(
        sections,
        [("In short", Some("t.b.d.")), ("Features", None), ("Bug Fixes", Some("n/a"))]
    );
    let body = changes.body(release);
    assert!(body.starts_with("Code name:\n\n## Summary\n"), "{body}");
    assert!(body.ends_with("## Bug Fixes\n\nn/a"), "{body}");
}

#[test]
fn the_name_of_a_file_says_its_form_where_the_title_does_not() {
    assert_eq!(parse("changes_1.0.0.md", "# A lab\n").form, Form::File);
    assert_eq!(parse("x.md", "# All that was released\n\n## 1.0.0\n").form, Form::Changelog);
    assert_eq!(parse("x.md", "no heading\n").releases, []);
}

#[test]
fn a_byte_order_mark_hides_no_heading() {
    let changes = parse("x.md", "\u{feff}# A lab 1.0.0, released 2026-01-01\r\n\r\nText\r\n");
    assert_eq!(changes.form, Form::File);
    assert_eq!(changes.body(changes.newest()), "Text");
}

#[test]
fn what_keeps_a_place_says_nothing() {
    for text in ["", "-", "t.b.d.", "TBD", "n/a", "None.", "2026-??-??", "To-do"] {
        assert!(is_open(text), "{text:?}");
    }
    for text in ["2026-11-22", "Nothing changed", "A todo list"] {
        assert!(!is_open(text), "{text:?}");
    }
}

#[test]
fn a_byte_is_in_the_line_that_it_ends() {
    let lines = Lines::of("ab\n\nc\n");
    let numbers: Vec<_> = (0..6).map(|byte| lines.at(byte)).collect();
    assert_eq!(numbers, [1, 1, 1, 2, 3, 3]);
}

/// Markdown of which anything may be cut off, doubled or nested.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("## [1.0.0] - 2026-01-01\n"),
        Just("# A lab 1.0.0, released 2026-01-01\r\n"),
        Just("### Added\n"),
        Just("Summary\n-------\n"),
        Just("Code name: ä\n"),
        Just("- [a]: see [b]\n"),
        Just("[a]: http://a\r\n"),
        Just("[B]: <http://b> 'c\n"),
        Just("```\n"),
        Just("<!-- "),
        Just(" -->\n"),
        Just("> ## n/a\n"),
        Just("\n"),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_text_is_read_and_its_parts_are_parts_of_it(text in pieces()) {
        let changes = parse("CHANGELOG.md", &text);
        let lines = text.matches('\n').count() + 1;
        for release in &changes.releases {
            prop_assert!((1..=lines).contains(&release.line));
            let body = changes.body(release);
            prop_assert!(!body.contains('\r'));
            for line in body.lines() {
                prop_assert!(text.contains(line.trim()), "{line:?}");
            }
        }
    }
}
