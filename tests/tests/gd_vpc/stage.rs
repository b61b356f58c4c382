//! What the tests stand on: a network of their own team.

use serde_json::{Value, json};
use tests::{Lab, Tool};

/// A lab with a team that no other test has.
pub struct Stage {
    pub lab: Lab,
    pub team: String,
}

impl Stage {
    pub fn new() -> Self {
        let lab = Lab::new();
        Self { team: format!("t{}", lab.asset_id().trim_start_matches("id")), lab }
    }

    /// A verb for this team.
    pub fn vpc(&self, arguments: &[&str]) -> Tool {
        self.lab
            .tool("gd-vpc")
            .args(arguments)
            .env("AIL_TEAM", &self.team)
            .env("AIL_SSH_CIDR", "127.0.0.1/32")
            .env("AIL_SOURCE_NAME", "debian-12-amd64-*")
            .env("AIL_SOURCE_OWNER", "136693071363")
    }

    /// Builds the network.
    pub fn up(&self) -> Value {
        self.vpc(&["up"]).run().record()
    }

    /// Takes it down.
    pub fn down(&self) {
        self.vpc(&["down", "--yes"]).run().exits(0).stdout("");
    }

    /// What the aws CLI answers to a Describe about this team's things.
    pub fn tagged(&self, verb: &str, member: &str) -> Vec<Value> {
        let filter = format!("Name=tag:gd:team,Values={}", self.team);
        let answer = self.lab.aws(&["ec2", verb, "--filters", &filter]);
        answer[member].as_array().expect("a list").clone()
    }

    /// This team's instances that are not terminated.
    pub fn instances(&self) -> Vec<Value> {
        let reservations = self.tagged("describe-instances", "Reservations");
        let all = reservations.iter().flat_map(|one| one["Instances"].as_array().expect("a list"));
        all.filter(|one| one["State"]["Name"] != "terminated").cloned().collect()
    }

    /// How many of each kind the team has, by boto3.
    pub fn counts(&self) -> Value {
        self.world("counts", &self.team)
    }

    /// Calls of boto3, a list of [operation, arguments], and their answers.
    pub fn call(&self, calls: &Value) -> Value {
        self.world("call", &calls.to_string())
    }

    fn world(&self, verb: &str, argument: &str) -> Value {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/gd_vpc/world.py");
        self.lab
            .program("/bin/sh")
            .args(["-c", "exec python \"$0\" \"$@\"", script, verb, argument])
            .env("AWS_ACCESS_KEY_ID", "reader")
            .run()
            .exits(0)
            .json()
    }

    /// The record after a repair that may delete what nobody planned; a second one changes
    /// nothing.
    pub fn mended(&self, record: &Value) -> Value {
        let mended = self.vpc(&["repair", "--yes"]).record(record).run().record();
        let made = self.lab.mutating_calls().len();
        self.vpc(&["repair"]).record(&mended).run().exits(0);
        assert_eq!(self.lab.mutating_calls().len(), made, "the second repair is silent");
        mended
    }

    /// What `verify` finds: kind, resource and attribute of each finding; of an extra thing,
    /// what it is.
    pub fn findings(&self, record: &Value) -> Vec<String> {
        let ran = self.vpc(&["verify"]).record(record).run();
        let lines = ran.lines();
        ran.exits(i32::from(!lines.is_empty()));
        let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
        lines
            .iter()
            .map(|line| {
                let what = match line["attribute"].is_string() {
                    true => &line["attribute"],
                    false => &line["found"]["kind"],
                };
                let parts = [&line["finding"], &line["resource"], what];
                parts.map(text).join(" ")
            })
            .collect()
    }
}

/// One of each.
pub fn whole() -> Value {
    json!({"vpcs": 1, "subnets": 2, "gateways": 1, "tables": 2, "groups": 1, "addresses": 1,
           "keys": 1, "instances": 1})
}

/// None of any.
pub fn nothing() -> Value {
    json!({"vpcs": 0, "subnets": 0, "gateways": 0, "tables": 0, "groups": 0, "addresses": 0,
           "keys": 0, "instances": 0})
}

/// Text at a JSON pointer.
pub fn at<'a>(value: &'a Value, pointer: &str) -> &'a str {
    let found = value.pointer(pointer).and_then(Value::as_str);
    found.unwrap_or_else(|| panic!("no text at {pointer} of {value:#}"))
}
