//! Logs: whole, while they grow, and to a reader who has seen enough.

use tests::Lab;

use crate::stage::{Project, denied, text, until};

const TALKS: &str = r#"version: 0.2
phases:
  build:
    commands:
      - echo one
      - until [ -e "$GATE" ]; do sleep 0.1; done
      - echo two
"#;
/// More lines than one answer of GetLogEvents has.
const LONG: &str = r#"version: 0.2
phases:
  build:
    commands: [seq 10500]
"#;

#[test]
fn a_log_is_followed_to_the_end_of_the_build() {
    let lab = Lab::new();
    let project = Project::new(&lab, TALKS);
    let gate = lab.home().join("gate");
    let record = project.started(&["--env", &format!("GATE={}", gate.display())]);
    let out = lab.home().join("followed");
    let follow = r#"ail-build logs --follow --quiet --build-id "$ID" > "$OUT""#;
    let running = lab
        .program("/bin/bash")
        .args(["-c", follow])
        .env("ID", text(&record["build"]["id"]))
        .env("OUT", &out)
        .start();
    let followed = || std::fs::read_to_string(&out).unwrap_or_default();
    until("the first line is there", || followed().contains("\none\n"));
    // What is there so far, without waiting.
    assert_eq!(project.said(&record), ["one"]);
    assert!(!followed().contains("\ntwo\n"));
    std::fs::write(&gate, "").expect("writable");
    running.wait().exits(0).stderr("");
    assert!(followed().contains("\ntwo\n"), "{}", followed());
    assert!(followed().contains("Phase complete: FINALIZING State: SUCCEEDED"), "{}", followed());
}

#[test]
fn a_long_log_is_read_page_by_page() {
    let lab = Lab::new();
    let project = Project::new(&lab, LONG);
    let record = project.started(&[]);
    project.ended(&record);
    let said = project.said(&record);
    assert_eq!((said.len(), said[10_499].as_str()), (10_500, "10500"));
    // A reader that has seen enough is no failure.
    let head = r#"set -o pipefail; ail-build logs --quiet --build-id "$ID" | head -n 1"#;
    let id = text(&record["build"]["id"]);
    let ran = lab.program("/bin/bash").args(["-c", head]).env("ID", id).run().exits(0).stderr("");
    assert_eq!(ran.stdout_text().lines().count(), 1);
}

#[test]
fn no_log_yet_and_no_permission() {
    let lab = Lab::new();
    let project = Project::new(&lab, LONG);
    let record = project.started(&[]);
    let ran = project.tool(&["logs"]).record(&record).run().exits(0);
    // On a busy machine it may have one by now.
    if ran.stdout_text().is_empty() {
        assert!(ran.stderr_text().starts_with("ID:UUID has no log yet: "), "{ran:#?}");
    }
    project.ended(&record);
    lab.fault(&denied("logs", "GetLogEvents"));
    project.tool(&["logs"]).record(&record).run().exits(77).stdout("").stderr(
        "ail-build: cannot read the log of ID:UUID (eu-central-1)
  GetLogEvents: AccessDeniedException: not authorized (request …)
  next: check the credentials, and that their policy allows GetLogEvents
",
    );
}
