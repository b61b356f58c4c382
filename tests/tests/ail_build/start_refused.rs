//! Starts that are refused, most of them before any call.

use serde_json::json;
use tests::{Fault, Lab};

use crate::stage::{Project, TELLS, denied};

#[test]
fn what_does_not_mean_anything() {
    let lab = Lab::new();
    for (arguments, complaint) in [
        (&["--branch", "a", "--tag", "b"][..], "cannot be used with"),
        (&["--branch", "refs/heads/a"], "give the name without refs/…/"),
        (&["--tag", "a b"], "this is no name of a branch or a tag"),
        (&["--env", "A"], "write it as NAME=VALUE"),
        (&["--env", "CODEBUILD_X=1"], "names that begin with CODEBUILD_ are CodeBuild's own"),
        (&["--publish", "perhaps"], "[possible values: yes, no]"),
        (&["--publish", "yes", "--test-release"], "a test release cannot be published"),
        (&["--env", "AIL_PUBLISH=yes"], "AIL_PUBLISH has an option of its own"),
        (&["--env", "A=1", "--secret", "A=x"], "A is given twice"),
    ] {
        let start = ["start", "--project", "p", "--asset-id", "1"];
        let tool = lab.tool("ail-build").args([&start[..], arguments].concat());
        let ran = tool.run().exits(2).stdout("");
        assert!(ran.stderr_raw().contains(complaint), "{complaint}: {ran:#?}");
    }
    assert_eq!(lab.calls(), [""; 0]);
}

#[test]
fn a_password_as_plain_text() {
    let lab = Lab::new();
    let arguments = ["start", "--asset-id", "1", "--env", "AIL_DEFAULT_PASSWORD=x"];
    lab.tool("ail-build").args(arguments).run().exits(2).stdout("").stderr(
        "ail-build: AIL_DEFAULT_PASSWORD is a secret, and everybody can read a build's variables
  next: put it into Secrets Manager, and give --secret AIL_DEFAULT_PASSWORD=NAME-OF-THE-SECRET
",
    );
    assert_eq!(lab.calls(), [""; 0]);
}

#[test]
fn no_asset_id() {
    let lab = Lab::new();
    let record = json!({"schema": "ail/1"});
    lab.tool("ail-build").args(["start"]).record(&record).run().exits(2).stdout("").stderr(
        "ail-build: no asset id is given
  next: give --asset-id, or set AIL_ASSET_ID, or put asset_id into the record
",
    );
    assert_eq!(lab.calls(), [""; 0]);
}

#[test]
fn a_project_and_a_stack_that_are_not_there() {
    let lab = Lab::new();
    let start = |arguments: &[&str]| {
        let given = [&["start", "--asset-id", "1"], arguments].concat();
        lab.tool("ail-build").args(given).run().exits(66).stdout("")
    };
    start(&["--project", "none"]).stderr(
        "ail-build: cannot start a build of none (eu-central-1)
  ListBuildsForProject: ResourceNotFoundException: The provided project \
arn:aws:codebuild:eu-central-1:123456789012:project/none does not exist (request …)
",
    );
    start(&["--build-stack", "NONE"]).stderr(
        "ail-build: the stack NONE, which has the release project, does not exist (eu-central-1)
  next: deploy it with `ail-stack up --kind release-codebuild`, or give --project
",
    );
    assert_eq!(lab.mutating_calls(), [""; 0]);
}

#[test]
fn a_project_that_is_busy() {
    let lab = Lab::new();
    let project = Project::new(&lab, TELLS);
    lab.fault(&Fault {
        service: "codebuild",
        operation: "StartBuild",
        code: "AccountLimitExceededException",
        message: "Too many builds",
        ..Fault::default()
    });
    project.start(&["--quiet"]).run().exits(69).stdout("").stderr(
        "ail-build: cannot start a build of ID (eu-central-1)
  StartBuild: AccountLimitExceededException: Too many builds (request …)
  undone: stop the build of ID
  next: wait until a build of the project has ended, then run this again
",
    );
}

#[test]
fn no_permission() {
    let lab = Lab::new();
    let project = Project::new(&lab, TELLS);
    lab.fault(&denied("codebuild", "StartBuild"));
    project.start(&[]).run().exits(77).stdout("").stderr(
        "ail-build: taking back: stop the build of ID
ail-build: cannot start a build of ID (eu-central-1)
  StartBuild: AccessDeniedException: not authorized (request …)
  undone: stop the build of ID
  next: check the credentials, and that their policy allows StartBuild
",
    );
    assert_eq!(lab.mutating_calls(), ["StartBuild"]);
}
