//! The sender's journal, and what is sent again by it.

use nix::sys::signal::Signal;
use serde_json::{Value, json};
use tests::Fault;

use crate::stage::{Stage, members};

fn jobs(count: usize) -> String {
    (0..count).map(|n| format!("[\"http://a/{n}\"]\n")).collect()
}

/// Jobs in a journal of the test's own, and their ids.
fn sent(stage: &Stage, count: usize) -> Vec<String> {
    let ran = stage.queue(&["send", "--journal", "journal"]).stdin(jobs(count)).run().exits(0);
    members(&ran.lines(), "job").into_iter().map(str::to_owned).collect()
}

fn resend(stage: &Stage) -> tests::Tool {
    stage.queue(&["resend", "--journal", "journal"])
}

fn depth(stage: &Stage) -> Value {
    stage.world("depths", &[])["input"].clone()
}

#[test]
fn what_a_purge_took_is_sent_again_once() {
    let stage = Stage::new();
    let ids = sent(&stage, 25);
    resend(&stage).run().exits(0).stdout("");
    assert_eq!(depth(&stage), 25, "nothing was lost");
    stage.world("purge", &["input"]);
    // Two are done, and one is among the dead letters.
    stage.world("put", &[&format!("out/{}.jpg", ids[0]), &format!("out/{}.jpg", ids[1])]);
    stage.world("bury", &[&ids[2]]);
    let plan = resend(&stage).args(["--dry-run"]).run().exits(0);
    assert_eq!(plan.stdout_text().lines().count(), 22);
    let ran = resend(&stage).run().exits(0);
    let lines = ran.lines();
    let mut again: Vec<_> = members(&lines, "job");
    let mut expected: Vec<_> = ids[3..].iter().map(String::as_str).collect();
    again.sort_unstable();
    expected.sort_unstable();
    assert_eq!(again, expected);
    assert_eq!(depth(&stage), 22);
    let before = stage.lab.mutating_calls();
    resend(&stage).run().exits(0).stdout("");
    stage.world("purge", &["input"]);
    let ran = resend(&stage).run().exits(0).stdout("");
    assert!(ran.stderr_text().contains("were sent again already"), "{ran:#?}");
    let sends = |calls: &[String]| calls.iter().filter(|call| call.starts_with("Send")).count();
    assert_eq!(sends(&stage.lab.mutating_calls()), sends(&before));
    assert_eq!(stage.world("depths", &[])["dead-letter"], 1, "it stays where it is");
}

#[test]
fn what_was_killed_before_it_was_sent_is_not_lost() {
    let stage = Stage::new();
    stage.lab.fault(&Fault {
        service: "sqs",
        operation: "SendMessageBatch",
        times: 8,
        delay: 1.5,
        ..Fault::default()
    });
    let send = stage.queue(&["send", "--journal", "journal"]).stdin(jobs(40)).start();
    while !stage.lab.calls().iter().any(|call| call == "SendMessageBatch") {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    send.kill_session();
    send.wait();
    // Those that were under way may still come.
    std::thread::sleep(std::time::Duration::from_secs(2));
    stage.world("purge", &["input"]);
    let kept = std::fs::read_to_string(stage.lab.home().join("journal")).expect("it is there");
    assert_eq!(kept.lines().count(), 40);
    let again = resend(&stage).start();
    while depth(&stage) == 0 {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    again.signal(Signal::SIGKILL);
    again.wait();
    // Whatever it came to: the next one leaves it alone for a minute, and nothing is lost.
    resend(&stage).run().exits(0);
    let kept = std::fs::read_to_string(stage.lab.home().join("journal")).expect("it is there");
    assert_eq!(kept.lines().filter(|line| line.contains("\"resend\"")).count(), 40);
}

#[test]
fn what_sqs_refused_is_its_senders_to_send() {
    let stage = Stage::new();
    stage.lab.fault(&Fault {
        service: "sqs",
        operation: "SendMessageBatch",
        status: 403,
        code: "AccessDenied",
        ..Fault::default()
    });
    let send = stage.queue(&["send", "--journal", "journal"]).stdin(jobs(3));
    send.run().exits(77).stdout("");
    resend(&stage).run().exits(0).stdout("");
    assert_eq!(depth(&stage), 0);
}

#[test]
fn what_could_not_be_sent_again_is_still_lost_and_sent_by_the_next() {
    let stage = Stage::new();
    sent(&stage, 12);
    stage.world("purge", &["input"]);
    // More often than a job is sent again at all.
    for _ in 0..4 {
        stage.lab.fault(&Fault {
            service: "sqs",
            operation: "SendMessageBatch",
            times: 2,
            status: 403,
            code: "AccessDenied",
            ..Fault::default()
        });
        resend(&stage).run().exits(77).stdout("");
    }
    assert_eq!(resend(&stage).run().exits(0).lines().len(), 12);
    assert_eq!(depth(&stage), 12);
    resend(&stage).run().exits(0).stdout("");
}

#[test]
fn a_journal_is_kept_unless_it_is_not_wanted() {
    let stage = Stage::new();
    stage.queue(&["send", "--no-journal"]).stdin(jobs(1)).run().exits(0);
    assert!(!stage.lab.state().exists());
    stage.queue(&["send"]).stdin(jobs(2)).run().exits(0);
    let name = format!("journal-123456789012-eu-central-1-{}.ndjson", stage.name("input"));
    let kept = std::fs::read_to_string(stage.lab.state().join(name)).expect("it is kept");
    let first: Value = serde_json::from_str(kept.lines().next().expect("a line")).expect("JSON");
    assert_eq!((&first["event"], &first["urls"]), (&json!("send"), &json!(["http://a/0"])));
    stage.file("file", "");
    let ran = stage.queue(&["send", "--journal", "file/x"]).stdin(jobs(1)).run().exits(1);
    assert!(ran.stderr_text().contains("cannot keep the journal file/x"), "{ran:#?}");
    assert_eq!(depth(&stage), 3);
}

#[test]
fn what_was_not_done_when_all_is_taken_down_is_not_sent_to_another() {
    let stage = Stage::empty();
    let record = stage.team(&["up"]).run().record();
    stage.team(&["send"]).stdin(jobs(2)).run().exits(0);
    assert_eq!(std::fs::read_dir(stage.lab.state()).expect("it is there").count(), 1);
    stage.team(&["down", "--yes"]).record(&record).run().exits(0);
    assert_eq!(std::fs::read_dir(stage.lab.state()).expect("it is there").count(), 0);
}
