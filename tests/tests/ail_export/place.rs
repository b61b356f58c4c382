//! The permanent things that exports need, and the few words that the tests speak with them.

use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tests::{Cloud, Fault, Lab, Ran, Tool};

/// A bucket of a name that messages can be compared with.
pub const BUCKET: &str = "disks";
pub const ROLE: &str = "vmimport";
pub const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow",
    "Principal":{"Service":"vmie.amazonaws.com"},"Action":"sts:AssumeRole",
    "Condition":{"StringEquals":{"sts:Externalid":"vmimport"}}}]}"#;
/// So small that a disk of some hundred MiB is copied in many parts.
pub const PART: u64 = 32 << 20;

/// The permanent things that exports need, and an image of the account's own. Made once:
/// each call of the aws CLI takes a second.
static IMAGE: LazyLock<String> = LazyLock::new(|| {
    let lab = Lab::new();
    bucket(&lab, BUCKET, "eu-central-1");
    create_role(&lab, ROLE, TRUST);
    let copy = lab.aws(&[
        "ec2",
        "copy-image",
        "--name",
        "to be exported",
        "--source-region",
        "eu-central-1",
        "--source-image-id",
        &debian(&lab),
    ]);
    let id = copy["ImageId"].as_str().expect("an id").to_owned();
    until("the image is available", || {
        let found = lab.aws(&["ec2", "describe-images", "--image-ids", &id]);
        found["Images"][0]["State"] == "available"
    });
    id
});

pub fn image() -> &'static str {
    &IMAGE
}

/// The image is exported once at a time, and faults of tasks strike whichever comes next:
/// tests that export do so one after the other.
static EXPORTS: Mutex<()> = Mutex::new(());

pub fn exporting() -> MutexGuard<'static, ()> {
    EXPORTS.lock().unwrap_or_else(PoisonError::into_inner)
}

pub fn bucket(lab: &Lab, name: &str, region: &str) {
    let place = format!("LocationConstraint={region}");
    lab.aws(&[
        "s3api",
        "create-bucket",
        "--bucket",
        name,
        "--region",
        region,
        "--create-bucket-configuration",
        &place,
    ]);
}

/// The public image of Debian that the cloud comes with.
pub fn debian(lab: &Lab) -> String {
    let found = lab.aws(&["ec2", "describe-images", "--owners", "136693071363"]);
    found["Images"][0]["ImageId"].as_str().expect("an image").to_owned()
}

pub fn create_role(lab: &Lab, name: &str, trust: &str) {
    let document = ["--assume-role-policy-document", trust];
    lab.aws(&[&["iam", "create-role", "--role-name", name][..], &document].concat());
}

pub fn record(lab: &Lab, image: &str) -> Value {
    let id = lab.asset_id();
    json!({
        "schema": "ail/1", "asset_id": id, "unknown": {"kept": true},
        "image": {"id": image, "name": format!("ail-{id}"), "state": "available"},
    })
}

/// `ail-export run` into the bucket of a known name.
pub fn export(lab: &Lab, formats: &[&str]) -> Tool {
    export_into(lab, BUCKET, formats)
}

pub fn export_into(lab: &Lab, bucket: &str, formats: &[&str]) -> Tool {
    let formats = formats.iter().flat_map(|format| ["--format", format]);
    lab.tool("ail-export")
        .args(["run", "--quiet", "--bucket", bucket, "--role", ROLE])
        .args(formats)
        .env("AIL_EXPORT_COPY_PART", PART.to_string())
        .record(&record(lab, image()))
}

/// `status` or `cancel` of the lab's asset id.
pub fn tasks(lab: &Lab, arguments: &[&str]) -> Ran {
    lab.tool("ail-export").args(arguments).record(&record(lab, image())).run()
}

pub fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < Duration::from_secs(120), "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

pub fn called(lab: &Lab, operation: &str) -> bool {
    lab.calls().iter().any(|call| call == operation)
}

/// The keys below the lab's prefix.
pub fn objects(lab: &Lab) -> Vec<String> {
    let prefix = format!("ai_lab/{}/", lab.asset_id());
    let found = lab.aws(&["s3api", "list-objects-v2", "--bucket", BUCKET, "--prefix", &prefix]);
    let found = found["Contents"].as_array().cloned().unwrap_or_default();
    found.iter().map(|object| object["Key"].as_str().expect("a key").to_owned()).collect()
}

pub fn uploads(lab: &Lab) -> usize {
    let found = lab.aws(&["s3api", "list-multipart-uploads", "--bucket", BUCKET]);
    found["Uploads"].as_array().map_or(0, Vec::len)
}

/// Makes the next task that EC2 accepts fail, whoever starts it.
pub fn fail_next_task() {
    let fault = json!({"service": "ec2", "operation": "ExportImageTask",
                       "code": "ClientError", "message": "Unsupported kernel"});
    Cloud::shared().control("POST", "/ail-cloud/faults", &fault.to_string());
}

pub fn denied(service: &'static str, operation: &'static str) -> Fault {
    Fault {
        service,
        operation,
        status: 403,
        code: "AccessDenied",
        message: "Access Denied",
        ..Fault::default()
    }
}

/// The text of a JSON string.
pub fn text(value: &Value) -> &str {
    value.as_str().expect("a string")
}

pub const NOTHING: [&str; 0] = [];
