//! Builds that are started, once.

use nix::sys::signal::Signal;
use serde_json::json;
use tests::{Cloud, Fault, Lab};

use crate::stage::{LASTS, Project, TELLS, text, until};

#[test]
fn a_branch_is_built_with_its_settings_and_once() {
    let lab = Lab::new();
    let project = Project::new(&lab, TELLS);
    let id = &project.name;
    let gate = lab.home().join("gate");
    let held = format!("GATE={}", gate.display());
    let arguments = ["--branch", "main", "--env", "COLOUR=red", "--env", &held];

    let first = project.started(&arguments);
    let build = &first["build"];
    assert_eq!((&first["asset_id"], &build["version"]), (&json!(id), &json!("refs/heads/main")));
    assert_eq!(build["status"], "IN_PROGRESS");
    assert_eq!(lab.mutating_calls(), ["StartBuild"]);

    // The same again, and another one of the same asset id.
    let again = project.start(&arguments).run();
    let under_way = format!("{} is under way already: ", text(&build["id"]));
    assert!(again.stderr_raw().starts_with(&under_way), "{again:#?}");
    assert_eq!(again.record()["build"]["id"], build["id"]);
    let refused = project.start(&["--branch", "main", "--publish", "yes"]).run();
    let refused = refused.exits(73).stdout("").stderr_text();
    let (told, phase) = (refused.lines().collect::<Vec<_>>(), "  it is in its phase ");
    assert_eq!(
        [told[0], told[1], told[3]],
        [
            "ail-build: cannot start a build of ID (eu-central-1)",
            "  ID:UUID releases the asset id ID of refs/heads/main now, with other settings",
            "  next: wait for it with `ail-build wait --build-id ID:UUID`, or end it with \
             `ail-build stop --build-id ID:UUID`",
        ]
    );
    assert!(told[2].starts_with(phase), "{refused}");
    assert_eq!(lab.mutating_calls(), ["StartBuild"]);

    std::fs::write(&gate, "").expect("writable");
    let ended = project.tool(&["wait"]).record(&first).run().record();
    assert_eq!(ended["build"]["status"], "SUCCEEDED");
    assert_eq!(ended["build"]["commit"], json!(project.git(&["rev-parse", "main"])));
    let told = format!("asset={id} publish=no test=no colour=red");
    assert_eq!(project.said(&first), [told.as_str(), "first"]);

    // One that has ended is no reason not to start another.
    let second = project.started(&arguments);
    assert_ne!(second["build"]["id"], build["id"]);
    assert_eq!(lab.mutating_calls(), ["StartBuild", "StartBuild"]);
    project.ended(&second);
}

#[test]
fn a_tag_is_not_the_branch_of_the_same_name() {
    let lab = Lab::new();
    let project = Project::new(&lab, TELLS);
    project.git(&["tag", "v1"]);
    project.commit("word", "second\n");
    project.git(&["branch", "v1"]);
    for (arguments, said) in [
        (&["--tag", "v1", "--publish", "yes"][..], ["publish=yes test=no", "first"]),
        (&["--branch", "v1", "--test-release"], ["publish=no test=yes", "second"]),
        (&[], ["publish=no test=no", "second"]),
    ] {
        let record = project.started(arguments);
        project.ended(&record);
        let told = format!("asset={} {} colour=", project.name, said[0]);
        assert_eq!(project.said(&record), [told.as_str(), said[1]]);
    }
}

#[test]
fn a_dry_run_starts_nothing() {
    let lab = Lab::new();
    let project = Project::new(&lab, TELLS);
    let plan = project.start(&["--tag", "v1", "--secret", "TOKEN=mine", "--dry-run"]).run();
    let id = &project.name;
    plan.exits(0).stdout(&format!(
        "would start a build of {id} of refs/tags/v1 with AIL_ASSET_ID={id}, AIL_PUBLISH=no, \
         AIL_TEST_RELEASE=no, TOKEN of the secret mine (eu-central-1)\n"
    ));
    assert_eq!(lab.mutating_calls(), [""; 0]);
}

#[test]
fn the_project_is_that_of_the_stack() {
    let lab = Lab::new();
    let project = Project::new(&lab, TELLS);
    let (stack, name) = (format!("stack-{}", project.name), &project.name);
    let template = json!({
        "Resources": {"Queue": {"Type": "AWS::SQS::Queue"}},
        "Outputs": {"ProjectName": {"Value": name}},
    });
    let (template, wait) = (template.to_string(), ["cloudformation", "wait"]);
    lab.aws(&[
        "cloudformation",
        "create-stack",
        "--stack-name",
        &stack,
        "--template-body",
        &template,
    ]);
    lab.aws(&[&wait[..], &["stack-create-complete", "--stack-name", &stack]].concat());
    let record = project.tool(&["start", "--build-stack", &stack]).run().record();
    assert_eq!(record["build"]["project"], json!(name));
    project.ended(&record);
}

#[test]
fn throttling_is_slowed_down_for() {
    let lab = Lab::new();
    let project = Project::new(&lab, TELLS);
    lab.fault(&Fault {
        service: "codebuild",
        operation: "StartBuild",
        code: "ThrottlingException",
        message: "Rate exceeded",
        times: 2,
        ..Fault::default()
    });
    let record = project.started(&[]);
    assert_eq!(lab.mutating_calls(), ["StartBuild", "StartBuild", "StartBuild"]);
    project.ended(&record);
}

#[test]
fn an_interrupted_start_leaves_no_build() {
    let lab = Lab::new();
    let project = Project::new(&lab, LASTS);
    lab.fault(&Fault {
        service: "codebuild",
        operation: "StartBuild",
        delay: 2.5,
        ..Fault::default()
    });
    let running = project.start(&[]).start();
    // It is gone once it has struck.
    until("the start is under way", || {
        !Cloud::shared().control("GET", "/ail-cloud/faults", "").contains("\"delay\": 2.5")
    });
    running.signal(Signal::SIGINT);
    let ran = running.wait().exits(130).stdout("");
    assert_eq!(
        ran.stderr_text(),
        "ail-build: taking back: stop the build of ID
ail-build: interrupted
  undone: stop the build of ID
"
    );
    let ids = lab.aws(&["codebuild", "list-builds-for-project", "--project-name", &project.name]);
    let id = text(&ids["ids"][0]);
    let record = json!({"build": {"id": id}});
    until("it is stopped", || project.seen(&record)["buildStatus"] == "STOPPED");
}
