//! What the tests stand on: three queues and a bucket of their own.

use serde_json::{Value, json};
use tests::{Lab, Tool};

/// A lab with queues and a bucket that no other test has.
pub struct Stage {
    pub lab: Lab,
    pub suffix: String,
}

impl Stage {
    pub fn new() -> Self {
        let stage = Self::empty();
        stage.world("make", &[]);
        stage
    }

    /// Nothing but the names; they are a team's too.
    pub fn empty() -> Self {
        let lab = Lab::new();
        Self { suffix: lab.asset_id(), lab }
    }

    /// A verb on this test's architecture, whose bucket has a random name.
    pub fn team(&self, arguments: &[&str]) -> Tool {
        self.queue(arguments).env("AIL_TEAM", &self.suffix).env_remove("GD_BUCKET")
    }

    /// Something that boto3 does or reads; see `world.py`.
    pub fn world(&self, verb: &str, arguments: &[&str]) -> Value {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/gd_queue/world.py");
        self.lab
            .program("/bin/sh")
            .args(["-c", "exec python \"$0\" \"$@\"", script, verb, &self.suffix])
            .args(arguments)
            .env("AWS_ACCESS_KEY_ID", "maker")
            .run()
            .exits(0)
            .json()
    }

    /// A verb on this test's queues, which the environment names.
    pub fn queue(&self, arguments: &[&str]) -> Tool {
        self.named(self.lab.tool("gd-queue").args(arguments))
    }

    /// A shell line, with this test's queues in its environment.
    pub fn shell(&self, line: &str) -> Tool {
        self.named(self.lab.program("/bin/bash").args(["-c", line]))
    }

    /// Any tool, with this test's queues in its environment.
    pub fn named(&self, tool: Tool) -> Tool {
        tool.env("GD_INPUT_QUEUE", self.name("input"))
            .env("GD_OUTPUT_QUEUE", self.name("output"))
            .env("GD_DEAD_LETTER_QUEUE", self.name("dead-letter"))
            .env("GD_BUCKET", self.name("image-bucket"))
    }

    pub fn name(&self, of: &str) -> String {
        format!("{of}-{}", self.suffix)
    }

    /// A record that names them.
    pub fn record(&self) -> Value {
        let queue = |role: &str| {
            let name = self.name(role);
            json!({"name": name, "url": "https://elsewhere/1/x", "arn": "arn:aws:sqs:x:1:x"})
        };
        json!({
            "schema": "ail/1",
            "queues": {
                "input": queue("input"),
                "output": queue("output"),
                "dead_letter": queue("dead-letter"),
                "bucket": {"name": self.name("image-bucket")},
                "visibility_seconds": 90,
                "max_receives": 5,
            },
        })
    }

    /// A file in the home directory.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.lab.home().join(name), content).expect("a file can be written");
    }
}

/// A member of each line.
pub fn members<'a>(lines: &'a [Value], member: &str) -> Vec<&'a str> {
    lines.iter().map(|line| line[member].as_str().unwrap_or("null")).collect()
}
