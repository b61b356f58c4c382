//! `just release-notes`, and the script behind it.

use std::os::unix::fs::PermissionsExt;

use tests::{Lab, Tool};

use crate::stage::{CHANGELOG, IMAGES, record, write};

/// Stands for GitHub: a release is a file, and each call is a line of `calls`.
const GH: &str = r#"#!/bin/sh
echo "gh $*" >> "$HOME/calls"
for last; do :; done
case $2 in
    view) cat "$HOME/release" 2> /dev/null || { echo "release not found" >&2; exit 1; } ;;
    create | edit) cp "$last" "$HOME/release" ;;
esac
"#;

fn script(lab: &Lab) -> Tool {
    write(lab, "CHANGELOG.md", CHANGELOG);
    write(lab, "release.json", &record().to_string());
    let gh = write(lab, "bin/gh", GH);
    std::fs::set_permissions(&gh, std::fs::Permissions::from_mode(0o755)).expect("it is ours");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../scripts/release-notes");
    let line = "PATH=$HOME/bin:$PATH; exec \"$0\" release.json";
    lab.program("/bin/bash").args(["-c", line, script])
}

fn read(lab: &Lab, name: &str) -> String {
    std::fs::read_to_string(lab.home().join(name)).unwrap_or_default()
}

/// The calls, without what differs from run to run.
fn calls(lab: &Lab) -> Vec<String> {
    let calls = read(lab, "calls");
    calls
        .lines()
        .map(|call| call.split(" --notes-file").next().unwrap_or(call).to_owned())
        .collect()
}

const VIEW: &str = "gh release view v1.1.0 --json body --jq .body";

#[test]
fn what_was_released_for_others_goes_to_github_and_a_second_time_changes_nothing() {
    let lab = Lab::new();
    let publish = || script(&lab).env("AIL_CLOUD", "aws").env("AIL_TAG", "v1.1.0").run().exits(0);
    publish();
    let first = read(&lab, "release");
    assert!(
        first.contains("### Added\n\n- Notes, see [#12].") && first.contains(IMAGES),
        "{first}"
    );
    let create = "gh release create v1.1.0 --draft --verify-tag --title v1.1.0";
    assert_eq!(calls(&lab), [VIEW, create]);

    // What people write around the notes stays.
    write(&lab, "release", &format!("Read this first.\n\n{first}"));
    publish();
    assert_eq!(read(&lab, "release"), format!("Read this first.\n\n{first}"));
    assert_eq!(calls(&lab)[2..], [VIEW, "gh release edit v1.1.0"]);
}

#[test]
fn notes_that_were_written_by_hand_alone_keep_their_words() {
    let lab = Lab::new();
    write(&lab, "release", "By hand");
    script(&lab).env("AIL_CLOUD", "aws").env("AIL_TAG", "v1.1.0").run().exits(0);
    assert!(read(&lab, "release").starts_with("By hand\n\n<!-- ail-notes: begin -->\n"));
}

#[test]
fn a_tag_of_which_the_changelog_tells_nothing_is_not_published() {
    let lab = Lab::new();
    let ran = script(&lab).env("AIL_CLOUD", "aws").env("AIL_TAG", "v1.2.0").run().exits(1);
    assert!(ran.stderr_text().contains("the newest release of the file is 1.1.0"), "{ran:#?}");
    assert_eq!(calls(&lab), [""; 0]);
}

#[test]
fn a_release_of_the_local_cloud_is_printed() {
    let lab = Lab::new();
    let ran = script(&lab).env("AIL_TAG", "v1.1.0").run().exits(0);
    assert!(ran.stdout_text().contains(IMAGES), "{ran:#?}");
    assert_eq!(calls(&lab), [""; 0]);
}

#[test]
fn the_recipe_takes_the_record_of_the_last_release() {
    let lab = Lab::new();
    write(&lab, "out/release.json", &record().to_string());
    let ran = lab.just("release-notes").run().exits(0);
    assert!(ran.stdout_text().contains(IMAGES), "{ran:#?}");
}
