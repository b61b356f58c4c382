//! Signals while EC2 works, tasks of other runs, and `cancel`.

use nix::sys::signal::Signal;
use serde_json::json;
use tests::{Fault, Lab};

use crate::place::{NOTHING, denied, export, exporting, image, objects, tasks, text, until};

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
    let task = text(&line["task"]);
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
    lab.fault(&denied("ec2", "CancelExportTask"));
    let ran = tasks(&lab, &["cancel", "--yes", "--quiet"]).exits(77);
    let line = &ran.lines()[0];
    assert_eq!((&line["task"], &line["state"]), (&json!(task), &json!("failed")));
    ran.stderr(
        "ail-export: cannot cancel export-ami-…
  CancelExportTask: AccessDenied: Access Denied (request …)
  next: check the credentials, and that their policy allows CancelExportTask
",
    );
    let lines = tasks(&lab, &["cancel", "--yes"]).exits(0).lines();
    assert_eq!((&lines[0]["task"], &lines[0]["state"]), (&json!(task), &json!("cancelled")));
    assert_eq!(objects(&lab), NOTHING);
    tasks(&lab, &["cancel", "--yes", "--quiet"]).exits(0).stdout("").stderr("");
}

#[test]
fn an_interruption_after_the_export_removes_what_it_wrote() {
    let _turn = exporting();
    let lab = Lab::new();
    lab.fault(&Fault {
        service: "s3",
        operation: "GetObject",
        delay: 5.0,
        times: 9,
        ..Fault::default()
    });
    let running = export(&lab, &["vhd"]).start();
    until("it reads the disk", || objects(&lab).len() == 1);
    running.signal(Signal::SIGINT);
    running
        .wait()
        .exits(130)
        .stdout("")
        .stderr("ail-export: interrupted\n  undone: cancel the export as vhd\n");
    assert_eq!(objects(&lab), NOTHING);
    let lines = tasks(&lab, &["status"]).exits(0).lines();
    assert_eq!(text(&lines[0]["state"]), "completed");
}
