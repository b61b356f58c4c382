//! `ail-notes check`.

use serde_json::json;
use tests::Lab;

use crate::stage::{CHANGELOG, notes, tagged, write};

#[test]
fn a_changelog_that_is_ready_ends_with_0() {
    let lab = Lab::new();
    write(&lab, "CHANGELOG.md", CHANGELOG);
    let ran = notes(&lab, &["check", "--tag", "v1.1.0"])
        .run()
        .exits(0)
        .stderr("CHANGELOG.md: nothing to mend\nail-notes check: done in N s\n");
    let file = "CHANGELOG.md";
    assert_eq!(
        ran.lines(),
        [
            json!({"what": "version", "result": "ok", "value": "1.1.0", "file": file, "line": 3}),
            json!({"what": "date", "result": "ok", "value": "2026-11-22", "file": file, "line": 3}),
            json!({"what": "tag", "result": "ok", "value": "v1.1.0", "file": file, "line": 3}),
        ]
    );
    notes(&lab, &["check", "--tag", "v1.1.0", "--output", "table"]).run().exits(0).stdout(
        " WHAT     RESULT  WHERE           VALUE       REASON\n \
         version  ok      CHANGELOG.md:3  1.1.0       -\n \
         date     ok      CHANGELOG.md:3  2026-11-22  -\n \
         tag      ok      CHANGELOG.md:3  v1.1.0      -\n",
    );
    assert_eq!(lab.calls(), [""; 0]);
}

#[test]
fn faults_are_lines_and_end_with_1() {
    let lab = Lab::new();
    let text =
        "# Lab 1.1, released 2026-11\n\n## Summary\n\nOf use.\n\n## Features\n\n## Bugs\n\n- x\n";
    write(&lab, "doc/changes/changes_1.1.0.md", text);
    write(&lab, "doc/changes/changes_1.0.9.md", "# Not the newest");
    notes(&lab, &["check", "--output", "markdown"])
        .run()
        .exits(1)
        .stdout(
            "| WHAT      | RESULT  | WHERE                          | VALUE    | REASON                                           |\n\
             |-----------|---------|--------------------------------|----------|--------------------------------------------------|\n\
             | version   | invalid | doc/changes/changes_1.1.0.md:1 | 1.1      | it is not of the form 1.2.3 (https://semver.org) |\n\
             | date      | invalid | doc/changes/changes_1.1.0.md:1 | 2026-11  | it is no day of the form 2026-11-22              |\n\
             | code-name | missing | doc/changes/changes_1.1.0.md:1 | -        | write it below the title: `Code name: …`         |\n\
             | summary   | ok      | doc/changes/changes_1.1.0.md:5 | Of use.  | -                                                |\n\
             | section   | empty   | doc/changes/changes_1.1.0.md:7 | Features | nothing stands below it                          |\n",
        )
        .stderr("doc/changes/changes_1.1.0.md: 4 things to mend\nail-notes check: done in N s\n");
}

#[test]
fn the_tag_of_the_commit_is_held_against_the_file() {
    let lab = Lab::new();
    write(&lab, "CHANGELOG.md", CHANGELOG);
    tagged(&lab, &["nightly", "v1.1.1"]);
    let found = notes(&lab, &["check"]).run().exits(1).lines();
    assert_eq!(
        found[2],
        json!({"what": "tag", "result": "differs", "value": "v1.1.1", "file": "CHANGELOG.md",
               "line": 3, "reason": "the newest release of the file is 1.1.0"})
    );
    // A draft grows on the commit of the release before.
    assert_eq!(notes(&lab, &["check", "--draft"]).run().exits(0).lines().len(), 2);
    // Of several tags, the one of which the file tells.
    lab.program("/bin/sh").args(["-c", "git tag v1.1.0"]).run().exits(0);
    assert_eq!(notes(&lab, &["check"]).run().exits(0).lines()[2]["value"], "v1.1.0");
}

#[test]
fn what_cannot_be_read_says_so() {
    let lab = Lab::new();
    for (arguments, status, said) in [
        (
            &["check"][..],
            66,
            "there is neither CHANGELOG.md nor doc/changes/changes_*.md here\n  next: name the file\n",
        ),
        (
            &["check", "--tag", "v1.0.0"],
            66,
            "there is neither CHANGELOG.md nor doc/changes/changes_1.0.0.md here\n  \
             next: name the file\n",
        ),
        (
            &["check", "none.md"],
            66,
            "cannot read none.md\n  No such file or directory (os error 2)\n",
        ),
        (
            &["check", "README.md"],
            65,
            "README.md tells of no release\n  \
             next: give it a heading `## [1.2.3] - 2026-11-22` for each, newest first\n",
        ),
        (
            &["check", "binary.md"],
            65,
            "cannot read binary.md\n  invalid utf-8 sequence of 1 bytes from index 2\n",
        ),
    ] {
        write(&lab, "README.md", "# A tool\n");
        std::fs::write(lab.home().join("binary.md"), b"# \xff").expect("a file can be written");
        let expected = format!("ail-notes: {said}");
        notes(&lab, arguments).run().exits(status).stdout("").stderr(&expected);
    }
    let ran = notes(&lab, &["check", "--tag", "latest"]).run().exits(2).stdout("");
    assert!(ran.stderr_text().contains("it has no version; write it as v1.2.3"), "{ran:#?}");
}

#[test]
fn every_help_page_begins_with_its_examples() {
    let lab = Lab::new();
    for verb in ["check", "render"] {
        let ran = notes(&lab, &[verb, "--help"]).run().exits(0).stderr("");
        assert!(ran.stdout_text().starts_with("Examples:\n"), "{verb}");
        assert!(ran.stdout_text().contains(&format!("ail-notes {verb} ")), "{verb}");
    }
}
