//! How `just release` fails: the status of the stage that failed, its error to the letter,
//! and nothing left.

use std::sync::{Mutex, Once, PoisonError};
use std::time::Duration;

use tests::{Cloud, Lab, Ran, Tool};

/// A release with a playbook of one's own instead of the roles.
fn release(lab: &Lab, tasks: &str) -> Tool {
    // Of two first releases at the same moment, the second fails: the bucket's stack is one.
    static BUCKET: Once = Once::new();
    BUCKET.call_once(|| {
        lab.tool("ail-stack").args(["up", "--kind", "vm-bucket"]).run().exits(0);
    });
    let playbook = lab.home().join("playbook");
    std::fs::create_dir_all(&playbook).expect("a directory");
    let site = format!("- hosts: all\n  gather_facts: false\n  tasks:\n{tasks}\n");
    std::fs::write(playbook.join("site.yml"), site).expect("a file");
    lab.just("release")
        .env("AIL_PLAYBOOK", playbook)
        .env("AIL_FORMAT", "vmdk")
        .patience(Duration::from_secs(10 * 60))
}

/// A fault of a task strikes whichever comes next: tests that export do so one after the other.
static EXPORTS: Mutex<()> = Mutex::new(());

fn fail_next_task() {
    let fault = serde_json::json!({
        "service": "ec2",
        "operation": "ExportImageTask",
        "code": "ClientError",
        "message": "Unsupported kernel version",
    });
    Cloud::shared().control("POST", "/ail-cloud/faults", &fault.to_string());
}

const NOTHING: &str = "    - ansible.builtin.ping:";

/// Fails where the stage of Ansible has the secret key in its environment.
const WITHOUT_KEY: &str = "    - ansible.builtin.assert:
        that: lookup('env', 'AIL_SIGNING_KEY') == ''";

/// All errors of a run, of whatever stage, without the lines of progress between them.
fn errors(ran: &Ran) -> String {
    let said = ran.stderr_text();
    let mut within = false;
    let of_an_error = |line: &&str| {
        let begins = line.starts_with("ail-") || line.starts_with("error: ");
        let progress =
            ["taking back: ", ": done in ", " up: ", " run: ", "ail-ec2-ID: ", "ail-ID-"];
        within = match line.starts_with("  ") {
            true => within,
            false => begins && !progress.iter().any(|sign| line.contains(sign)),
        };
        within
    };
    said.lines().filter(of_an_error).collect::<Vec<_>>().join("\n")
}

/// The instances that were ever launched for this asset id.
fn instances(lab: &Lab) -> usize {
    let filter = format!("Name=tag:ail:asset-id,Values={}", lab.asset_id());
    let answer = lab.aws(&["ec2", "describe-instances", "--filters", &filter]);
    answer["Reservations"].as_array().expect("a list").len()
}

#[track_caller]
fn leaves_nothing(lab: &Lab) {
    lab.reader("left.py").args([lab.asset_id()]).run().exits(0).stdout("");
}

