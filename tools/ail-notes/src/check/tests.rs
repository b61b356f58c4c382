use std::path::Path;

use super::*;

/// What `check` says of a text: what, how, and why.
fn check(name: &str, text: &str, tag: Option<&str>, draft: bool) -> Vec<String> {
    let changes = Changes::parse(Path::new(name), text.to_owned());
    let tag = tag.map(|tag| tag.parse().expect("a tag"));
    let findings = Check { changes: &changes, draft, tag }.findings();
    let line = |finding: Finding| {
        let (what, result) = (finding.what.name(), finding.result);
        let reason = finding.reason.map(|why| format!(": {why}")).unwrap_or_default();
        format!("{} {what} {result:?}{reason}", finding.line)
    };
    findings.into_iter().map(line).collect()
}

const READY: &str = "## 1.1.0 - 2026-11-22\n\n### Added\n\n- One\n\n## 1.0.0 - 2026-01-01\n\n- A\n";

#[test]
fn a_changelog_that_is_ready_has_nothing_to_mend() {
    let fine = ["1 version Ok", "1 date Ok"];
    assert_eq!(check("CHANGELOG.md", READY, None, false), fine);
    let tagged = [&fine[..], &["1 tag Ok"]].concat();
    assert_eq!(check("CHANGELOG.md", READY, Some("v1.1.0"), false), tagged);
    let older = ["7 version Ok", "7 date Ok", "7 summary Ok", "7 tag Ok"];
    assert_eq!(check("CHANGELOG.md", READY, Some("1.0.0"), false)[3], older[3]);
}

#[test]
fn a_tag_of_which_nothing_is_told_differs() {
    let found = check("CHANGELOG.md", READY, Some("v1.2.0"), false);
    assert_eq!(found[2], "1 tag Differs: the newest release of the file is 1.1.0");
}

#[test]
fn changes_that_the_tag_would_leave_out_are_told() {
    let text = format!("## Unreleased\n\n- More\n\n{READY}");
    let found = check("CHANGELOG.md", &text, Some("v1.1.0"), false);
    assert_eq!(found[2], "5 tag Differs: line 1 tells of more that is Unreleased");
    let found = check("CHANGELOG.md", &text, Some("v1.0.0"), false);
    assert_eq!(found[3], "11 tag Ok");
}

#[test]
fn each_fault_is_told_with_its_line() {
    for (text, expected) in [
        (
            "## Unreleased\n",
            &[
                "1 version Missing: the newest release is still called Unreleased",
                "1 date Missing: write it behind the version: `## [1.2.3] - 2026-11-22`",
                "1 section Missing: it tells of no change",
            ][..],
        ),
        (
            "## 1.1 - 22.11.2026\n\nCode name: \n\n### Added\n### Fixed\n\nNone.\n",
            &[
                "1 version Invalid: it is not of the form 1.2.3 (https://semver.org)",
                "1 date Invalid: it is no day of the form 2026-11-22",
                "3 code-name Empty: write it below the title: `Code name: …`",
                "5 section Empty: nothing stands below it",
                "6 section Empty: below it stands only None.",
            ],
        ),
        (
            "## 1.1.0 - 2026-02-30\n\n- A\n\n## v1.1.0 - 2026-01-01\n",
            &[
                "1 version Differs: line 5 has the same one",
                "1 date Invalid: it is no day of the form 2026-11-22",
                "3 summary Ok",
            ],
        ),
    ] {
        assert_eq!(check("CHANGELOG.md", text, None, false), expected, "{text}");
    }
}

#[test]
fn a_file_of_changes_needs_a_code_name_and_a_summary() {
    let text = "# A lab 5.0.1, released 2026-??-??\n\n## Features\n\n- One\n";
    assert_eq!(
        check("doc/changes/changes_5.0.0.md", text, None, false),
        [
            "1 version Differs: the file is named after 5.0.0",
            "1 date Missing: it is no day of the form 2026-11-22",
            "1 code-name Missing: write it below the title: `Code name: …`",
            "1 summary Missing: write what the release is for, below `## Summary`",
        ]
    );
}

#[test]
fn a_draft_may_be_open_but_not_wrong() {
    let text = "# A lab t.b.d., released 2026-??-??\n\nCode name: \n\n## Summary\n\nt.b.d.\n";
    assert_eq!(
        check("changes_5.0.0.md", text, None, true),
        [
            "1 version Open",
            "1 date Open",
            "3 code-name Open",
            "7 summary Open",
            "1 section Missing: it tells of no change",
        ]
    );
    let found = check("CHANGELOG.md", "## 1.0.0 - soon\n\n- A\n", None, true);
    assert_eq!(found[1], "1 date Invalid: it is no day of the form 2026-11-22");
}
