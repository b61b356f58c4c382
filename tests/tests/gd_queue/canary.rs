//! `gd-queue canary`, with workers that are there, are not, or are not what they should be.

use nix::sys::signal::Signal;
use serde_json::json;
use tests::{Fault, Running, Tool};

use crate::stage::Stage;

/// A worker of the test's queues, which may fetch from this machine: the bucket is there.
fn worker(stage: &Stage) -> Running {
    let endpoint = &tests::Cloud::shared().environment()["AWS_ENDPOINT_URL"];
    let port = endpoint.rsplit(':').next().expect("it names its port").trim_end_matches('/');
    stage
        .named(stage.lab.tool("gd-worker").args(["run"]))
        .env("GD_PORTS", format!("80,443,{port}"))
        .env("GD_ALLOW_ADDRESSES", "127.0.0.1/32")
        .start()
}

fn canary(stage: &Stage, arguments: &[&str]) -> Tool {
    stage.queue(&[&["canary"], arguments].concat())
}

fn end(worker: Running) {
    worker.signal(Signal::SIGTERM);
    worker.wait().exits(0);
}

/// How many objects there are in the bucket.
fn count(stage: &Stage) -> usize {
    stage.world("keys", &[]).as_array().map_or(0, Vec::len)
}

#[test]
fn a_canary_proves_that_all_works_and_leaves_nothing_and_takes_nothing() {
    let stage = Stage::new();
    let jobs: Vec<_> = (0..12).map(|n| format!("job{n}")).collect();
    let jobs: Vec<_> = jobs.iter().map(String::as_str).collect();
    stage.world("answer", &jobs);
    let worker = worker(&stage);
    let lines = canary(&stage, &[]).run().exits(0).lines();
    let line = &lines[0];
    assert_eq!((lines.len(), &line["state"]), (1, &json!("healthy")), "{line}");
    let seconds = |member: &str| line[member].as_f64().unwrap_or_else(|| panic!("{line}"));
    assert!(seconds("montage_seconds") <= seconds("result_seconds"), "{line}");
    assert!(seconds("result_seconds") <= seconds("seconds"), "{line}");
    let said = canary(&stage, &["--output", "table"]).run().exits(0);
    let text = said.stdout_text();
    assert!(text.starts_with("canary ") && text.contains(" healthy ") && text.ends_with(" s\n"));
    end(worker);
    assert_eq!(stage.world("depths", &[]), json!({"input": 0, "output": 12, "dead-letter": 0}));
    assert_eq!(stage.world("keys", &[]).as_array().map(Vec::len), Some(12), "those of the results");
    assert_eq!(stage.queue(&["results"]).run().exits(0).lines().len(), 12);
}

