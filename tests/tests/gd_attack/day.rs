//! The one GameDay that all attacks are made on: a network, queues, and a worker that works.

use std::path::PathBuf;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tests::{Cloud, Lab, Ran, Tool};

/// In the order in which they build and repair.
pub const TOOLS: [&str; 3] = ["gd-vpc", "gd-queue", "gd-fleet"];

/// Whose GameDay it is.
pub const TEAM: &str = "red";

/// A job that was with a worker which went is another one's after 90 s, the time for which the queue
/// hides it. Twice that, and the boot of a worker: a canary that has not come after this does not
/// come.
const CANARY: &str = "240s";

/// A GameDay that is up.
pub struct Day {
    lab: Lab,
    /// Of a site that workers reach.
    picture: String,
    /// As the last run that built or repaired left it.
    pub record: Value,
    /// Whether a test may have left it damaged.
    damaged: bool,
}

static DAY: LazyLock<Mutex<Day>> = LazyLock::new(|| Mutex::new(Day::build()));

impl Day {
    /// The GameDay, whole, for one test alone.
    pub fn whole() -> MutexGuard<'static, Self> {
        let mut day = DAY.lock().unwrap_or_else(PoisonError::into_inner);
        if day.damaged {
            day.repair();
        }
        day.damaged = true;
        day
    }

    /// Says that it is whole at the end of a test.
    pub fn is_whole(&mut self) {
        self.damaged = false;
    }

    fn build() -> Self {
        let (lab, picture) = (Lab::new(), crate::site::picture());
        let mut day = Self { lab, picture, record: Value::Null, damaged: false };
        for tool in TOOLS {
            let input = std::mem::take(&mut day.record);
            let up = day.tool_of(&day.lab, tool).args(["up"]);
            let up = if input.is_null() { up } else { up.record(&input) };
            day.record = up.run().record();
        }
        day.canary();
        day
    }

    /// A tool on the record, called under this lab's key.
    pub fn tool_of(&self, lab: &Lab, name: &str) -> Tool {
        let tool = lab.tool(name).patience(Duration::from_secs(600));
        let tool = tool
            .env("XDG_STATE_HOME", self.lab.home().join("state"))
            .env("AIL_TEAM", TEAM)
            .env("AIL_SSH_CIDR", "127.0.0.1/32")
            .env("AIL_SOURCE_NAME", "debian-12-amd64-*")
            .env("AIL_SOURCE_OWNER", "136693071363");
        if self.record.is_null() { tool } else { tool.record(&self.record) }
    }

    /// A tool on the record.
    pub fn tool(&self, name: &str) -> Tool {
        self.tool_of(&self.lab, name)
    }

    /// Makes attacks, by name or as these options choose them.
    pub fn attack(&self, arguments: &[&str]) -> Ran {
        let run = [&["run", "--team", TEAM, "--yes"], arguments].concat();
        self.tool("gd-attack").args(run).run().exits(0)
    }

    /// What a tool's `verify` finds.
    pub fn findings(&self, tool: &str) -> Vec<Value> {
        let ran = self.tool(tool).args(["verify"]).run();
        let lines = ran.lines();
        ran.exits(i32::from(!lines.is_empty()));
        lines
    }

    /// What all three find, each line with the tool that found it.
    pub fn all_findings(&self) -> Vec<(&'static str, Value)> {
        let of = |tool| self.findings(tool).into_iter().map(move |line| (tool, line));
        TOOLS.into_iter().flat_map(of).collect()
    }

    /// Repairs, each tool with what the one before it gave.
    pub fn repair(&mut self) {
        for tool in TOOLS {
            self.record = self.tool(tool).args(["repair", "--yes"]).run().record();
        }
    }

    /// Asserts that a repair of what is whole changes nothing; all three at once.
    #[track_caller]
    pub fn repairs_nothing(&self) {
        let lab = Lab::new();
        let start = |tool| self.tool_of(&lab, tool).args(["repair", "--yes"]).start();
        for running in TOOLS.map(start) {
            assert_eq!(running.wait().record(), self.record);
        }
        assert_eq!(lab.mutating_calls(), [""; 0]);
    }

    /// Asserts that a job is worked on from end to end.
    #[track_caller]
    pub fn canary(&self) {
        let canary = ["canary", "--image", &self.picture, "--timeout", CANARY];
        self.tool("gd-queue").args(canary).run().exits(0);
    }

    /// What the aws CLI says of queues; for SQS it does not heed `AWS_ENDPOINT_URL`.
    pub fn sqs(&self, arguments: &[&str]) -> Value {
        let endpoint = Cloud::shared().endpoint();
        self.lab.aws(&[&["sqs", "--endpoint-url", endpoint], arguments].concat())
    }

    /// How many of each kind the team has, by boto3.
    pub fn counts(&self) -> Value {
        self.lab.reader("team.py").args([TEAM]).run().exits(0).json()
    }

    /// A file of this GameDay.
    pub fn file(&self, name: &str) -> PathBuf {
        self.lab.home().join(name)
    }
}
