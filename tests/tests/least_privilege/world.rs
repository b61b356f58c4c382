//! What the probes stand on: a release that the role itself has made.

use std::panic::{self, AssertUnwindSafe};
use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

use serde_json::{Value, json};
use tests::{Fault, Lab, Ran, Tool};

use crate::role::{Credentials, Roles};

/// The release, and the roles.
pub struct World {
    pub lab: Lab,
    pub roles: Roles,
    /// What `just release` made of it.
    pub released: Value,
    /// The image to start from.
    source: Value,
    unexpected: Mutex<Vec<&'static str>>,
}

/// What became of a run without an action.
#[derive(Clone, Debug)]
pub struct Found {
    pub action: &'static str,
    /// Who needs it.
    pub stage: &'static str,
    pub exit: i32,
    /// Whether it is a deed that takes back: then what is left was told.
    pub leaves: bool,
}

impl World {
    /// Runs the whole release as the role: it ends well, so the policy is enough.
    pub fn released(actions: &[&str]) -> Self {
        let lab = Lab::new();
        let roles = Roles::deployed(&lab, actions);
        // What is installed makes no call; the roles of Ansible have tests of their own.
        let playbook = lab.home().join("playbook");
        std::fs::create_dir(&playbook).expect("a directory");
        let site = "- hosts: all\n  gather_facts: false\n  tasks:\n    - ansible.builtin.ping:\n";
        std::fs::write(playbook.join("site.yml"), site).expect("a file");
        let release = lab.just("release").env("AIL_PLAYBOOK", playbook).env("AIL_FORMAT", "vhd");
        let release = roles.whole().give(release).env("AIL_PUBLISH", "yes");
        let ran = release.patience(Duration::from_secs(15 * 60)).run().exits(0);
        assert!(ran.stderr_raw().contains("ail-ami publish: done in "), "{ran:#?}");
        let (released, source) = (read(&lab, "release.json"), read(&lab, "source.json"));
        Self { lab, roles, released, source, unexpected: Mutex::default() }
    }

    /// Runs a tool without an action: it ends with 77, and names it.
    pub fn denied(&self, action: &'static str, stage: &'static str, tool: Tool) -> Found {
        self.told(action, || {
            let ran = self.roles.without(action).give(tool).run().exits(77);
            assert_names(action, &ran);
        });
        Found { action, stage, exit: 77, leaves: false }
    }

    /// Runs a tool without an action of its clean-up: it says what is left, and why.
    pub fn leaves(
        &self,
        action: &'static str,
        stage: &'static str,
        tool: Tool,
        exit: i32,
    ) -> Found {
        self.told(action, || {
            let ran = self.roles.without(action).give(tool).run().exits(exit);
            assert_names(action, &ran);
            let said = ran.stderr_raw();
            assert!(said.contains("  left: ") || said.contains(" is left ("), "{ran:#?}");
        });
        Found { action, stage, exit, leaves: true }
    }

    /// Goes on after a run that is not as expected: the others are worth knowing too.
    fn told(&self, action: &'static str, assertions: impl FnOnce()) {
        if panic::catch_unwind(AssertUnwindSafe(assertions)).is_err() {
            eprintln!("without {action}: not as expected, see above");
            self.unexpected.lock().expect("unpoisoned").push(action);
        }
    }

    /// Fails if a run was not.
    pub fn all_as_expected(&self) {
        let unexpected = self.unexpected.lock().expect("unpoisoned");
        assert!(unexpected.is_empty(), "not as expected without: {unexpected:?}");
    }

    /// A tool as the role itself.
    pub fn as_role(&self, tool: Tool) -> Tool {
        self.roles.whole().give(tool)
    }

    /// A tool over what was released.
    pub fn on_release(&self, tool: &str, arguments: &[&str]) -> Tool {
        self.lab.tool(tool).args(arguments).record(&self.released)
    }

    /// The record before there is an instance, for another asset id.
    pub fn source_for(&self, lab: &Lab) -> Value {
        let mut record = self.source.clone();
        record["asset_id"] = json!(lab.asset_id());
        record
    }

    pub fn bucket(&self) -> &str {
        self.released["exports"][0]["bucket"].as_str().expect("a bucket")
    }

    pub fn image(&self) -> &str {
        self.released["image"]["id"].as_str().expect("an image")
    }

    /// A fault that strikes a role's calls.
    pub fn fault(&self, of: &Credentials, fault: &Fault) {
        let body = json!({
            "service": fault.service, "operation": fault.operation, "times": fault.times,
            "status": fault.status, "code": fault.code, "message": fault.message,
            "delay": fault.delay, "caller": of.access_key(),
        });
        tests::Cloud::shared().control("POST", "/ail-cloud/faults", &body.to_string());
    }
}

/// The service names it ("is not authorized to perform: …"), or the tool does in its place.
fn assert_names(action: &str, ran: &Ran) {
    let said = ran.stderr_raw();
    let ways = ["perform: ACTION ", "their policy allows ACTION\n", "must allow ACTION\n"];
    let named = ways.map(|words| words.replace("ACTION", action));
    assert!(named.iter().any(|words| said.contains(words)), "{action} is not named: {ran:#?}");
}

fn read(lab: &Lab, name: &str) -> Value {
    let path: &Path = &lab.out().join(name);
    let text = std::fs::read_to_string(path).expect("the release wrote its records");
    serde_json::from_str(&text).expect("a record is JSON")
}
