//! What the tests stand on: an instance, records of it, images made of it.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tests::{Lab, Tool};

/// The public image that the local cloud has.
pub const DEBIAN: [&str; 4] = ["--owner", "136693071363", "--name", "debian-12-amd64-*"];

/// Another region, for what would disturb other tests in this one.
pub const ELSEWHERE: &str = "eu-north-1";

/// The instance that all tests make images of; nothing of it changes.
static INSTANCE: LazyLock<String> = LazyLock::new(launch);

/// Starts an instance of the public image and waits until it runs.
pub fn launch() -> String {
    let lab = Lab::new();
    let found = lab.tool("ail-ami").args(["find"]).args(DEBIAN).run().record();
    let source = found["source_image"]["id"].as_str().expect("an id").to_owned();
    let launched =
        lab.aws(&["ec2", "run-instances", "--image-id", &source, "--instance-type", "t3.micro"]);
    let id = launched["Instances"][0]["InstanceId"].as_str().expect("an id").to_owned();
    let started = Instant::now();
    loop {
        let answer = lab.aws(&["ec2", "describe-instances", "--instance-ids", &id]);
        match answer["Reservations"][0]["Instances"][0]["State"]["Name"].as_str() {
            Some("running") => return id,
            state => assert!(started.elapsed() < Duration::from_secs(120), "{id} is {state:?}"),
        }
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// A record with this test's asset id and an instance.
pub fn record_of(lab: &Lab, instance: &str) -> Value {
    json!({
        "schema": "ail/1",
        "asset_id": lab.asset_id(),
        "instance": {"id": instance, "host": "127.0.12.99", "port": 22, "user": "admin"},
        "unknown": {"kept": [1, null]},
    })
}

/// A record with this test's asset id and the shared instance.
pub fn record(lab: &Lab) -> Value {
    record_of(lab, &INSTANCE)
}

/// A record with nothing but this test's asset id.
pub fn bare(lab: &Lab) -> Value {
    json!({"schema": "ail/1", "asset_id": lab.asset_id()})
}

/// `ail-ami create` of the shared instance, which goes on running meanwhile.
pub fn create(lab: &Lab) -> Tool {
    lab.tool("ail-ami").args(["create", "--no-reboot"]).record(&record(lab))
}

/// The record of an image that was just made.
pub fn made(lab: &Lab) -> Value {
    create(lab).run().record()
}

/// The name of this test's image.
pub fn image_name(lab: &Lab) -> String {
    format!("ail-{}", lab.asset_id())
}

/// An image of this name, made by somebody else's hand, with tags as the aws CLI takes them.
pub fn foreign_image(lab: &Lab, name: &str, tags: &str) -> String {
    let mut arguments =
        vec!["ec2", "create-image", "--no-reboot", "--instance-id", &INSTANCE, "--name", name];
    let specification = format!("ResourceType=image,Tags=[{tags}]");
    if !tags.is_empty() {
        arguments.extend(["--tag-specifications", &specification]);
    }
    let id = lab.aws(&arguments)["ImageId"].as_str().expect("an id").to_owned();
    await_available(lab, &id);
    id
}

fn await_available(lab: &Lab, id: &str) {
    let started = Instant::now();
    while lab.aws(&["ec2", "describe-images", "--image-ids", id])["Images"][0]["State"] == "pending"
    {
        assert!(started.elapsed() < Duration::from_secs(60), "{id} is pending still");
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// The own images of this name in a region, as the aws CLI sees them.
pub fn images(lab: &Lab, region: &str) -> Vec<Value> {
    let name = format!("Name=name,Values={}", image_name(lab));
    let answer = lab.aws(&[
        "ec2",
        "describe-images",
        "--owners",
        "self",
        "--filters",
        &name,
        "--region",
        region,
    ]);
    answer["Images"].as_array().expect("a list").clone()
}

/// The own snapshots of this test's asset id in a region, as the aws CLI sees them.
pub fn snapshots(lab: &Lab, region: &str) -> Vec<Value> {
    let tag = format!("Name=tag:ail:asset-id,Values={}", lab.asset_id());
    let answer = lab.aws(&[
        "ec2",
        "describe-snapshots",
        "--owner-ids",
        "self",
        "--filters",
        &tag,
        "--region",
        region,
    ]);
    answer["Snapshots"].as_array().expect("a list").clone()
}

/// Asserts that neither image nor snapshot of this test is there.
#[track_caller]
pub fn assert_nothing_left(lab: &Lab, region: &str) {
    assert_eq!(images(lab, region), Vec::<Value>::new());
    assert_eq!(snapshots(lab, region), Vec::<Value>::new());
}

/// The region of the tests.
pub const HERE: &str = "eu-central-1";

/// No calls at all.
pub const NONE: [&str; 0] = [];
