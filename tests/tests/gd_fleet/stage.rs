//! What the tests stand on: a network, queues and a bucket of a team of their own.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use serde_json::Value;
use tests::{Cloud, Fault, Lab, Ran, Tool};

/// A worker that works on nothing.
const WORKER: &str = "#!/bin/sh\n[ \"$1\" = --version ] && exec echo gd-worker 0\nexec sleep inf\n";

/// A lab with a record that a fleet can be built on.
pub struct Stage {
    pub lab: Lab,
    pub team: String,
    region: &'static str,
    pub record: Value,
}

impl Stage {
    pub fn new() -> Self {
        Self::of("eu-central-1")
    }

    /// In this region.
    pub fn of(region: &'static str) -> Self {
        let lab = Lab::new();
        let team = lab.asset_id();
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/gd_fleet/world.py");
        let record = lab
            .program("/bin/sh")
            .args(["-c", "exec python \"$0\" make \"$1\" \"$2\"", script, &team, region])
            .env("AWS_ACCESS_KEY_ID", "maker")
            .run()
            .exits(0)
            .json();
        let stage = Self { lab, team, region, record };
        stage.worker("worker", WORKER);
        stage
    }

    /// What somebody does to the fleet; see damage.py.
    pub fn damage(&self, names: &[&str]) {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/gd_fleet/damage.py");
        let tool = self.lab.program("/bin/sh");
        let tool = tool.args(["-c", "exec python \"$0\" \"$@\"", script, &self.team, self.region]);
        tool.args(names).env("AWS_ACCESS_KEY_ID", "attacker").run().exits(0);
    }

    /// A file that can be run.
    pub fn worker(&self, name: &str, content: &str) -> PathBuf {
        let path = self.lab.home().join(name);
        std::fs::write(&path, content).expect("a file can be written");
        let mode = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(&path, mode).expect("it is ours");
        path
    }

    /// A verb on a record.
    pub fn fleet(&self, record: &Value, arguments: &[&str]) -> Tool {
        let tool = self.lab.tool("gd-fleet").args(arguments).record(record);
        let tool = tool.env("AWS_REGION", self.region).env("AWS_DEFAULT_REGION", self.region);
        tool.env("GD_WORKER", self.lab.home().join("worker"))
    }

    /// The record of a fleet that was built.
    pub fn built(&self) -> Value {
        self.fleet(&self.record, &["up"]).run().record()
    }

    /// A part's name in the services.
    pub fn name(&self, of: &str) -> String {
        format!("{of}-{}", self.team)
    }

    /// The Auto Scaling group as the aws CLI reads it.
    pub fn group(&self) -> Value {
        let arguments = ["autoscaling", "describe-auto-scaling-groups"];
        let name = self.name("worker-group");
        let arguments = [&arguments[..], &["--auto-scaling-group-names", &name]].concat();
        self.aws(&arguments)["AutoScalingGroups"][0].clone()
    }

    /// A call by the aws CLI.
    pub fn aws(&self, arguments: &[&str]) -> Value {
        self.lab.aws(&[&["--region", self.region], arguments].concat())
    }

    /// A call of SQS by the aws CLI, whose first version knows better than the environment where
    /// SQS is.
    pub fn sqs(&self, arguments: &[&str]) -> Value {
        let endpoint = &Cloud::shared().environment()["AWS_ENDPOINT_URL"];
        self.aws(&[&["sqs", "--endpoint-url", endpoint], arguments].concat())
    }

    /// What `verify` finds.
    pub fn findings(&self, record: &Value) -> Vec<String> {
        told(self.fleet(record, &["verify"]).run())
    }

    /// What `verify` finds for somebody who is denied this call.
    pub fn findings_without(
        &self,
        record: &Value,
        service: &'static str,
        call: &'static str,
    ) -> Vec<String> {
        let denied = Lab::new();
        denied.fault(&Fault {
            service,
            operation: call,
            times: 100,
            status: 403,
            code: if service == "ec2" { "UnauthorizedOperation" } else { "AccessDenied" },
            message: "You are not authorized to perform this operation.",
            ..Fault::default()
        });
        let tool = denied.tool("gd-fleet").args(["verify"]).record(record);
        let tool = tool.env("AWS_REGION", self.region).env("AWS_DEFAULT_REGION", self.region);
        told(tool.run())
    }
}

/// Kind of finding, resource and attribute of each line.
fn told(ran: Ran) -> Vec<String> {
    let lines = ran.lines();
    ran.exits(i32::from(!lines.is_empty()));
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let told = lines.iter().map(|line| {
        ["finding", "resource", "attribute"].map(|member| text(&line[member])).join(" ")
    });
    told.collect()
}
