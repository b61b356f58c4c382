//! Waiting: for a success, a failure, too long, or not to the end.

use nix::sys::signal::Signal;
use serde_json::json;
use tests::{Lab, Ran};

use crate::stage::{LASTS, Project, TELLS, denied};

const FAILS: &str = r#"version: 0.2
phases:
  install:
    commands: [echo preparing]
  build:
    commands: [echo almost, 'printf "\033[31mno disk\033[0m\n"; exit 7']
  post_build:
    commands: [echo tidy]
"#;

#[test]
fn phases_are_progress_and_members_of_the_record() {
    let lab = Lab::new();
    let project = Project::new(&lab, TELLS);
    let started = project.started(&[]);
    let ran = project.tool(&["wait"]).record(&started).run();
    for line in ["DOWNLOAD_SOURCE: succeeded after N s\n", "POST_BUILD: succeeded after N s\n"] {
        assert!(ran.stderr_text().contains(line), "{ran:#?}");
    }
    assert!(ran.stderr_text().ends_with("ID:UUID: succeeded\nail-build wait: done in N s\n"));
    let record = ran.record();
    let phases = record["build"]["phases"].as_array().expect("a list");
    let names: Vec<_> = phases.iter().map(|phase| phase["name"].as_str().expect("text")).collect();
    assert_eq!(names.len(), 11, "{names:?}");
    assert_eq!((names[6], names[10]), ("BUILD", "COMPLETED"));
    // One that has ended is not waited for.
    assert_eq!(project.tool(&["wait"]).record(&record).run().record(), record);
}

#[test]
fn a_failure_names_its_phase_and_shows_its_last_lines() {
    let lab = Lab::new();
    let project = Project::new(&lab, FAILS);
    let started = project.started(&[]);
    let ran = project.tool(&["wait", "--quiet"]).record(&started).run().exits(1).stdout("");
    assert_eq!(
        without_times(&ran),
        r#"ail-build: the build ID:UUID failed in its phase BUILD (eu-central-1)
  COMMAND_EXECUTION_ERROR: Error while executing command: printf "\033[31mno disk\033[0m\n"; exit 7. Reason: exit status 7
  what its log says last:
    | [Container] Running command echo almost
    | almost
    | [Container] Running command printf "\033[31mno disk\033[0m\n"; exit 7
    | no disk
    | [Container] Command did not exit successfully printf "\033[31mno disk\033[0m\n"; exit 7 exit status 7
  next: read all of its log with `ail-build logs --build-id ID:UUID`
"#
    );
    let short = project.tool(&["wait", "--quiet", "--tail", "1"]).record(&started).run().exits(1);
    assert!(!short.stderr_raw().contains("no disk\n"), "{short:#?}");

    // Whoever may not read logs learns the rest all the same.
    lab.fault(&denied("logs", "GetLogEvents"));
    let ran = project.tool(&["wait", "--quiet"]).record(&started).run().exits(1).stdout("");
    let told = ran.stderr_text();
    assert!(told.contains("\n  COMMAND_EXECUTION_ERROR: Error while"), "{told}");
    assert!(told.contains("\n  its log cannot be read: GetLogEvents: AccessDenied"), "{told}");
}

/// CodeBuild's own lines begin with the time.
fn without_times(ran: &Ran) -> String {
    let lines = ran.stderr_text().lines().map(without_time).collect::<Vec<_>>().join("\n");
    format!("{lines}\n")
}

fn without_time(line: &str) -> String {
    match line.split_once("[Container] ") {
        Some((before, after)) => {
            let rest: Vec<_> = after.splitn(3, ' ').skip(2).collect();
            format!("{before}[Container] {}", rest.join(""))
        }
        None => line.to_owned(),
    }
}

#[test]
fn a_source_that_is_not_there() {
    let lab = Lab::new();
    let project = Project::new(&lab, TELLS);
    let started = project.started(&["--branch", "none"]);
    let ran = project.tool(&["wait", "--quiet", "--tail", "0"]).record(&started).run();
    ran.exits(1).stdout("").stderr(
        "ail-build: the build ID:UUID failed in its phase DOWNLOAD_SOURCE (eu-central-1)
  CLIENT_ERROR: reference not found for primary source and source version refs/heads/none
  next: read all of its log with `ail-build logs --build-id ID:UUID`
",
    );
}

