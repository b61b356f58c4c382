//! How a worker ends, and how it holds what it works on.

use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use serde_json::json;

use crate::stage::Stage;

fn until_asked(stage: &Stage, path: &str) {
    let started = Instant::now();
    while !stage.site.asked().iter().any(|asked| asked == path) {
        assert!(started.elapsed() < Duration::from_secs(60), "{path} was never asked for");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn told_to_end_it_finishes_what_is_begun_and_takes_no_more() {
    let stage = Stage::new();
    stage.send([stage.site.job(&["held", "red.jpg"])]);
    let mut running = stage.worker().args(["--jobs", "1"]).start();
    until_asked(&stage, "held");
    stage.send([stage.site.job(&["red.jpg"]), stage.site.job(&["tall.jpg"])]);
    running.signal(Signal::SIGTERM);
    running.until_says("finishing 1 job, taking no more\n");
    stage.site.let_go();
    let ran = running.wait().exits(0);
    assert_eq!(ran.lines().len(), 1);
    assert_eq!(ran.lines()[0]["outcome"], "made");
    // The others are there for the next worker, at once.
    assert_eq!(stage.world("depth", &["input"]), json!({"waiting": 2, "in_flight": 0}));
}

#[test]
fn told_to_end_while_it_waits_it_ends() {
    let stage = Stage::new();
    let mut running = stage.worker().start();
    running.until_says("gd-worker: serving ");
    let started = Instant::now();
    running.signal(Signal::SIGINT);
    running.wait().exits(0).stdout("");
    // When its last poll is over: a message must not go to a worker that is gone.
    assert!(started.elapsed() < Duration::from_secs(15));
    stage.send([stage.site.job(&["red.jpg"])]);
    assert_eq!(stage.world("depth", &["input"]), json!({"waiting": 1, "in_flight": 0}));
}

#[test]
fn the_second_signal_ends_it_at_once_and_the_job_comes_back() {
    let stage = Stage::with("3", "5");
    stage.send([stage.site.job(&["mute"])]);
    let mut running = stage.worker().start();
    until_asked(&stage, "mute");
    running.signal(Signal::SIGTERM);
    running.until_says("finishing 1 job");
    let started = Instant::now();
    running.signal(Signal::SIGTERM);
    let ran = running.wait().exits(143).stdout("");
    assert!(started.elapsed() < Duration::from_secs(5), "{ran:#?}");
    // In the time of one more poll, which the one that was torn off may have taken.
    let next = ["--max-jobs", "1", "--fetch-time", "1s", "--idle-exit", "30s"];
    let lines = stage.worker().args(next).run().exits(0).lines();
    assert!(lines[0]["receives"].as_u64().is_some_and(|times| times > 1), "{lines:#?}");
}

#[test]
fn a_long_job_stays_hidden_from_the_other_workers() {
    // Shorter than the job, and long beside what keeps a heartbeat on a busy machine.
    let stage = Stage::with("6", "5");
    stage.send([stage.site.job(&["after/8000"])]);
    let workers = [(); 2].map(|()| stage.worker().args(["--idle-exit", "10s"]).start());
    let lines: Vec<_> = workers.into_iter().flat_map(|w| w.wait().exits(0).lines()).collect();
    assert_eq!(lines.len(), 1, "{lines:#?}");
    assert_eq!((&lines[0]["outcome"], &lines[0]["receives"]), (&json!("made"), &json!(1)));
    assert_eq!(stage.site.asked(), ["after/8000"]);
}

#[test]
fn it_ends_by_itself_when_there_is_nothing_to_do() {
    let stage = Stage::new();
    let started = Instant::now();
    stage.worker().args(["--idle-exit", "2s"]).run().exits(0).stdout("");
    assert!(started.elapsed() > Duration::from_secs(2));
}
