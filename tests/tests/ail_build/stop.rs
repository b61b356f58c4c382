//! Ending a build before its time.

use tests::Lab;

use crate::stage::{LASTS, Project, denied};

#[test]
fn a_build_is_stopped_once_and_wants_yes() {
    let lab = Lab::new();
    let project = Project::new(&lab, LASTS);
    let record = project.started(&[]);
    project.until_builds(&record);
    let stop = |arguments: &[&str]| {
        project.tool(&[&["stop", "--quiet"], arguments].concat()).record(&record)
    };
    stop(&[]).run().exits(80).stdout("").stderr(
        "ail-build: this would stop ID:UUID, which is in its phase BUILD
  next: look at it with --dry-run, then give --yes
",
    );
    let plan = stop(&["--dry-run"]).run().exits(0);
    assert!(plan.stdout_text().ends_with(", which is in its phase BUILD\n"), "{plan:#?}");
    assert!(plan.stdout_text().starts_with("would stop id-"), "{plan:#?}");
    lab.fault(&denied("codebuild", "StopBuild"));
    stop(&["--yes"]).run().exits(77).stdout("").stderr(
        "ail-build: cannot stop the build ID:UUID (eu-central-1)
  StopBuild: AccessDeniedException: not authorized (request …)
  next: check the credentials, and that their policy allows StopBuild
",
    );
    assert_eq!(project.seen(&record)["buildStatus"], "IN_PROGRESS");
    let stopped = stop(&["--yes"]).run().record();
    assert_eq!(stopped["build"]["status"], "STOPPED");
    assert_eq!(project.seen(&record)["buildStatus"], "STOPPED");
    let before = lab.mutating_calls();
    let again = project.tool(&["stop", "--yes"]).record(&record).run();
    again.exits(0).stderr("ID:UUID has ended already: STOPPED\nail-build stop: done in N s\n");
    assert_eq!(lab.mutating_calls(), before);

    let ran = project.tool(&["wait", "--quiet", "--tail", "0"]).record(&record).run();
    ran.exits(1).stdout("").stderr(
        "ail-build: the build ID:UUID was stopped in its phase BUILD (eu-central-1)
  next: read all of its log with `ail-build logs --build-id ID:UUID`
",
    );
}