#[test]
fn a_wait_that_ends_first_leaves_the_build_to_itself() {
    let lab = Lab::new();
    let project = Project::new(&lab, LASTS);
    let started = project.started(&[]);
    project.until_builds(&started);

    let wait = || project.tool(&["wait", "--quiet"]).record(&started);
    wait().args(["--timeout", "1s"]).run().exits(124).stdout("").stderr(
        "ail-build: cannot see the build ID:UUID to its end (eu-central-1)
  waited 1s for ID:UUID to end
  last seen: BUILD
  done before: ID:UUID is started and goes on; `ail-build stop --build-id ID:UUID` ends it
  next: run the same command again to go on waiting, or give a longer --timeout
",
    );
    for (signal, status, what) in
        [(Signal::SIGINT, 130, "interrupted"), (Signal::SIGTERM, 143, "told to end")]
    {
        let mut running = project.tool(&["wait"]).record(&started).start();
        running.until_says(": BUILD\n");
        running.signal(signal);
        let ran = running.wait().exits(status).stdout("");
        let end = format!(
            "ail-build: {what}\n  done before: ID:UUID is started and goes on; \
             `ail-build stop --build-id ID:UUID` ends it\n"
        );
        assert!(ran.stderr_text().ends_with(&end), "{ran:#?}");
    }
    assert_eq!(project.seen(&started)["buildStatus"], "IN_PROGRESS");
    assert_eq!(lab.mutating_calls(), ["StartBuild"]);

    project.tool(&["stop", "--yes"]).record(&started).run().exits(0);
}

#[test]
fn a_build_that_runs_out_of_its_own_time() {
    let lab = Lab::new();
    let project = Project::with_minutes(&lab, LASTS, 5);
    let started = project.started(&[]);
    let ran = project.tool(&["wait", "--quiet"]).record(&started).run().exits(1).stdout("");
    assert_eq!(
        without_times(&ran),
        "ail-build: the build ID:UUID ran out of its own time in its phase BUILD (eu-central-1)
  BUILD_TIMED_OUT: Build has timed out.
  what its log says last:
    | [Container] Running command echo begun
    | begun
    | [Container] Running command sleep 600
  next: see where its time went with `ail-build logs --build-id ID:UUID`, or give the project \
a longer timeout
"
    );
}

#[test]
fn what_is_no_build() {
    let lab = Lab::new();
    let build = |verb: &str, record: &serde_json::Value| {
        lab.tool("ail-build").args([verb]).record(record).run().exits(65).stdout("")
    };
    for verb in ["wait", "logs", "stop"] {
        build(verb, &json!({"schema": "ail/1"})).stderr(
            "ail-build: the record has no member `build`
  next: make it with `ail-build start`, or give --build-id
",
        );
        build(verb, &json!({"schema": "ail/1", "build": 1}));
        let ran = lab.tool("ail-build").args([verb, "--build-id", "x"]).run().exits(2);
        assert!(ran.stderr_raw().contains("a build's id is PROJECT:UUID"), "{ran:#?}");
    }
    assert_eq!(lab.calls(), [""; 0]);
    lab.tool("ail-build").args(["wait", "--build-id", "p:none"]).run().exits(66).stdout("").stderr(
        "ail-build: cannot see the build p:none to its end (eu-central-1)
  the build p:none does not exist (eu-central-1)
  next: check the id and the region; CodeBuild forgets builds after a year
",
    );
}

#[test]
fn no_permission() {
    let lab = Lab::new();
    lab.fault(&denied("codebuild", "BatchGetBuilds"));
    lab.tool("ail-build").args(["wait", "--build-id", "p:1"]).run().exits(77).stdout("").stderr(
        "ail-build: cannot see the build p:1 to its end (eu-central-1)
  BatchGetBuilds: AccessDeniedException: not authorized (request …)
  next: check the credentials, and that their policy allows BatchGetBuilds
",
    );
}
