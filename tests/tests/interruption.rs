//! Signals in every stage of `just release`.
//!
//! After SIGINT and SIGTERM nothing is left. After SIGKILL, `ail-assets` names all that
//! is left and removes it. One asset id serves all runs of a test, so that each is also the
//! next release after the one before; the last one is let through.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Once;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use serde_json::json;
use tests::{Cloud, Lab, Tool};

/// The stages, each with what the pipeline says when it is there.
const STAGES: [(&str, &str); 10] = [
    ("find", "ail-stack up: done in"),
    ("stack going up", "Instance CREATE_IN_PROGRESS"),
    ("wait", "ail-stack run: bash"),
    ("install", "ail-provision wait: done in"),
    ("inventory", "ail-provision install: done in"),
    ("reset-password", "ail-provision inventory: done in"),
    ("create", "ail-provision reset-password: done in"),
    ("stack going down", "Instance DELETE_IN_PROGRESS"),
    ("export", ": started export-ami-"),
    ("rename", "is completed"),
];

#[test]
fn an_interrupt_in_any_stage_leaves_nothing() {
    a_signal_leaves_nothing(Signal::SIGINT, 130);
}

#[test]
fn a_request_to_end_in_any_stage_leaves_nothing() {
    a_signal_leaves_nothing(Signal::SIGTERM, 143);
}

fn a_signal_leaves_nothing(signal: Signal, status: i32) {
    let lab = Lab::new();
    for (stage, sign) in STAGES {
        let mut release = release(&lab).start();
        release.until_says(sign);
        release.signal_group(signal);
        let ran = release.wait().exits(status);
        assert_eq!(left(&lab), BTreeSet::new(), "after {signal} in {stage}: {ran:#?}");
        assert_eq!(key_files(&lab), Vec::<PathBuf>::new(), "after {signal} in {stage}");
    }
    release(&lab).run().exits(0);
}

/// Once the exports are whole, and everybody may have the image.
#[test]
fn a_signal_after_the_exports_takes_back_no_more_than_its_stage() {
    let lab = Lab::new();
    let until_held_up = |sign: &str, operation: &str| {
        let mut release = release(&lab).env("AIL_PUBLISH", "yes").start();
        // What comes before asks for some of it, too.
        release.until_says("ail-export run: done in");
        // These stages are over in a moment. A few times, for other tests may be met as well.
        let slow = json!({"service": "ec2", "operation": operation, "times": 5, "delay": 3});
        Cloud::shared().control("POST", "/ail-cloud/faults", &slow.to_string());
        release.until_says(sign);
        release
    };
    let all_is_there = || {
        let left = left(&lab);
        for end in ["ami-", ".vmdk", "cdx.json", "SHA256SUMS", "SHA256SUMS.minisig"] {
            let is_there = left.iter().any(|id| id.starts_with(end) || id.ends_with(end));
            assert!(is_there, "{end} is gone: {left:#?}");
        }
    };

    let publishing = until_held_up("ail-export sign: done in", "ModifyImageAttribute");
    publishing.signal_group(Signal::SIGINT);
    let ran = publishing.wait().exits(130).stdout("");
    let told = "exported stays; the same command goes on from there\n";
    assert!(ran.stderr_text().contains(told), "{ran:#?}");
    all_is_there();
    assert!(!lab.out().join("release.json").exists());

    let listing = until_held_up("ail-ami publish: done in", "DescribeVolumes");
    // A stage says that it is done before it ends, and only then the record gets its name.
    let started = Instant::now();
    while !lab.out().join("release.json").exists() {
        assert!(started.elapsed() < Duration::from_secs(30), "no release.json");
        std::thread::sleep(Duration::from_millis(20));
    }
    listing.signal_group(Signal::SIGTERM);
    let ran = listing.wait().exits(143).stdout("");
    assert!(!ran.stderr_text().contains("removing what run"), "{ran:#?}");
    all_is_there();
    assert!(lab.out().join("release.json").exists());
    lab.tool("ail-assets").args(["rm", "--yes"]).args(id(&lab)).run().exits(0);
}