#[test]
fn results_tell_of_no_canary_and_leave_it_to_its_sender() {
    let stage = Stage::new();
    let worker = worker(&stage);
    let follow = stage.queue(&["results", "--follow"]).start();
    let every = canary(&stage, &["--every", "1s"]).start();
    let flown = || stage.lab.calls().iter().filter(|call| *call == "SendMessage").count();
    // The worker sends a result a canary too.
    while flown() < 5 {
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    every.signal(Signal::SIGINT);
    let lines = every.wait().exits(0).lines();
    assert!(lines.iter().all(|line| line["state"] == "healthy"), "{lines:?}");
    assert!(!lines.is_empty());
    follow.signal(Signal::SIGINT);
    follow.wait().exits(130).stdout("");
    end(worker);
    assert_eq!(stage.world("depths", &[])["input"], 0);
}

#[test]
fn without_a_worker_it_is_late_and_says_how_far_it_came() {
    let stage = Stage::new();
    let ran = canary(&stage, &["--timeout", "2s"]).run().exits(124);
    let lines = ran.lines();
    let waits = format!("its job waits in {}, and nobody takes it", stage.name("input"));
    assert_eq!(
        (&lines[0]["state"], &lines[0]["reason"]),
        (&json!("late"), &json!(waits)),
        "{ran:#?}"
    );
    assert!(ran.stderr_text().contains(" is late\n  its job waits in "), "{ran:#?}");
    assert_eq!(stage.world("depths", &[])["input"], 0, "it was taken back");
    assert_eq!(stage.world("keys", &[]), json!([]));
    // Where others wait, nothing is received: that would count as a try of theirs.
    stage.queue(&["send"]).stdin("http://a/1").run().exits(0);
    let ran = canary(&stage, &["--timeout", "2s"]).run().exits(124);
    let reason = ran.lines()[0]["reason"].as_str().expect("it says why").to_owned();
    let stays = format!("; its job stays in {}, and a later canary", stage.name("input"));
    assert!(reason.contains(&stays), "{reason}");
    assert_eq!(stage.world("depths", &[])["input"], 2);
    assert_eq!(count(&stage), 2, "its image, and a note of its job");
}

#[test]
fn what_comes_of_a_job_that_was_left_is_deleted_by_a_later_canary() {
    let stage = Stage::new();
    // Others wait as well, so that its own job is not taken back.
    stage.queue(&["send"]).stdin("http://10.0.0.1/a.jpg").run().exits(0);
    let flying = canary(&stage, &["--every", "1m"]).start();
    while !stage.lab.calls().iter().any(|call| call == "SendMessage") {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    flying.signal(Signal::SIGTERM);
    let ran = flying.wait();
    let said =
        format!("gd-queue canary: its job stays in {}, and a later canary", stage.name("input"));
    assert!(ran.stderr_raw().contains(&said), "{ran:#?}");
    assert_eq!(count(&stage), 2, "its image, and a note of its job");
    canary(&stage, &["--timeout", "2s"]).run().exits(124);
    assert_eq!(count(&stage), 4, "there is no montage yet, and a second one was left");

    let worker = worker(&stage);
    while count(&stage) < 6 {
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    canary(&stage, &[]).run().exits(0);
    end(worker);
    assert_eq!(stage.world("keys", &[]), json!([]));
}

#[test]
fn a_dead_one_says_why_and_a_forged_montage_is_wrong() {
    let stage = Stage::new();
    let worker = worker(&stage);
    let ran = canary(&stage, &["--image", "http://10.0.0.1/a.jpg"]).run().exits(1);
    let line = &ran.lines()[0];
    assert_eq!(line["state"], "dead");
    let reason = line["reason"].as_str().expect("it says why");
    assert!(reason.contains("its address 10.0.0.1 is not a public one"), "{reason}");
    assert_eq!(stage.world("depths", &[]), json!({"input": 0, "output": 0, "dead-letter": 0}));
    end(worker);

    let flying = canary(&stage, &[]).start();
    stage.world("forge", &[]);
    let line = &flying.wait().exits(1).lines()[0];
    assert_eq!(line["state"], "wrong");
    let reason = line["reason"].as_str().expect("it says why");
    assert!(reason.starts_with("its montage is no image: "), "{reason}");
    assert_eq!(stage.world("keys", &[]), json!([]));
    canary(&stage, &["--image", "file:///etc/passwd"]).run().exits(2).stdout("");
}

#[test]
fn one_whose_result_is_not_found_among_many_is_not_healthy() {
    let stage = Stage::new();
    stage.world("crowd", &["1100"]);
    let worker = worker(&stage);
    let ran = canary(&stage, &[]).run().exits(79);
    let line = &ran.lines()[0];
    assert_eq!((&line["state"], &line["result_seconds"]), (&json!("unread"), &json!(null)));
    assert!(line["montage_seconds"].is_number(), "{line}");
    let why = format!("too many results wait in {} to find its own", stage.name("output"));
    assert!(line["reason"].as_str().is_some_and(|reason| reason.ends_with(&why)), "{line}");
    end(worker);
    assert_eq!(stage.world("keys", &[]), json!([]));
    assert_eq!(stage.world("depths", &[])["output"], 1101, "they stay where they are");
}

#[test]
fn one_that_is_refused_leaves_nothing_or_says_what() {
    let stage = Stage::new();
    let deny = |service, operation| {
        let (status, code) = (403, "AccessDenied");
        stage.lab.fault(&Fault { service, operation, status, code, ..Fault::default() });
    };
    deny("sqs", "SendMessage");
    let ran = canary(&stage, &[]).run().exits(77).stdout("");
    assert!(!ran.stderr_text().contains("left behind"), "{ran:#?}");
    assert_eq!(stage.world("keys", &[]), json!([]));
    deny("sqs", "SendMessage");
    deny("s3", "DeleteObject");
    let ran = canary(&stage, &[]).run().exits(77).stdout("");
    let said = ran.stderr_text();
    assert!(said.contains("\n  left behind: cannot delete s3://"), "{ran:#?}");
    assert_eq!(stage.world("keys", &[]).as_array().map(Vec::len), Some(1), "its image");
}

#[test]
fn an_interruption_cleans_up() {
    let stage = Stage::new();
    let flying = canary(&stage, &[]).start();
    while !stage.lab.calls().iter().any(|call| call == "SendMessage") {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    flying.signal(Signal::SIGTERM);
    let ran = flying.wait().exits(143).stdout("");
    assert!(ran.stderr_text().contains("undone: delete what the canary "), "{ran:#?}");
    assert_eq!(stage.world("depths", &[])["input"], 0);
    assert_eq!(stage.world("keys", &[]), json!([]));
    let plan = canary(&stage, &["--dry-run"]).run().exits(0);
    assert!(
        plan.stdout_text().contains(&format!("would send a canary to {}", stage.name("input")))
    );
    assert_eq!(stage.world("depths", &[])["input"], 0);
}
