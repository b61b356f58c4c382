//! `gd-queue results`.

use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use serde_json::json;

use crate::stage::{Stage, members};

#[test]
fn each_job_has_one_line_and_its_messages_go() {
    let stage = Stage::new();
    stage.world("answer", &["one", "two", "one", "none"]);
    stage.world("say", &["Output available at: http://s3/image-bucket-1/out/old.jpg", "hello"]);
    let ran = stage.queue(&["results"]).record(&stage.record()).run().exits(0);
    let mut lines = ran.lines();
    lines.sort_by_key(|line| line["job"].to_string());
    assert_eq!(members(&lines, "job"), ["none", "old", "one", "two", "null"]);
    assert_eq!(members(&lines, "result"), ["nothing", "montage", "montage", "montage", "unknown"]);
    assert_eq!(lines[2]["images"], 3);
    assert_eq!(lines[2]["failed"], json!([{"url": "http://a/2", "reason": "404"}]));
    assert_eq!(lines[2]["url"], "https://bucket/out/one.jpg?X-Amz-Signature=1");
    assert_eq!(lines[4]["body"], "hello");
    assert!(
        ran.stderr_text().starts_with(
            "5 results, and 1 message of a job that was told already\ngd-queue results"
        ),
        "{ran:#?}"
    );
    assert_eq!(stage.world("count", &[]), json!({"waiting": 0, "in_flight": 0}));
    stage.queue(&["results"]).run().exits(0).stdout("");
}

#[test]
fn what_is_kept_can_be_received_again_at_once() {
    let stage = Stage::new();
    stage.world("answer", &["one", "two"]);
    assert_eq!(stage.queue(&["results", "--keep"]).run().exits(0).lines().len(), 2);
    assert_eq!(stage.world("count", &[]), json!({"waiting": 2, "in_flight": 0}));
    assert_eq!(stage.queue(&["results"]).run().exits(0).lines().len(), 2);
}

#[test]
fn montages_are_fetched_whole_and_nothing_else_is() {
    let stage = Stage::new();
    stage.world("answer", &["one", "gone!", "none"]);
    stage.world("put", &["x.jpg", "out/a/b.jpg"]);
    stage.world(
        "say",
        &["Output available at: http://b/out/a/b.jpg", "Output available at: http://b/x.jpg"],
    );
    let ran = stage.queue(&["results", "--download", "new/montages"]).run().exits(79);
    let lines = ran.lines();
    assert_eq!(lines.len(), 5);
    let one = lines.iter().find(|line| line["job"] == "one").expect("told");
    assert_eq!(one["file"], "new/montages/one.jpg");
    let file = stage.lab.home().join("new/montages/one.jpg");
    assert_eq!(std::fs::read_to_string(file).expect("it was fetched"), "montage of one");
    let gone = lines.iter().find(|line| line["job"] == "gone").expect("told");
    assert!(gone["error"].as_str().is_some_and(|error| error.contains("NoSuchKey")), "{gone}");
    let files = std::fs::read_dir(stage.lab.home().join("new/montages")).expect("a directory");
    let mut files: Vec<_> = files.map(|file| file.expect("a file").file_name()).collect();
    files.sort();
    assert_eq!(files, ["a%2Fb.jpg", "one.jpg"], "no other, and no unfinished one");
    assert!(
        ran.stderr_text().contains("gd-queue: 1 of the montages could not be fetched\n"),
        "{ran:#?}"
    );
    // Its message stays, and the next run fetches it.
    stage.world("put", &["out/gone.jpg"]);
    let next = ["results", "--count", "1", "--download", "new/montages", "--timeout", "30s"];
    let lines = stage.queue(&next).run().exits(0).lines();
    assert_eq!(lines[0]["file"], "new/montages/gone.jpg");
}

#[test]
fn following_ends_by_count_by_idleness_and_by_the_deadline() {
    let stage = Stage::new();
    let follow = stage.queue(&["results", "--count", "2", "--timeout", "60s"]).start();
    stage.world("answer", &["one", "two", "one"]);
    assert_eq!(follow.wait().exits(0).lines().len(), 2);
    let started = Instant::now();
    stage.queue(&["results", "--idle", "1s"]).run().exits(0);
    assert!(started.elapsed() < Duration::from_secs(5));
    let ran = stage.queue(&["results", "--count", "1", "--timeout", "1s"]).run().exits(124);
    ran.stdout("").stderr(
        "gd-queue: waited 1s: 0 of 1 results came\n  next: `gd-queue stats` tells where the jobs \
         are; run the same again to go on waiting\n",
    );
}

#[test]
fn a_reader_who_is_gone_loses_no_result() {
    let stage = Stage::new();
    // The reader ends at once; the results come after.
    let line = "gd-queue results --follow --timeout 60s | exec true; echo ${PIPESTATUS[0]}";
    let shell = stage.shell(line).start();
    std::thread::sleep(Duration::from_millis(500));
    stage.world("answer", &["one", "two"]);
    shell.wait().exits(0).stdout("0\n");
    assert_eq!(stage.world("count", &[]), json!({"waiting": 2, "in_flight": 0}));
}

#[test]
fn an_interruption_ends_following() {
    let stage = Stage::new();
    stage.world("answer", &["one"]);
    let follow = stage.queue(&["results", "--follow"]).start();
    while !stage.lab.calls().iter().any(|call| call == "DeleteMessageBatch") {
        std::thread::sleep(Duration::from_millis(20));
    }
    follow.signal(Signal::SIGINT);
    assert_eq!(follow.wait().exits(130).lines().len(), 1);
    assert_eq!(stage.world("count", &[]), json!({"waiting": 0, "in_flight": 0}));
}

#[test]
fn a_team_without_a_bucket_ends_with_66() {
    let stage = Stage::new();
    let ran = stage.team(&["results", "--download", "x"]).run().exits(66).stdout("");
    assert!(ran.stderr_text().contains(" has no bucket (eu-central-1)\n"), "{ran:#?}");
    assert_eq!(stage.lab.mutating_calls(), [""; 0]);
}
