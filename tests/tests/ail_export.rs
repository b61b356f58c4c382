//! `ail-export`: what it checks, makes, takes up again and takes back.

use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use serde_json::{Value, json};
use tests::{Cloud, Fault, Lab, Ran, Tool};

/// A bucket of a name that messages can be compared with.
const BUCKET: &str = "disks";
const ROLE: &str = "vmimport";
const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow",
    "Principal":{"Service":"vmie.amazonaws.com"},"Action":"sts:AssumeRole",
    "Condition":{"StringEquals":{"sts:Externalid":"vmimport"}}}]}"#;
/// So small that a disk of some hundred MiB is copied in many parts.
const PART: &str = "33554432";

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

fn image() -> &'static str {
    &IMAGE
}

/// The image is exported once at a time, and faults of tasks strike whichever comes next:
/// tests that export do so one after the other.
static EXPORTS: Mutex<()> = Mutex::new(());

fn exporting() -> MutexGuard<'static, ()> {
    EXPORTS.lock().unwrap_or_else(PoisonError::into_inner)
}

fn bucket(lab: &Lab, name: &str, region: &str) {
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
fn debian(lab: &Lab) -> String {
    let found = lab.aws(&["ec2", "describe-images", "--owners", "136693071363"]);
    found["Images"][0]["ImageId"].as_str().expect("an image").to_owned()
}

fn create_role(lab: &Lab, name: &str, trust: &str) {
    let document = ["--assume-role-policy-document", trust];
    lab.aws(&[&["iam", "create-role", "--role-name", name][..], &document].concat());
}

fn record(lab: &Lab, image: &str) -> Value {
    let id = lab.asset_id();
    json!({
        "schema": "ail/1", "asset_id": id, "unknown": {"kept": true},
        "image": {"id": image, "name": format!("ail-{id}"), "state": "available"},
    })
}

/// `ail-export run` into the bucket of a known name.
fn export(lab: &Lab, formats: &[&str]) -> Tool {
    export_into(lab, BUCKET, formats)
}

fn export_into(lab: &Lab, bucket: &str, formats: &[&str]) -> Tool {
    let formats = formats.iter().flat_map(|format| ["--format", format]);
    lab.tool("ail-export")
        .args(["run", "--quiet", "--bucket", bucket, "--role", ROLE])
        .args(formats)
        .env("AIL_EXPORT_COPY_PART", PART)
        .record(&record(lab, image()))
}

/// `status` or `cancel` of the lab's asset id.
fn tasks(lab: &Lab, arguments: &[&str]) -> Ran {
    lab.tool("ail-export").args(arguments).record(&record(lab, image())).run()
}

fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < Duration::from_secs(120), "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn called(lab: &Lab, operation: &str) -> bool {
    lab.calls().iter().any(|call| call == operation)
}

/// The keys below the lab's prefix.
fn objects(lab: &Lab) -> Vec<String> {
    let prefix = format!("ai_lab/{}/", lab.asset_id());
    let found = lab.aws(&["s3api", "list-objects-v2", "--bucket", BUCKET, "--prefix", &prefix]);
    let found = found["Contents"].as_array().cloned().unwrap_or_default();
    found.iter().map(|object| object["Key"].as_str().expect("a key").to_owned()).collect()
}

fn uploads(lab: &Lab) -> usize {
    let found = lab.aws(&["s3api", "list-multipart-uploads", "--bucket", BUCKET]);
    found["Uploads"].as_array().map_or(0, Vec::len)
}

/// Makes the next task that EC2 accepts fail, whoever starts it.
fn fail_next_task() {
    let fault = json!({"service": "ec2", "operation": "ExportImageTask",
                       "code": "ClientError", "message": "Unsupported kernel"});
    Cloud::shared().control("POST", "/ail-cloud/faults", &fault.to_string());
}

fn denied(service: &'static str, operation: &'static str) -> Fault {
    Fault {
        service,
        operation,
        status: 403,
        code: "AccessDenied",
        message: "Access Denied",
        ..Fault::default()
    }
}

