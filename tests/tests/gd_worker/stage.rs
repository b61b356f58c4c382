//! What the tests stand on: queues, a bucket and a site of their own.

use std::time::Duration;

use serde_json::{Value, json};
use tests::{Lab, Tool};

use crate::site::Site;

/// A lab with queues and a bucket that no other test has, and a site that they may fetch
/// from.
pub struct Stage {
    pub lab: Lab,
    pub site: Site,
    pub suffix: String,
}

impl Stage {
    /// Messages are hidden for a minute, and given up by their queue after five receives.
    pub fn new() -> Self {
        Self::with("60", "5")
    }

    pub fn with(visibility: &str, receives: &str) -> Self {
        let lab = Lab::new();
        let stage = Self { suffix: lab.asset_id(), site: Site::start("127.0.0.1:0"), lab };
        stage.world("make", &[visibility, receives]);
        stage
    }

    /// Something that boto3 does or reads; see `world.py`.
    pub fn world(&self, verb: &str, arguments: &[&str]) -> Value {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/gd_worker/world.py");
        self.lab
            .program("/bin/sh")
            .args(["-c", "exec python \"$0\" \"$@\"", script, verb, &self.suffix])
            .args(arguments)
            .env("AWS_ACCESS_KEY_ID", "maker")
            .run()
            .exits(0)
            .json()
    }

    /// Sends jobs, as they stand.
    pub fn send<S: AsRef<str>>(&self, bodies: impl IntoIterator<Item = S>) {
        let bodies: Vec<_> = bodies.into_iter().map(|body| body.as_ref().to_owned()).collect();
        let file = self.lab.home().join("bodies.json");
        std::fs::write(&file, json!(bodies).to_string()).expect("a file can be written");
        self.world("send", &[file.to_str().expect("a plain name")]);
    }

    /// The messages that wait in a queue, taken out of it.
    pub fn read(&self, role: &str) -> Vec<Value> {
        self.world("read", &[role]).as_array().expect("a list").clone()
    }

    /// The worker, on this test's queues and site; more arguments may follow.
    pub fn worker(&self) -> Tool {
        self.named(self.lab.tool("gd-worker"))
    }

    /// Any program, with this test's queues and site in its environment.
    pub fn named(&self, tool: Tool) -> Tool {
        tool.args(["run"])
            .env("GD_INPUT_QUEUE", self.name("input"))
            .env("GD_OUTPUT_QUEUE", self.name("output"))
            .env("GD_BUCKET", self.name("image-bucket"))
            .env("GD_PORTS", format!("80,443,{}", self.site.port()))
            .env("GD_ALLOW_ADDRESSES", "127.0.0.1/32")
            .patience(Duration::from_secs(100))
    }

    pub fn name(&self, of: &str) -> String {
        format!("{of}-{}", self.suffix)
    }

    /// An object as a file.
    pub fn object(&self, key: &str) -> Vec<u8> {
        let file = self.lab.home().join("object");
        let from = format!("s3://{}/{key}", self.name("image-bucket"));
        self.lab.aws(&["s3", "cp", "--quiet", &from, file.to_str().expect("a plain name")]);
        std::fs::read(file).expect("it was fetched")
    }
}
