//! One test's corner of the cloud: a home of its own, an access key of its own.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::cloud::{repository, text};
use crate::{Cloud, Tool};

/// Where one test runs its tools.
#[derive(Debug)]
pub struct Lab {
    home: TempDir,
    caller: String,
}

/// A fault that the cloud is asked for; see `scripts/local_cloud/faults.py`.
#[derive(Clone, Debug)]
pub struct Fault {
    /// The service's name in signatures (`ec2`).
    pub service: &'static str,
    /// The API's name of the call.
    pub operation: &'static str,
    /// How often it strikes.
    pub times: u32,
    /// The HTTP status.
    pub status: u16,
    /// The service's error code; empty for a call that is only slow.
    pub code: &'static str,
    /// The service's message.
    pub message: &'static str,
    /// Seconds before the answer.
    pub delay: f64,
}

impl Default for Fault {
    fn default() -> Self {
        Self {
            service: "ec2",
            operation: "",
            times: 1,
            status: 400,
            code: "",
            message: "",
            delay: 0.0,
        }
    }
}

static PYTHON: LazyLock<PathBuf> = LazyLock::new(|| python("scripts/requirements.txt"));

/// The programs of a pinned Python environment, which is made if need be.
fn python(requirements: &str) -> PathBuf {
    let mut venv = Command::new(repository().join("scripts/venv"));
    let out = venv.arg(repository().join(requirements)).output().expect("scripts/venv runs");
    assert!(out.status.success(), "scripts/venv: {}", text(&out.stderr));
    PathBuf::from(text(&out.stdout).trim()).join("bin")
}

impl Default for Lab {
    fn default() -> Self {
        Self::new()
    }
}

impl Lab {
    /// A corner of the shared cloud.
    pub fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        Self {
            home: tempfile::tempdir().expect("a temporary directory"),
            caller: format!("caller-{}-{number}", std::process::id()),
        }
    }

    /// The access key under which its tools call, by which the cloud tells them apart.
    pub(crate) fn caller(&self) -> &str {
        &self.caller
    }

    /// The home directory of the tools, empty at first.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Where the tools keep private keys (`$XDG_STATE_HOME/ail`).
    pub fn state(&self) -> PathBuf {
        self.home().join("state/ail")
    }

    /// An asset id that no other test has.
    pub fn asset_id(&self) -> String {
        self.caller.replace("caller", "id")
    }

    /// A tool of this workspace, ready to run.
    pub fn tool(&self, name: &str) -> Tool {
        self.program(binaries().join(name))
    }

    /// Any program, with the tools on its PATH.
    pub fn program(&self, path: impl AsRef<Path>) -> Tool {
        let directory = binaries();
        let mut tool = Tool::new(self.home(), path.as_ref());
        for (key, value) in Cloud::shared().environment() {
            tool = tool.env(key, value);
        }
        let path = format!(
            "{}:{}:{}",
            directory.display(),
            PYTHON.display(),
            std::env::var("PATH").unwrap_or_default()
        );
        tool.env("HOME", self.home())
            .env("XDG_STATE_HOME", self.home().join("state"))
            .env("PATH", path)
            .env("AWS_ACCESS_KEY_ID", &self.caller)
    }

    /// A recipe of the justfile, on the shared cloud; records go to [`Lab::out`].
    pub fn just(&self, recipe: &str) -> Tool {
        let cloud = Cloud::shared();
        let target = binaries().parent().expect("target/PROFILE").to_owned();
        // As a person at a shell, with compilers and caches where they are; only the
        // tools' own settings are the test's.
        let own = |name: &str| name.starts_with("AIL_") || name.starts_with("AWS_");
        std::env::vars()
            .filter(|(name, _)| !own(name))
            .fold(self.program(repository().join("scripts/just")), |tool, (name, value)| {
                tool.env(name, value)
            })
            // The tools are built: the tests run them.
            .args(["--no-deps", recipe])
            .current_dir(&repository())
            .env("CARGO_TARGET_DIR", target)
            .env("XDG_STATE_HOME", self.home().join("state"))
            .env("AIL_CLOUD_NAME", cloud.name())
            .env("AIL_ASSET_ID", self.asset_id())
            .env("AIL_OUT", self.out())
    }

    /// Where the recipes keep their records.
    pub fn out(&self) -> PathBuf {
        self.home().join("out")
    }

    /// One of the readers of `tests/readers`: boto3, not our own code, looks at the cloud.
    pub fn reader(&self, name: &str) -> Tool {
        let script = repository().join("tests/readers").join(name);
        let tool = self.program(PYTHON.join("python")).args([script]);
        let environment = Cloud::shared().environment();
        environment.iter().fold(tool, |tool, (name, value)| tool.env(name, value))
    }

    /// The packages that a bill of materials names, a line each, after CycloneDX's own
    /// library has checked it.
    #[track_caller]
    pub fn bill(&self, file: &Path) -> Vec<String> {
        let script = repository().join("tests/readers/bill.py");
        let python = python("scripts/requirements-checkov.txt").join("python");
        let ran = self.program(python).args([&script, file]).run().exits(0);
        ran.stdout_text().lines().map(str::to_owned).collect()
    }

    /// The aws CLI: an independent reader. Gives its JSON answer, or `null` for none.
    pub fn aws(&self, arguments: &[&str]) -> Value {
        let out = Command::new(PYTHON.join("aws"))
            .args(arguments)
            .args(["--output", "json"])
            .envs(Cloud::shared().environment())
            .env("AWS_PAGER", "")
            .output()
            .expect("the aws CLI is installed");
        assert!(out.status.success(), "aws {}: {}", arguments.join(" "), text(&out.stderr));
        match out.stdout.iter().all(u8::is_ascii_whitespace) {
            true => Value::Null,
            false => serde_json::from_slice(&out.stdout).expect("the aws CLI prints JSON"),
        }
    }

    /// Asks for a fault that strikes only this test's calls.
    pub fn fault(&self, fault: &Fault) {
        let body = json!({
            "service": fault.service,
            "operation": fault.operation,
            "times": fault.times,
            "status": fault.status,
            "code": fault.code,
            "message": fault.message,
            "delay": fault.delay,
            "caller": self.caller,
        });
        Cloud::shared().control("POST", "/ail-cloud/faults", &body.to_string());
    }

    /// The operations that this test's tools called, in order.
    pub fn calls(&self) -> Vec<String> {
        self.logged(|_| true)
    }

    /// Those of them that change something.
    pub fn mutating_calls(&self) -> Vec<String> {
        self.logged(|call| call["mutating"] == true)
    }

    fn logged(&self, wanted: impl Fn(&Value) -> bool) -> Vec<String> {
        let calls = Cloud::shared().calls().into_iter();
        calls
            .filter(|call| call["caller"] == self.caller.as_str() && wanted(call))
            .map(|call| call["operation"].as_str().expect("each call has its name").to_owned())
            .collect()
    }
}

/// The directory of the binaries, two above that of this test (`target/debug/deps`).
fn binaries() -> PathBuf {
    let test = std::env::current_exe().expect("this test has a path");
    test.ancestors().nth(2).expect("tests lie in target/PROFILE/deps").to_owned()
}