const NOTHING: [&str; 0] = [];

#[test]
fn the_default_formats_go_to_the_bucket_of_the_stack() {
    let _turn = exporting();
    let lab = Lab::new();
    let image = image();
    let template = concat!(
        "file://",
        env!("CARGO_MANIFEST_DIR"),
        "/../tools/ail-stack/templates/vm-bucket.yaml"
    );
    lab.aws(&[
        "cloudformation",
        "create-stack",
        "--stack-name",
        "AIL-VM-BUCKET",
        "--template-body",
        template,
        "--capabilities",
        "CAPABILITY_IAM",
    ]);
    let stack = || lab.aws(&["cloudformation", "describe-stacks", "--stack-name", "AIL-VM-BUCKET"]);
    until("the stack is there", || stack()["Stacks"][0]["StackStatus"] == "CREATE_COMPLETE");
    let run = || {
        let tool = lab.tool("ail-export").args(["run"]).env("AIL_EXPORT_COPY_PART", PART);
        tool.record(&record(&lab, image)).run()
    };

    let first = run().record();
    assert_eq!(first["unknown"], json!({"kept": true}));
    let id = lab.asset_id();
    let exports = first["exports"].as_array().expect("exports");
    assert_eq!(exports.len(), 2);
    for (export, format) in exports.iter().zip(["vhd", "vmdk"]) {
        let (bucket, key) = (export["bucket"].as_str().unwrap(), export["key"].as_str().unwrap());
        assert_eq!(export["format"], format);
        assert_eq!(key, format!("ai_lab/{id}/ai-lab-{id}.{format}"));
        let url = format!("{}/{bucket}/{key}", Cloud::shared().endpoint());
        assert_eq!(export["url"], url.as_str());

        let head = lab.aws(&["s3api", "head-object", "--bucket", bucket, "--key", key]);
        assert_eq!(head["ContentLength"], export["bytes"]);
        assert_eq!(head["Metadata"]["sha256"], export["sha256"]);
        assert_eq!(head["Metadata"]["image-id"], image);
        let etag = head["ETag"].as_str().unwrap();
        assert!(!etag.ends_with("-1\""), "{etag}: copied in parts");
        let tags = lab.aws(&["s3api", "get-object-tagging", "--bucket", bucket, "--key", key]);
        assert_eq!(tags["TagSet"][0], json!({"Key": "ail:asset-id", "Value": id}));
        let sum = lab
            .program("/bin/bash")
            .args(["-c", &format!("aws s3 cp s3://{bucket}/{key} - | sha256sum")])
            .run();
        let expected = format!("{}  -\n", export["sha256"].as_str().unwrap());
        sum.exits(0).stdout(&expected);
    }
    let bucket = exports[0]["bucket"].as_str().unwrap();
    let all = lab.aws(&["s3api", "list-objects-v2", "--bucket", bucket]);
    assert_eq!(all["KeyCount"].as_u64().unwrap_or(2), 2, "the originals are gone: {all:#}");
    for line in tasks(&lab, &["status"]).exits(0).lines() {
        assert_eq!((&line["state"], &line["image"]), (&json!("completed"), &json!(image)));
    }

    let before = lab.mutating_calls().len();
    for _ in 0..2 {
        assert_eq!(run().record(), first);
    }
    assert_eq!(lab.mutating_calls().len(), before);

    // A run in one more format keeps what the record has of the others.
    let plan = lab.tool("ail-export").args(["run", "--dry-run", "--format", "raw,vhd"]);
    let plan = plan.record(&first).run().exits(0);
    let place = format!("s3://{bucket}/ai_lab/{id}/ai-lab-{id}");
    assert_eq!(
        plan.stdout_text(),
        format!(
            "would export {image} as raw to {place}.raw\n\
             would keep {place}.vhd, the vhd of {image}\n"
        )
    );
}

