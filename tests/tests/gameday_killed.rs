//! The tools of a GameDay, killed at each of their calls in turn.

use serde_json::{Value, json};
use tests::{Lab, Ran, Tool};

const TOOLS: [&str; 3] = ["gd-vpc", "gd-queue", "gd-fleet"];

#[test]
fn killed_at_each_call_they_build_and_remove_the_same_as_in_one_run() {
    let whole = Stage::new();
    let (record, calls) = whole.up(|tool| {
        let before = whole.lab.mutating_calls().len();
        let ran = tool().run();
        (whole.lab.mutating_calls().len() - before, ran)
    });
    let built = whole.counts();
    for kind in ["vpc", "bucket", "group"] {
        assert_eq!(built[kind], 1, "{built}");
    }
    whole.down(&record, |tool| (0, tool().run()));
    assert_eq!(whole.counts(), json!({}));

    let stage = Stage::new();
    let (record, kills) = stage.up(|tool| stage.lab.killed_at_each_call(tool));
    assert_eq!(stage.counts(), built);
    for (tool, (kills, calls)) in TOOLS.iter().zip(kills.iter().zip(&calls)) {
        // The service refuses some calls until what they need is visible everywhere.
        assert!(kills * 4 >= calls * 3, "{tool} makes {calls} calls and was killed {kills} times");
    }

    let calls = stage.lab.mutating_calls().len();
    let (again, _) = stage.up(|tool| (0, tool().run()));
    assert_eq!(again, record);
    assert_eq!(
        stage.lab.mutating_calls().len(),
        calls,
        "{:?}",
        &stage.lab.mutating_calls()[calls..]
    );
    for tool in TOOLS {
        stage.tool(tool, &["verify"], &record).run().exits(0).stdout("");
        let schema = stage.lab.tool(tool).args(["schema", "lines"]).run().exits(0).json();
        let parts = stage.tool(tool, &["status"], &record).run().exits(0).lines();
        assert!(!parts.is_empty());
        for part in &parts {
            assert_eq!(part["state"], "present", "{part}");
            jsonschema::validate(&schema, part).unwrap_or_else(|error| panic!("{error}: {part}"));
        }
    }

    stage.down(&record, |tool| stage.lab.killed_at_each_call(tool));
    assert_eq!(stage.counts(), json!({}));
    let calls = stage.lab.mutating_calls().len();
    stage.down(&record, |tool| (0, tool().run()));
    assert_eq!(stage.lab.mutating_calls().len(), calls);
}

/// A lab with a team that no other test has.
struct Stage {
    lab: Lab,
    team: String,
}

impl Stage {
    fn new() -> Self {
        let lab = Lab::new();
        Self { team: format!("t{}", lab.asset_id().trim_start_matches("id")), lab }
    }

    fn tool(&self, name: &str, arguments: &[&str], record: &Value) -> Tool {
        let tool = self.lab.tool(name).args(arguments);
        let tool = if record.is_null() { tool } else { tool.record(record) };
        tool.env("AIL_TEAM", &self.team)
            .env("AIL_SSH_CIDR", "127.0.0.1/32")
            .env("AIL_SOURCE_NAME", "debian-12-amd64-*")
            .env("AIL_SOURCE_OWNER", "136693071363")
    }

    /// Builds, each tool run as `run` has it; gives the record and what `run` counted.
    fn up(&self, run: impl Fn(&dyn Fn() -> Tool) -> (usize, Ran)) -> (Value, Vec<usize>) {
        let mut record = Value::Null;
        let mut counted = Vec::new();
        for tool in TOOLS {
            let (count, ran) = run(&|| self.tool(tool, &["up"], &record));
            record = ran.record();
            counted.push(count);
        }
        (record, counted)
    }

    fn down(&self, record: &Value, run: impl Fn(&dyn Fn() -> Tool) -> (usize, Ran)) {
        for tool in TOOLS.iter().rev() {
            run(&|| self.tool(tool, &["down", "--yes"], record)).1.exits(0).stdout("");
        }
    }

    /// How many of each kind the team has, by boto3.
    fn counts(&self) -> Value {
        self.lab.reader("team.py").args([&self.team]).run().exits(0).json()
    }
}
