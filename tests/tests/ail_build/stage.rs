//! What the tests stand on: a repository, a project that builds it, and builds.

use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tests::{Cloud, Fault, Lab, Tool};

/// A project of CodeBuild and its repository, of one test alone.
pub struct Project<'a> {
    pub lab: &'a Lab,
    pub name: String,
}

/// Says what it was started for, and what it was built from; where it has a gate, once that is there.
pub const TELLS: &str = r#"version: 0.2
phases:
  build:
    commands:
      - until [ -z "$GATE" ] || [ -e "$GATE" ]; do sleep 0.1; done
      - echo "asset=$AIL_ASSET_ID publish=$AIL_PUBLISH test=$AIL_TEST_RELEASE colour=$COLOUR"
      - cat word
"#;

/// Takes until it is stopped.
pub const LASTS: &str = r#"version: 0.2
phases:
  build:
    commands: [echo begun, sleep 600]
"#;

impl<'a> Project<'a> {
    pub fn new(lab: &'a Lab, buildspec: &str) -> Self {
        Self::with_minutes(lab, buildspec, 60)
    }

    /// One whose builds have so many minutes; a minute of the tests' cloud lasts five seconds.
    pub fn with_minutes(lab: &'a Lab, buildspec: &str, minutes: u32) -> Self {
        let project = Self { lab, name: lab.asset_id() };
        let directory = lab.home().join("repository");
        std::fs::create_dir(&directory).expect("the home is empty");
        project.git(&["init", "--quiet", "--initial-branch=main"]);
        project.commit("word", "first\n");
        project.commit("buildspec.yml", buildspec);
        let url = format!("https://github.com/example/{}", project.name);
        let source = json!({"url": url, "directory": directory});
        Cloud::shared().control("POST", "/ail-cloud/sources", &source.to_string());
        let role = project.role();
        let asked = json!({
            "name": project.name,
            "source": {"type": "GITHUB", "location": url},
            "sourceVersion": "main",
            "artifacts": {"type": "NO_ARTIFACTS"},
            "environment": {
                "type": "LINUX_CONTAINER",
                "image": "aws/codebuild/standard:7.0",
                "computeType": "BUILD_GENERAL1_SMALL",
            },
            "serviceRole": role,
            "timeoutInMinutes": minutes,
        });
        lab.aws(&["codebuild", "create-project", "--cli-input-json", &asked.to_string()]);
        project
    }

    fn role(&self) -> String {
        let trust = json!({"Statement": [{
            "Effect": "Allow",
            "Principal": {"Service": "codebuild.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }]});
        let trust = trust.to_string();
        let asked = ["iam", "create-role", "--role-name", &self.name];
        let role = self.lab.aws(&[&asked[..], &["--assume-role-policy-document", &trust]].concat());
        text(&role["Role"]["Arn"]).to_owned()
    }

    /// git in the repository; what it prints.
    pub fn git(&self, arguments: &[&str]) -> String {
        let out = Command::new("git")
            .args(["-c", "user.name=t", "-c", "user.email=t@example.com"])
            .args(arguments)
            .current_dir(self.lab.home().join("repository"))
            .output()
            .expect("git is installed");
        assert!(out.status.success(), "git {arguments:?}: {out:?}");
        String::from_utf8(out.stdout).expect("text").trim().to_owned()
    }

    pub fn commit(&self, file: &str, content: &str) {
        std::fs::write(self.lab.home().join("repository").join(file), content).expect("writable");
        self.git(&["add", "."]);
        self.git(&["commit", "--quiet", "--message", file]);
    }

    /// The tool with the asset id of this test.
    pub fn tool(&self, arguments: &[&str]) -> Tool {
        let given = [arguments, &["--asset-id", &self.name]].concat();
        self.lab.tool("ail-build").args(given)
    }

    /// The tool about this test's project.
    pub fn start(&self, arguments: &[&str]) -> Tool {
        self.tool(&[&["start", "--project", &self.name], arguments].concat())
    }

    /// A build that was started.
    #[track_caller]
    pub fn started(&self, arguments: &[&str]) -> Value {
        self.start(arguments).run().record()
    }

    /// The end of a build that was started, whatever it is.
    pub fn ended(&self, record: &Value) {
        self.tool(&["wait", "--quiet"]).record(record).run();
    }

    /// What its commands printed, without CodeBuild's own lines.
    pub fn said(&self, record: &Value) -> Vec<String> {
        let ran = self.tool(&["logs"]).record(record).run().exits(0);
        let own = |line: &&str| !line.starts_with("[Container] ");
        ran.stdout_text().lines().filter(own).map(str::to_owned).collect()
    }

    /// The build as the aws CLI sees it.
    pub fn seen(&self, record: &Value) -> Value {
        let id = text(&record["build"]["id"]);
        self.lab.aws(&["codebuild", "batch-get-builds", "--ids", id])["builds"][0].clone()
    }

    /// Waits until a build is in its phase BUILD.
    pub fn until_builds(&self, record: &Value) {
        until("it builds", || self.seen(record)["currentPhase"] == "BUILD");
    }
}

#[track_caller]
pub fn until(what: &str, ready: impl Fn() -> bool) {
    let started = Instant::now();
    while !ready() {
        assert!(started.elapsed() < Duration::from_secs(120), "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[track_caller]
pub fn text(value: &Value) -> &str {
    value.as_str().expect("text")
}

pub fn denied(service: &'static str, operation: &'static str) -> Fault {
    Fault {
        service,
        operation,
        code: "AccessDeniedException",
        message: "not authorized",
        ..Fault::default()
    }
}
