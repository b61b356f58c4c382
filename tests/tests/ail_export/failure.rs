//! Tasks that fail, and those that EC2 does not take.

use serde_json::Value;
use tests::{Fault, Lab};

use crate::place::{
    BUCKET, NOTHING, ROLE, export, exporting, fail_next_task, image, objects, record, tasks,
};

#[test]
fn a_task_that_fails_says_why_and_what_is_done_stays() {
    let _turn = exporting();
    let lab = Lab::new();
    fail_next_task();
    export(&lab, &["raw"]).run().exits(1).stdout("").stderr(
        "ail-export: cannot export ami-… as raw to s3://disks/ai_lab/ID/ai-lab-ID.raw (eu-central-1)
  export-ami-… failed: ClientError: Unsupported kernel
  undone: cancel the export as raw
  next: mend the cause, then run the same command again: ami-… stays for it
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
  next: mend the cause, then run the same command again: ami-… stays for it
",
    );
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
