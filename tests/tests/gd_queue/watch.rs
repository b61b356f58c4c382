//! `gd-queue watch`.

use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

use crate::stage::Stage;

#[test]
fn without_a_terminal_each_look_is_a_line_and_is_recorded() {
    let stage = Stage::new();
    stage.queue(&["send"]).stdin("http://a/1").run().exits(0);
    let watch = ["watch", "--every", "200ms", "--for", "3s", "--record", "run.ndjson"];
    let ran = stage.queue(&watch).run().exits(0);
    let lines = ran.lines();
    assert!((3..=16).contains(&lines.len()), "{ran:#?}");
    assert_eq!(lines[0]["input"]["waiting"], 1);
    assert_eq!(lines[0]["instances"], serde_json::Value::Null);
    let recorded = std::fs::read_to_string(stage.lab.home().join("run.ndjson"));
    assert_eq!(recorded.expect("it was recorded"), ran.stdout_text());
}

#[test]
fn a_reader_who_is_gone_ends_it_quietly() {
    let stage = Stage::new();
    let line = "gd-queue watch --every 200ms | head -n 1 | wc -l; echo ${PIPESTATUS[0]}";
    stage.shell(line).run().exits(0).stdout("1\n0\n");
}

#[test]
fn a_look_too_often_is_a_usage_error() {
    let stage = Stage::new();
    let ran = stage.queue(&["watch", "--every", "1ms"]).run().exits(2).stdout("");
    ran.stderr("gd-queue: --every is at least 100ms\n");
}

/// What a terminal of 80 by 24 gets to see, and how the tool ends.
fn on_a_terminal(stage: &Stage, keys: &str, after: &str) -> String {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/gd_queue/terminal.py");
    let line = format!("exec python '{script}' '{keys}' '{after}' gd-queue watch --every 200ms");
    stage.shell(&line).patience(Duration::from_secs(60)).run().exits(0).stdout_text().to_owned()
}

#[test]
fn the_dashboard_shows_the_numbers_and_gives_the_terminal_back() {
    let stage = Stage::new();
    stage.queue(&["send"]).stdin("http://a/1").run().exits(0);
    for (keys, after, status) in
        [("q", "", 0), ("\u{3}", "", 130), ("", "TERM", 143), ("", "INT", 130), ("", "HUP", 143)]
    {
        let seen = on_a_terminal(&stage, keys, after);
        for text in ["Waiting", "In flight", "Dead letters", "Messages", "quit"] {
            assert!(seen.contains(text), "{text} after {keys:?}{after}: {seen}");
        }
        let (enter, leave) = ("\u{1b}[?1049h", "\u{1b}[?1049l");
        assert!(seen.contains(enter) && seen.contains(leave), "{seen}");
        assert!(seen.contains("\u{1b}[?25h"), "the cursor is shown again: {seen}");
        assert!(seen.contains("terminal as before: True"), "{seen}");
        assert!(seen.contains(&format!("status: {status}\n")), "{seen}");
    }
}

#[test]
fn a_signal_ends_the_lines_too() {
    let stage = Stage::new();
    let watch = ["watch", "--every", "200ms", "--record", "run.ndjson"];
    let watch = stage.queue(&watch).start();
    let (started, record) = (Instant::now(), stage.lab.home().join("run.ndjson"));
    while !std::fs::read(&record).is_ok_and(|lines| !lines.is_empty()) {
        assert!(started.elapsed() < Duration::from_secs(60), "no look");
        std::thread::sleep(Duration::from_millis(20));
    }
    watch.signal(Signal::SIGTERM);
    assert!(!watch.wait().exits(143).lines().is_empty());
}
