//! `ail-notes render`.

use serde_json::json;
use tests::{Lab, Ran};

use crate::stage::{CHANGELOG, IMAGES, notes, record, write};

const BEGIN: &str = "<!-- ail-notes: begin -->";
const END: &str = "<!-- ail-notes: end -->";

fn render(lab: &Lab, arguments: &[&str]) -> Ran {
    notes(lab, &["render"]).args(arguments).record(&record()).run()
}

#[test]
fn a_record_becomes_notes() {
    let lab = Lab::new();
    let ran =
        render(&lab, &[]).exits(0).stdout(&format!("{BEGIN}\n\n## Images\n\n{IMAGES}\n{END}\n"));
    assert_eq!(ran.stderr_text(), "ail-notes render: done in N s\n");
    assert_eq!(lab.calls(), [""; 0]);
}

#[test]
fn changes_and_assets_go_in_beside_it() {
    let lab = Lab::new();
    write(&lab, "CHANGELOG.md", CHANGELOG);
    let stack = json!({"type": "stack", "id": "arn:aws:x", "name": "ail-ec2-1"});
    let snapshot = json!({"type": "snapshot", "id": "snap-1", "bytes": 8_u64 << 30});
    write(&lab, "assets.ndjson", &format!("{stack}\n{snapshot}\n"));
    let of = |tag| ["--changes", "CHANGELOG.md", "--assets", "assets.ndjson", "--tag", tag];
    let tables = format!(
        "### Images\n\n{IMAGES}\n### Assets\n\n\
         | Type | Name | Size | Id |\n|---|---|---|---|\n\
         | stack | - | - | `ail-ec2-1` |\n| snapshot | - | 8 GiB | `snap-1` |\n\n{END}\n"
    );
    render(&lab, &of("v1.1.0")).exits(0).stdout(&format!(
        "{BEGIN}\n\n### Added\n\n- Notes, see [#12].\n\n[#12]: https://example.org/12\n\n{tables}"
    ));
    let ran = render(&lab, &of("v1.0.0")).exits(0);
    assert!(ran.stdout_text().starts_with(&format!("{BEGIN}\n\n- All of it.\n")), "{ran:#?}");
    render(&lab, &of("v1.2.0")).exits(66).stdout("").stderr(
        "ail-notes: CHANGELOG.md tells nothing of v1.2.0\n  \
         next: look at it with `ail-notes check CHANGELOG.md --tag v1.2.0`\n",
    );
}

#[test]
fn a_signed_release_tells_how_to_check_it() {
    let lab = Lab::new();
    let at = |name: &str| format!("https://d1.cloudfront.net/ai_lab/ai-lab-1.1.0/{name}");
    let mut signed = record();
    let bill = "ai-lab-ai-lab-1.1.0.cdx.json";
    signed["bill"] = json!({"bucket": "images", "key": format!("ai_lab/ai-lab-1.1.0/{bill}"),
                            "bytes": 4096, "sha256": "00ff", "url": at(bill)});
    signed["checksums"] = json!({
        "bucket": "images", "key": "ai_lab/ai-lab-1.1.0/SHA256SUMS", "url": at("SHA256SUMS"),
        "signature": {"key": "ai_lab/ai-lab-1.1.0/SHA256SUMS.minisig",
                      "url": at("SHA256SUMS.minisig"), "public_key": "RWQf6LRC/GA9+w=="},
    });
    let url = at("SHA256SUMS");
    let notes = format!(
        "## Images\n\n{IMAGES}\
         | bill of materials (CycloneDX) | [{bill}](<{}>) | 4 KiB | `00ff` |\n\n\
         ## Verification\n\n\
         [SHA256SUMS](<{url}>) has the sums of all files, and [SHA256SUMS.minisig](<{url}.minisig>) \
         is its signature, in the format of minisign, by the key `RWQf6LRC/GA9+w==`. This reads and \
         checks all of it where it is published:\n\n\
         ```sh\nail-export verify --url '{url}' --public-key RWQf6LRC/GA9+w== \
         --asset-id 'ai-lab-1.1.0'\n```\n\n\
         So does, beside the downloaded files, `minisign -V -P RWQf6LRC/GA9+w== -m SHA256SUMS`, \
         which has to tell `asset-id:ai-lab-1.1.0`, and then `sha256sum --check SHA256SUMS`. That \
         is the way for who is asked for a CAPTCHA, too: only a browser can solve it.\n",
        at(bill)
    );
    let render = |more: &[&str]| notes_of(&lab, &signed, more).exits(0).stdout_text().to_owned();
    assert_eq!(render(&[]), format!("{BEGIN}\n\n{notes}\n{END}\n"));

    // Into a text of somebody's, twice: the second time changes nothing.
    write(&lab, "notes.md", "By hand\n");
    let once = render(&["--into", "notes.md", "--append"]);
    assert!(once.starts_with("By hand\n"), "{once}");
    write(&lab, "notes.md", &once);
    assert_eq!(render(&["--into", "notes.md"]), once);
}

