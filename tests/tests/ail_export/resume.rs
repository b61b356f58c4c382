//! A run takes up what an earlier one left, at any step after the export.

use nix::sys::signal::Signal;
use tests::{Fault, Lab};

use crate::place::{called, denied, export, exporting, objects, until, uploads};

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
    // Not by its parts: calls of the interrupted run may still be answered.
    let begun = || lab.calls().iter().filter(|call| *call == "CreateMultipartUpload").count();
    let before = begun();
    // Slow ones: on a loaded machine, the copy must not be done before it is seen.
    let slow = Fault { service: "s3", operation: "UploadPartCopy", ..Fault::default() };
    lab.fault(&Fault { delay: 20.0, times: 8, ..slow });
    let running = run().start();
    until("an upload is begun again", || begun() > before);
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
