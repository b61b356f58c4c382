//! A local cloud for one test file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use serde_json::Value;

/// A running local cloud.
#[derive(Debug)]
pub struct Cloud {
    name: String,
    environment: BTreeMap<String, String>,
}

static SHARED: LazyLock<Cloud> = LazyLock::new(Cloud::start);

impl Cloud {
    /// The cloud of this test process. It is taken down when the process ends, however
    /// it ends.
    pub fn shared() -> &'static Self {
        &SHARED
    }

    fn start() -> Self {
        let name = format!("test-{}", std::process::id());
        let up = scripts_cloud(&name, "up");
        assert!(up.status.success(), "the local cloud does not start: {}", text(&up.stderr));
        take_down_with_this_process(&name);
        let environment = text(&scripts_cloud(&name, "env").stdout)
            .lines()
            .filter_map(|line| line.strip_prefix("export ")?.split_once('='))
            .map(|(key, value)| (key.to_owned(), value.trim_matches('\'').to_owned()))
            .collect();
        Self { name, environment }
    }

    /// The name it runs under (`AIL_CLOUD_NAME`).
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The endpoint of the API.
    pub fn endpoint(&self) -> &str {
        &self.environment["AWS_ENDPOINT_URL"]
    }

    /// What a process needs in its environment to talk to this cloud.
    pub fn environment(&self) -> &BTreeMap<String, String> {
        &self.environment
    }

    /// The log of all calls, an object each.
    pub fn calls(&self) -> Vec<Value> {
        let path = Path::new("/var/tmp/ail-cloud").join(&self.name).join("calls.ndjson");
        let log = std::fs::read_to_string(&path).expect("the cloud keeps a log of calls");
        // Somebody else's call may be being written.
        let whole = log.rfind('\n').map_or("", |end| &log[..end]);
        whole
            .lines()
            .map(|line| serde_json::from_str(line).expect("a JSON object a line"))
            .collect()
    }

    /// The operations that changed something, whoever called: recipes call as the cloud's own user.
    pub fn mutating_calls(&self) -> Vec<String> {
        let calls = self.calls().into_iter().filter(|call| call["mutating"] == true);
        calls
            .map(|call| call["operation"].as_str().expect("each call has its name").to_owned())
            .collect()
    }

    /// Sends a request to the cloud's own control paths.
    pub fn control(&self, method: &str, path: &str, body: &str) -> String {
        let url = format!("{}{path}", self.endpoint());
        let out = Command::new("curl")
            .args(["--silent", "--show-error", "--fail-with-body", "--request", method])
            .args(["--data", body, &url])
            .output()
            .expect("curl is installed");
        assert!(
            out.status.success(),
            "{method} {path}: {}{}",
            text(&out.stdout),
            text(&out.stderr)
        );
        text(&out.stdout)
    }
}

fn scripts_cloud(name: &str, verb: &str) -> std::process::Output {
    Command::new(repository().join("scripts/cloud"))
        .arg(verb)
        .envs([("AIL_CLOUD_NAME", name), ("AIL_CLOUD_PORT", "0"), ("AIL_CLOUD_PENDING", "1")])
        // What the services do once a minute need not be waited for so long.
        .env("AIL_CLOUD_MINUTE", "5")
        // As an account of long ago. What today's refuses is a fault to ask for.
        .env("AIL_CLOUD_LAUNCH_CONFIGURATIONS", "true")
        .stdin(Stdio::null())
        .output()
        .expect("scripts/cloud runs")
}

/// A shell that waits for the end of its input, which is the end of this process.
fn take_down_with_this_process(name: &str) {
    let watcher = Command::new("setsid")
        .args(["sh", "-c", "cat; exec \"$0\" down"])
        .arg(repository().join("scripts/cloud"))
        .env("AIL_CLOUD_NAME", name)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("setsid is installed");
    // Neither waited for nor closed: that is the point.
    std::mem::forget(watcher);
}

/// The root of the repository.
pub(crate) fn repository() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().expect("tests/ lies in the repository").to_owned()
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
