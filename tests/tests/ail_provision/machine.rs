//! What the tests stand on: instances, and records of them.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use serde_json::{Value, json};
use tempfile::TempDir;
use tests::{Cloud, Lab, Tool};

/// A running instance and the way into it.
pub struct Machine {
    pub id: String,
    pub host: String,
}

/// The instance of the tests that leave it as it is.
pub static SHARED: LazyLock<Machine> = LazyLock::new(Machine::launch);

/// The private key of all instances.
static KEY: LazyLock<(TempDir, PathBuf)> = LazyLock::new(|| {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let file = directory.path().join("key");
    let made = Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-C", "", "-f"])
        .arg(&file)
        .status()
        .expect("ssh-keygen is installed");
    assert!(made.success());
    let public = format!("fileb://{}.pub", file.display());
    Lab::new().aws(&[
        "ec2",
        "import-key-pair",
        "--key-name",
        "provision",
        "--public-key-material",
        &public,
    ]);
    (directory, file)
});

impl Machine {
    /// Starts one of the public image and waits until it runs.
    pub fn launch() -> Self {
        LazyLock::force(&KEY);
        let lab = Lab::new();
        let image = lab.aws(&["ec2", "describe-images", "--owners", "136693071363"]);
        let image = image["Images"][0]["ImageId"].as_str().expect("an id").to_owned();
        let mut arguments = vec!["ec2", "run-instances", "--image-id", &image];
        arguments.extend(["--instance-type", "t3.micro", "--key-name", "provision"]);
        let launched = lab.aws(&arguments);
        let id = launched["Instances"][0]["InstanceId"].as_str().expect("an id").to_owned();
        lab.aws(&["ec2", "wait", "instance-running", "--instance-ids", &id]);
        let found = lab.aws(&["ec2", "describe-instances", "--instance-ids", &id]);
        let host = &found["Reservations"][0]["Instances"][0]["PublicIpAddress"];
        Self { host: host.as_str().expect("an address").to_owned(), id }
    }

    /// Its record, as `ail-stack up` leaves it.
    pub fn record(&self) -> Value {
        json!({
            "schema": "ail/1",
            "asset_id": "1.0",
            "region": "eu-central-1",
            "key_pair": {"id": "key-1", "name": "provision", "file": KEY.1, "generated": true},
            "instance": {"id": self.id, "host": self.host, "user": "admin"},
            "unknown": {"kept": [1, null]},
        })
    }

    /// Its record with the host keys that its console shows.
    pub fn known(&self, lab: &Lab) -> Value {
        provision(lab, &["wait"]).record(&self.record()).run().record()
    }

    /// The file of its console.
    pub fn console(&self) -> PathBuf {
        let state = Path::new("/var/tmp/ail-cloud").join(Cloud::shared().name());
        state.join("instances").join(&self.id).join("console.log")
    }
}

/// The tool with these arguments.
pub fn provision(lab: &Lab, arguments: &[&str]) -> Tool {
    lab.tool("ail-provision").args(arguments)
}