fn notes_of(lab: &Lab, record: &serde_json::Value, more: &[&str]) -> Ran {
    notes(lab, &["render"]).args(more).record(record).run()
}

#[test]
fn only_what_is_between_the_marks_changes_and_only_once() {
    let lab = Lab::new();
    let (before, after) = ("By hand\r\n\r\n", "\r\n\r\nalso \t by hand, without an end");
    write(&lab, "notes.md", &format!("{before}{BEGIN}\r\nold\r\n{END}{after}"));
    let once = render(&lab, &["--into", "notes.md"]).exits(0);
    let images = format!("\n## Images\n\n{IMAGES}\n").replace('\n', "\r\n");
    let expected = format!("{before}{BEGIN}\r\n{images}{END}{after}");
    assert_eq!(once.stdout_text(), expected);
    write(&lab, "notes.md", once.stdout_text());
    render(&lab, &["--into", "notes.md"]).exits(0).stdout(&expected);
}

#[test]
fn a_text_without_marks_gets_them_only_when_asked() {
    let lab = Lab::new();
    write(&lab, "notes.md", "By hand");
    render(&lab, &["--into", "notes.md"]).exits(65).stdout("").stderr(&format!(
        "ail-notes: notes.md has no place for the notes\n  no line says {BEGIN}, and none {END}\n  \
         next: write both lines where the notes shall stand, or give --append\n",
    ));
    let append = ["--into", "notes.md", "--append"];
    let once = render(&lab, &append).exits(0);
    let expected = format!("By hand\n\n{BEGIN}\n\n## Images\n\n{IMAGES}\n{END}\n");
    assert_eq!(once.stdout_text(), expected);
    write(&lab, "notes.md", once.stdout_text());
    render(&lab, &append).exits(0).stdout(&expected);
}

#[test]
fn marks_that_leave_it_open_are_refused_with_their_lines() {
    let lab = Lab::new();
    for (text, said) in [
        (format!("a\n{BEGIN}\n"), format!("line 2 says {BEGIN}, and no line says {END}")),
        (format!("{END}\n"), format!("line 1 says {END}, and no line says {BEGIN}")),
        (
            format!("{BEGIN}\n{END}\n{BEGIN}\n{END}\n"),
            format!("line 1 and line 3 both say {BEGIN}"),
        ),
        (
            format!("{BEGIN}\n{BEGIN}\n{END}\n{END}\n"),
            format!("line 1 and line 2 both say {BEGIN}"),
        ),
        (format!("{END}\n{BEGIN}\n"), format!("{END} in line 1 stands before {BEGIN} in line 2")),
    ] {
        write(&lab, "notes.md", &text);
        render(&lab, &["--into", "notes.md", "--append"]).exits(65).stdout("").stderr(&format!(
            "ail-notes: notes.md has no place for the notes\n  {said}\n  \
             next: leave one line of each, the beginning before the end\n",
        ));
    }
}

#[test]
fn changes_that_would_end_the_notes_are_refused() {
    let lab = Lab::new();
    write(&lab, "CHANGELOG.md", &format!("## 1.0.0 - 2026-01-01\n\n- Marks:\n\n  {END}\n"));
    render(&lab, &["--changes", "CHANGELOG.md"]).exits(65).stdout("").stderr(&format!(
        "ail-notes: CHANGELOG.md has the line {END}\n  it would end the notes before their end\n  \
         next: leave it out there, or write it behind other words\n",
    ));
}

#[test]
fn input_that_is_no_release_is_refused() {
    let lab = Lab::new();
    notes(&lab, &["render"]).record(&json!({"schema": "ail/1"})).run().exits(65).stdout("").stderr(
        "ail-notes: the record has no member `image`\n  next: make it with `ail-ami create`\n",
    );
    write(&lab, "assets.ndjson", "{\"type\":\"image\"}\n");
    render(&lab, &["--assets", "assets.ndjson"]).exits(65).stdout("").stderr(
        "ail-notes: cannot read assets from assets.ndjson\n  the input is not asset lines\n  \
         line 1: missing field `id`\n  \
         next: give the lines that `ail-assets list` prints with --output ndjson or json\n",
    );
    render(&lab, &["--into", "none.md"])
        .exits(66)
        .stdout("")
        .stderr("ail-notes: cannot read none.md\n  No such file or directory (os error 2)\n");
    let ran = render(&lab, &["--append"]).exits(2).stdout("");
    assert!(ran.stderr_text().contains("--into <FILE>"), "{ran:#?}");
}