#[test]
fn a_bucket_that_does_not_exist_is_found_before_there_is_an_instance() {
    let lab = Lab::new();
    let ran = release(&lab, NOTHING).env("AIL_BUCKET", "no-such-bucket").run().exits(66);
    insta::assert_snapshot!(errors(&ran), @r"
    ail-export: cannot export images to s3://no-such-bucket (eu-central-1)
      the bucket no-such-bucket does not exist
      next: make one with `ail-stack up --kind vm-bucket`, or give another --bucket
    ail-stack: the input is not a record
      it is empty
      next: look at the stage before this one: it failed, or it printed nothing
    ail-export: the input is not a record
      it is empty
      next: look at the stage before this one: it failed, or it printed nothing
    error: recipe `release` failed with exit code 66
    ");
    assert_eq!(instances(&lab), 0);
}

#[test]
fn a_key_that_cannot_sign_is_found_before_there_is_an_instance() {
    let lab = Lab::new();
    let file = lab.home().join("locked.key");
    let keygen = lab.tool("ail-export").args(["keygen".as_ref(), file.as_os_str()]);
    keygen.env("AIL_SIGNING_PASSWORD", "of the key").run().exits(0);
    let key = std::fs::read_to_string(&file).expect("the key");
    // As a build has it from its secrets.
    let ran = release(&lab, NOTHING).env("AIL_SIGNING_KEY", key).run().exits(65);
    insta::assert_snapshot!(errors(&ran), @r"
    ail-export: cannot use the secret key of AIL_SIGNING_KEY
      it is encrypted, and AIL_SIGNING_PASSWORD has no password
      next: make one with `ail-export keygen FILE`, or `minisign -G`
    ail-stack: the input is not a record
      it is empty
      next: look at the stage before this one: it failed, or it printed nothing
    ail-export: the input is not a record
      it is empty
      next: look at the stage before this one: it failed, or it printed nothing
    error: recipe `release` failed with exit code 65
    ");
    assert_eq!(instances(&lab), 0);
}

#[test]
fn a_taken_name_is_found_before_there_is_an_instance() {
    let lab = Lab::new();
    let source = lab.aws(&["ec2", "describe-images", "--owners", "136693071363"]);
    let source = source["Images"][0]["ImageId"].as_str().expect("an id").to_owned();
    let name = format!("ail-{}", lab.asset_id());
    let region = "eu-central-1";
    let copy = ["ec2", "copy-image", "--source-region", region, "--source-image-id", &source];
    let stranger = lab.aws(&[&copy[..], &["--name", &name]].concat());
    let stranger = stranger["ImageId"].as_str().expect("an id").to_owned();
    lab.aws(&["ec2", "wait", "image-available", "--image-ids", &stranger]);

    let ran = release(&lab, NOTHING).run().exits(73);
    insta::assert_snapshot!(errors(&ran), @r"
    ail-ami: the image name ail-ID is taken by ami-… (not tagged ail:asset-id=ID, eu-central-1)
      ami-… is available, without the tag ail:asset-id
      next: take another --asset-id; or, if nobody needs it, `aws ec2 deregister-image --region eu-central-1 --image-id ami-…`
    ail-export: the input is not a record
      it is empty
      next: look at the stage before this one: it failed, or it printed nothing
    ail-stack: the input is not a record
      it is empty
      next: look at the stage before this one: it failed, or it printed nothing
    ail-export: the input is not a record
      it is empty
      next: look at the stage before this one: it failed, or it printed nothing
    error: recipe `release` failed with exit code 73
    ");
    assert_eq!(instances(&lab), 0);
    lab.aws(&["ec2", "deregister-image", "--image-id", &stranger, "--delete-associated-snapshots"]);
}

#[test]
fn a_failing_stack_tells_its_first_cause() {
    let lab = Lab::new();
    let ran = release(&lab, NOTHING).env("AIL_INSTANCE_TYPE", "t3.gigantic").run().exits(1);
    insta::assert_snapshot!(errors(&ran), @r#"
    ail-stack: cannot create the stack ail-ec2-ID (eu-central-1)
      Instance (AWS::EC2::Instance): Resource handler returned message: "Invalid value 't3.gigantic' for InstanceType. (Service: Ec2, Status Code: 400, Request ID: request-id) (SDK Attempt Count: 1)" (RequestToken: UUID, HandlerErrorCode: InvalidRequest)
      undone: delete the stack ail-ec2-ID
      undone: delete the key pair ail-ID-RUN
      undone: remove the key file HOME/state/ail/ail-ID-RUN
      next: mend the cause, then run the same command again
    ail-export: the input is not a record
      it is empty
      next: look at the stage before this one: it failed, or it printed nothing
    error: recipe `release` failed with exit code 1
    "#);
    leaves_nothing(&lab);
}

#[test]
fn a_failing_task_is_named_with_its_message() {
    let lab = Lab::new();
    let task = "    - name: Find the moon\n      ansible.builtin.command: 'false'";
    let ran = release(&lab, task).run().exits(1);
    insta::assert_snapshot!(errors(&ran), @r#"
    ail-provision: cannot install on i-… (admin@ADDRESS)
      the task "Find the moon" failed
      non-zero return code
      next: mend the cause and run the same command again: what is done is found done
    ail-provision: the input is not a record
      it is empty
      next: look at the stage before this one: it failed, or it printed nothing
    ail-provision: the input is not a record
      it is empty
      next: look at the stage before this one: it failed, or it printed nothing
    ail-ami: the input is not a record
      it is empty
      next: look at the stage before this one: it failed, or it printed nothing
    ail-stack: the command ended with status 1: bash -c ail-provision wait \ | ail-provision install \ | ail-pro…
      undone: delete the stack ail-ec2-ID
      undone: delete the key pair ail-ID-RUN
      undone: remove the key file HOME/state/ail/ail-ID-RUN
    ail-export: the input is not a record
      it is empty
      next: look at the stage before this one: it failed, or it printed nothing
    error: recipe `release` failed with exit code 1
    "#);
    leaves_nothing(&lab);
}

#[test]
fn a_failing_export_keeps_the_image_and_says_so() {
    let _turn = EXPORTS.lock().unwrap_or_else(PoisonError::into_inner);
    let lab = Lab::new();
    fail_next_task();
    let ran = release(&lab, NOTHING).run().exits(1);
    insta::assert_snapshot!(errors(&ran), @r"
    ail-export: cannot export ami-… as vmdk to s3://BUCKET/ai_lab/ID/ai-lab-ID.vmdk (eu-central-1)
      export-ami-… failed: ClientError: Unsupported kernel version
      undone: cancel the export as vmdk
      next: mend the cause, then run the same command again: ami-… stays for it
    error: recipe `release` failed with exit code 1
    ");
    let left = lab.reader("left.py").args([lab.asset_id()]).run().exits(0);
    let kinds: Vec<_> = left.stdout_text().lines().filter_map(|id| id.split('-').next()).collect();
    let expected = ["ami", "snap", "s3://ail"];
    assert_eq!(kinds, expected, "the image, from which the next run goes on, and its bill");
    lab.tool("ail-assets").args(["rm", "--yes", "--asset-id", &lab.asset_id()]).run().exits(0);
    leaves_nothing(&lab);
}

#[test]
fn half_the_exports_are_neither_signed_nor_published() {
    let _turn = EXPORTS.lock().unwrap_or_else(PoisonError::into_inner);
    let lab = Lab::new();
    let file = lab.home().join("signing.key");
    let keygen = lab.tool("ail-export").args(["keygen".as_ref(), file.as_os_str()]);
    let public = keygen.run().exits(0).stdout_text().trim().to_owned();
    let key = std::fs::read_to_string(&file).expect("the key");
    let publishing = || {
        let release = release(&lab, WITHOUT_KEY).env("AIL_FORMAT", "vmdk,vhd");
        release.env("AIL_PUBLISH", "yes").env("AIL_SIGNING_KEY", &key)
    };
    let mut running = publishing().start();
    running.until_says("vmdk: export-ami-");
    fail_next_task();
    let ran = running.wait().exits(79);
    let told = ran.stderr_text();
    assert!(told.contains("export-ami-… failed: ClientError: Unsupported kernel"), "{ran:#?}");
    // What there is of it, and which disk is missing.
    let table = ran.stdout_text();
    assert!(table.contains(&format!("ai-lab-{}.vmdk", lab.asset_id())), "{ran:#?}");
    assert!(!table.contains(&format!("ai-lab-{}.vhd", lab.asset_id())), "{ran:#?}");
    for stage in ["ail-export sign", "ail-ami publish"] {
        assert!(!told.contains(stage), "{stage}: {ran:#?}");
    }
    let state = |lab: &Lab| {
        let of = format!("Name=tag:ail:asset-id,Values={}", lab.asset_id());
        let found = lab.aws(&["ec2", "describe-images", "--filters", &of]);
        found["Images"][0]["Public"].clone()
    };
    assert_eq!(state(&lab), false);
    assert!(!lab.out().join("release.json").exists());

    publishing().run().exits(0);
    assert_eq!(state(&lab), true);
    let text = std::fs::read_to_string(lab.out().join("release.json")).expect("a record");
    let record: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(record["image"]["public"], true);
    assert_eq!(record["exports"].as_array().map(Vec::len), Some(2));
    // That of the run that read what is inside the image; this one could not any more.
    assert_eq!(record["inventory"], serde_json::Value::Null);
    assert!(record["bill"]["sha256"].is_string(), "{record:#}");
    assert_eq!(record["checksums"]["signature"]["public_key"], public);
    lab.tool("ail-assets").args(["rm", "--yes", "--asset-id", &lab.asset_id()]).run().exits(0);
    leaves_nothing(&lab);
}