#[test]
fn what_breaks_off_after_the_export_is_taken_up_where_it_was() {
    let _turn = exporting();
    let lab = Lab::new();
    let run = || export(&lab, &["vhd"]);
    let key = format!("ai_lab/{0}/ai-lab-{0}.vhd", lab.asset_id());

    // The copy is not allowed: the exported object stays for the next run.
    lab.fault(&denied("s3", "CreateMultipartUpload"));
    run().run().exits(77).stdout("").stderr(
        "ail-export: cannot export ami-… as vhd to s3://disks/ai_lab/ID/ai-lab-ID.vhd (eu-central-1)
  cannot copy s3://disks/ai_lab/ID/export-ami-….vhd to s3://disks/ai_lab/ID/ai-lab-ID.vhd
  CreateMultipartUpload: AccessDenied: Access Denied (request …)
  undone: abort the upload of s3://disks/ai_lab/ID/ai-lab-ID.vhd
  done before: export-ami-… is completed (s3://disks/ai_lab/ID/export-ami-….vhd)
  next: check the credentials, and that their policy allows CreateMultipartUpload
",
    );
    assert_eq!(objects(&lab).len(), 1);

    // Interrupted while parts are copied: the upload is aborted.
    lab.fault(&Fault {
        service: "s3",
        operation: "UploadPartCopy",
        delay: 2.0,
        times: 9,
        ..Fault::default()
    });
    let running = run().start();
    until("parts are copied", || called(&lab, "UploadPartCopy"));
    running.signal(Signal::SIGINT);
    running.wait().exits(130).stdout("").stderr(
        "ail-export: interrupted
  undone: abort the upload of s3://disks/ai_lab/ID/ai-lab-ID.vhd
",
    );
    assert_eq!(uploads(&lab), 0);

    // Killed: the next run aborts the upload that nobody sees.
    let copied = lab.calls().iter().filter(|call| *call == "UploadPartCopy").count();
    let running = run().start();
    until("parts are copied again", || {
        lab.calls().iter().filter(|call| *call == "UploadPartCopy").count() > copied
    });
    running.signal(Signal::SIGKILL);
    running.wait().exits(137);
    assert_eq!(uploads(&lab), 1);

    // The copy is made, but the original cannot be deleted.
    lab.fault(&denied("s3", "DeleteObject"));
    let ran = run().run().exits(77).stdout("");
    assert!(ran.stderr_raw().contains("DeleteObject: AccessDenied"), "{ran:#?}");
    assert_eq!((objects(&lab).len(), uploads(&lab)), (2, 0));
    let plan = run().args(["--dry-run"]).run().exits(0);
    assert!(plan.stdout_text().contains(", and delete s3://disks/ai_lab/"), "{plan:#?}");

    run().run().record();
    assert_eq!(objects(&lab), [key.as_str()]);
    let exports = lab.calls().iter().filter(|call| *call == "ExportImage").count();
    assert_eq!(exports, 1);
}

#[test]
fn a_task_that_fails_says_why_and_what_is_done_stays() {
    let _turn = exporting();
    let lab = Lab::new();
    fail_next_task();
    export(&lab, &["raw"]).run().exits(1).stdout("").stderr(
        "ail-export: cannot export ami-… as raw to s3://disks/ai_lab/ID/ai-lab-ID.raw (eu-central-1)
  export-ami-… failed: ClientError: Unsupported kernel
  undone: cancel the export as raw
",
    );
    assert_eq!(objects(&lab), NOTHING);
    let line = &tasks(&lab, &["status"]).exits(0).lines()[0];
    assert_eq!(line["message"], "ClientError: Unsupported kernel");

    let record = export(&lab, &["vhd"]).run().record();
    fail_next_task();
    let ran = export(&lab, &["vhd", "vmdk"]).record(&record).run().exits(79);
    assert_eq!(ran.json()["exports"], record["exports"]);
    ran.stderr(
        "ail-export: cannot export ami-… as vmdk to s3://disks/ai_lab/ID/ai-lab-ID.vmdk (eu-central-1)
  export-ami-… failed: ClientError: Unsupported kernel
  undone: cancel the export as vmdk
  done before: ami-… is exported as vhd (s3://disks/ai_lab/ID/ai-lab-ID.vhd)
",
    );
}

#[test]
fn an_interruption_cancels_its_own_task_and_leaves_that_of_another_run() {
    let _turn = exporting();
    let lab = Lab::new();
    let image = image();
    let active = || {
        let lines = tasks(&lab, &["status"]).exits(0).lines();
        lines.into_iter().find(|line| line["state"] == "active")
    };

    // SIGTERM while EC2 works.
    let running = export(&lab, &["vmdk"]).start();
    until("the task is active", || active().is_some());
    running.signal_group(Signal::SIGTERM);
    running
        .wait()
        .exits(143)
        .stdout("")
        .stderr("ail-export: told to end\n  undone: cancel the export as vmdk\n");
    assert!(active().is_none());
    assert_eq!(objects(&lab), NOTHING);

    // Killed: the task goes on, and another run waits for it.
    let running = export(&lab, &["vmdk"]).start();
    until("the task is active again", || active().is_some());
    running.signal(Signal::SIGKILL);
    running.wait().exits(137);
    let line = active().expect("nobody cancelled it");
    assert_eq!((&line["format"], &line["image"]), (&json!("vmdk"), &json!(image)));
    let task = line["task"].as_str().unwrap();
    let plan = export(&lab, &["vmdk"]).args(["--dry-run"]).run().exits(0);
    assert!(plan.stdout_text().starts_with(&format!("would wait for {task} (")), "{plan:#?}");
    let before = lab.calls().len();
    let running = export(&lab, &["vmdk"]).start();
    until("it waits", || lab.calls().len() > before + 12);
    running.signal(Signal::SIGINT);
    running.wait().exits(130).stdout("").stderr(
        "ail-export: interrupted
  left: cancel export-ami-… (another run started it and may still wait for it): \
ail-export cancel --asset-id 'ID' --yes
",
    );

    // Another format waits for its turn, within its time.
    let ran = export(&lab, &["raw"]).args(["--timeout", "2s"]).run().exits(124);
    ran.stdout("").stderr(
        "ail-export: cannot export ami-… as raw to s3://disks/ai_lab/ID/ai-lab-ID.raw (eu-central-1)
  waited 2s for ami-… to be exported as raw
  last seen: waiting for export-ami-…: EC2 exports an image once at a time
  next: run again with a longer --timeout
",
    );

    let before = lab.mutating_calls().len();
    let plan = tasks(&lab, &["cancel", "--dry-run"]).exits(0);
    assert!(plan.stdout_text().starts_with(&format!("would cancel {task} ({image} as vmdk, ")));
    let ran = tasks(&lab, &["cancel"]).exits(80).stdout("");
    assert!(ran.stderr_raw().starts_with(&format!("ail-export: this would cancel {task} (")));
    assert_eq!(lab.mutating_calls().len(), before);
    let lines = tasks(&lab, &["cancel", "--yes"]).exits(0).lines();
    assert_eq!((&lines[0]["task"], &lines[0]["state"]), (&json!(task), &json!("cancelled")));
    assert_eq!(objects(&lab), NOTHING);
    tasks(&lab, &["cancel", "--yes", "--quiet"]).exits(0).stdout("").stderr("");
}

#[test]
fn a_full_region_is_waited_for_and_a_refusal_is_not() {
    let _turn = exporting();
    let lab = Lab::new();
    let image = image();
    lab.fault(&Fault {
        operation: "ExportImage",
        code: "ResourceLimitExceeded",
        message: "Too many tasks",
        times: 2,
        ..Fault::default()
    });
    lab.fault(&Fault {
        operation: "ExportImage",
        code: "InvalidParameter",
        message: "No such thing",
        ..Fault::default()
    });
    let ran = lab
        .tool("ail-export")
        .args(["run", "--bucket", BUCKET, "--role", ROLE, "--format", "raw"])
        .record(&record(&lab, image))
        .run()
        .exits(69)
        .stdout("");
    assert_eq!(
        ran.stderr_text(),
        "raw: waiting for room in eu-central-1: ResourceLimitExceeded
ail-export: cannot export ami-… as raw to s3://disks/ai_lab/ID/ai-lab-ID.raw (eu-central-1)
  ExportImage: InvalidParameter: No such thing (request …)
"
    );
    assert_eq!(tasks(&lab, &["status"]).exits(0).lines(), [Value::Null; 0]);
}

#[test]
fn a_missing_stack_is_named_with_how_to_deploy_it() {
    let lab = Lab::new();
    lab.tool("ail-export")
        .args(["run", "--bucket-stack", "NO-SUCH-STACK"])
        .record(&record(&lab, "ami-0123456789abcdef0"))
        .run()
        .exits(66)
        .stdout("")
        .stderr(
            "ail-export: cannot export ami-… (eu-central-1)
  the stack NO-SUCH-STACK, which has the bucket for VM images, does not exist (eu-central-1)
  next: deploy it with `ail-stack up --kind vm-bucket`, or give --bucket and --role
",
        );
    assert_eq!(lab.mutating_calls(), NOTHING);
}

#[test]
fn a_bucket_that_does_not_exist_fails_before_any_task() {
    let lab = Lab::new();
    export_into(&lab, "no-such-bucket", &["vhd"]).run().exits(66).stdout("").stderr(
        "ail-export: cannot export ami-… to s3://no-such-bucket (eu-central-1)
  the bucket no-such-bucket does not exist
  next: make one with `ail-stack up --kind vm-bucket`, or give another --bucket
",
    );
    assert_eq!(lab.mutating_calls(), NOTHING);
}

#[test]
fn all_that_stands_in_the_way_is_said_at_once() {
    let lab = Lab::new();
    bucket(&lab, "far-away", "us-west-2");
    let trust = TRUST.replace("vmie", "ec2");
    create_role(&lab, "astray", &trust);
    lab.tool("ail-export")
        .args(["run", "--bucket", "far-away", "--role", "astray"])
        .record(&record(&lab, &debian(&lab)))
        .run()
        .exits(69)
        .stdout("")
        .stderr(
            "ail-export: cannot export ami-… to s3://far-away (eu-central-1)
  3 things stand in the way:
  the image ami-… belongs to the account 136693071363; EC2 exports only one's own images
    next: copy it to this account (`aws ec2 copy-image`), and export the copy
  the bucket far-away lies in us-west-2; the image lies in eu-central-1
    next: give a --bucket in eu-central-1; `ail-stack up --kind vm-bucket` makes one
  the role astray does not let vmie.amazonaws.com take it on with the external id vmimport
    next: amend its trust policy; `ail-stack up --kind vm-bucket` makes a role that fits
  next: mend them all, then run the same command again; nothing was changed
",
        );
    assert_eq!(lab.mutating_calls(), NOTHING);
}

#[test]
fn a_bucket_with_a_kms_key_is_refused() {
    let lab = Lab::new();
    bucket(&lab, "with-kms", "eu-central-1");
    let rule = r#"{"Rules":[{"ApplyServerSideEncryptionByDefault":{"SSEAlgorithm":"aws:kms"}}]}"#;
    lab.aws(&[
        "s3api",
        "put-bucket-encryption",
        "--bucket",
        "with-kms",
        "--server-side-encryption-configuration",
        rule,
    ]);
    export_into(&lab, "with-kms", &["vhd"]).run().exits(69).stdout("").stderr(
        "ail-export: cannot export ami-… to s3://with-kms (eu-central-1)
  the bucket with-kms encrypts with a KMS key; EC2 cannot export into it
  next: give a --bucket with SSE-S3 (AES256)
",
    );
}

#[test]
fn what_may_not_be_read_is_a_warning_and_throttling_is_none() {
    let lab = Lab::new();
    let image = image();
    lab.fault(&denied("iam", "GetRole"));
    lab.fault(&denied("s3", "GetBucketEncryption"));
    lab.fault(&Fault {
        operation: "DescribeExportImageTasks",
        status: 503,
        code: "RequestLimitExceeded",
        times: 2,
        ..Fault::default()
    });
    let ran = lab
        .tool("ail-export")
        .args(["run", "--dry-run", "--bucket", BUCKET, "--role", ROLE, "--format", "raw"])
        .args(["--asset-id", &lab.asset_id(), "--image-id", image])
        .stdin("{\"schema\":\"ail/1\"}")
        .run()
        .exits(0);
    assert_eq!(
        ran.stderr_text(),
        "ail-export: warning: cannot see how the bucket disks encrypts (GetBucketEncryption: \
AccessDenied: Access Denied (request …)); with a KMS key the export would fail
ail-export: warning: cannot see whom the role vmimport trusts (GetRole: AccessDenied: Access \
Denied (request …)); EC2 will tell if it is unfit
ail-export run: done in N s
"
    );
    let id = lab.asset_id();
    ran.stdout(&format!("would export {image} as raw to s3://disks/ai_lab/{id}/ai-lab-{id}.raw\n"));
    assert_eq!(lab.mutating_calls(), NOTHING);
}

#[test]
fn a_stranger_under_the_name_of_a_disk_is_not_overwritten() {
    let lab = Lab::new();
    LazyLock::force(&IMAGE);
    let put = |format: &str, metadata: &str| {
        let key = format!("ai_lab/{0}/ai-lab-{0}.{format}", lab.asset_id());
        let object = ["s3api", "put-object", "--bucket", BUCKET, "--key", &key];
        lab.aws(&[&object[..], &["--metadata", metadata]].concat());
    };
    put("raw", "by=hand");
    put("vhd", "image-id=ami-0123456789abcdef0,asset-id=x,export-task=x,sha256=x");
    export(&lab, &["raw", "vhd"]).run().exits(73).stdout("").stderr(
        "ail-export: cannot export ami-… to s3://disks (eu-central-1)
  2 things stand in the way:
  s3://disks/ai_lab/ID/ai-lab-ID.raw exists already: this tool did not put it there
    next: remove it (`aws s3 rm 's3://disks/ai_lab/ID/ai-lab-ID.raw'`), or choose another --asset-id
  s3://disks/ai_lab/ID/ai-lab-ID.vhd exists already: it is an export of ami-…
    next: remove it (`aws s3 rm 's3://disks/ai_lab/ID/ai-lab-ID.vhd'`), or choose another --asset-id
  next: mend them all, then run the same command again; nothing was changed
",
    );
    assert_eq!(lab.mutating_calls(), NOTHING);
}

#[test]
fn wrong_arguments_and_records_are_refused_before_any_call() {
    let lab = Lab::new();
    let tool = || lab.tool("ail-export");
    let ran = tool().args(["run", "--format", "qcow2"]).run().exits(2).stdout("");
    assert!(ran.stderr_raw().contains("[possible values: vmdk, vhd, raw]"), "{ran:#?}");
    let ran = tool().args(["run", "--role", "arn:aws:iam::1:role/x"]).run().exits(2).stdout("");
    assert!(ran.stderr_raw().contains("give the role's name, not its path or ARN"), "{ran:#?}");
    tool()
        .args(["run"])
        .record(&json!({"schema": "ail/1", "asset_id": "x"}))
        .run()
        .exits(65)
        .stderr(
            "ail-export: the record has no member `image`
  next: make it with `ail-ami create`, or give --image-id
",
        );
    tool().args(["status"]).record(&json!({"schema": "ail/1"})).run().exits(2).stderr(
        "ail-export: it is not said whose export tasks are meant
  next: give --asset-id or --image-id, or a record on stdin
",
    );
    assert_eq!(lab.calls(), NOTHING);
}