#[test]
fn a_kill_in_any_stage_leaves_nothing_that_cannot_be_found() {
    let lab = Lab::new();
    for (stage, sign) in STAGES {
        let mut release = release(&lab).start();
        release.until_says(sign);
        release.kill_session();
        let ran = release.wait().exits(137);

        // CloudFormation goes on: what it makes is in the second list, what it deletes in the first.
        let (before, left_behind, after) = (listed(&lab), left(&lab), listed(&lab));
        let listed = &before | &after;
        let unlisted: Vec<_> = left_behind.difference(&listed).cloned().collect();
        assert_eq!(unlisted, Vec::<String>::new(), "after SIGKILL in {stage}: {ran:#?}");
        lab.tool("ail-assets").args(["rm", "--yes"]).args(id(&lab)).run().exits(0);
        assert_eq!(left(&lab), BTreeSet::new(), "after rm of what SIGKILL left in {stage}");
        assert_eq!(key_files(&lab), Vec::<PathBuf>::new(), "after rm of SIGKILL in {stage}");
    }
    release(&lab).run().exits(0);
}

/// There, no stage is at work that could tell of it; or one is that ends well all the same.
#[test]
fn a_signal_between_two_pipelines_ends_both() {
    let between = "source scripts/pipeline.bash
        both() { true | true; kill -\"$1\" \"$BASHPID\"; echo again | cat; }
        in_a_group both \"$1\"";
    let before = "source scripts/pipeline.bash
        bash -c 'kill -\"$1\" \"$PPID\"' bash \"$1\"
        in_a_group echo again";
    // The last command is over, and only the end is left to come.
    let last = "source scripts/pipeline.bash
        at_its_end() { trap 'exit 0' INT TERM; kill -\"$1\" $$; sleep 60; }
        in_a_group at_its_end \"$1\" && echo again";
    let lab = Lab::new();
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
    for script in [between, before, last] {
        for (signal, status) in [("INT", 130), ("TERM", 143)] {
            let bash = lab.program("/bin/bash").args(["-c", script, "bash", signal]);
            bash.current_dir(repository).run().exits(status).stdout("");
        }
    }
}

/// A release that is quick: the roles have their own test.
fn release(lab: &Lab) -> Tool {
    // Of two first releases at the same moment, the second fails: the bucket's stack is one.
    static BUCKET: Once = Once::new();
    BUCKET.call_once(|| {
        lab.tool("ail-stack").args(["up", "--kind", "vm-bucket"]).run().exits(0);
    });
    let playbook = lab.home().join("playbook");
    std::fs::create_dir_all(&playbook).expect("a directory");
    let site = "- hosts: all\n  gather_facts: false\n  tasks:\n    - ansible.builtin.ping:\n";
    std::fs::write(playbook.join("site.yml"), site).expect("a file");
    lab.just("release")
        .env("AIL_PLAYBOOK", playbook)
        .env("AIL_FORMAT", "vmdk")
        .patience(Duration::from_secs(10 * 60))
}

fn id(lab: &Lab) -> [String; 2] {
    ["--asset-id".to_owned(), lab.asset_id()]
}

/// What `ail-assets` finds of the asset id.
fn listed(lab: &Lab) -> BTreeSet<String> {
    let ran = lab.tool("ail-assets").args(["list"]).args(id(lab)).run().exits(0);
    ran.lines().iter().map(|line| line["id"].as_str().expect("an id").to_owned()).collect()
}

/// What boto3 finds of the asset id.
fn left(lab: &Lab) -> BTreeSet<String> {
    let ran = lab.reader("left.py").args([lab.asset_id()]).run().exits(0);
    ran.stdout_text().lines().map(str::to_owned).collect()
}

fn key_files(lab: &Lab) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(lab.state()) else { return Vec::new() };
    entries.map(|entry| entry.expect("a readable directory").path()).collect()
}
