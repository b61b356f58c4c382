//! Messages that are no jobs: each goes to the dead letters with the reason, and the worker
//! goes on.

use serde_json::{Value, json};

use crate::stage::Stage;

/// Works on the messages one after the other and then on a good one. Gives the lines of the
/// bad ones in their order.
fn after_which_it_goes_on(stage: &Stage, bodies: &[String]) -> Vec<Value> {
    let mut lines = Vec::new();
    for body in bodies {
        stage.send([body]);
        let ran = stage.worker().args(["--max-jobs", "1", "--fetch-time", "2s"]).run().exits(0);
        lines.extend(ran.lines());
    }
    lines
}

#[test]
fn what_is_no_job_is_a_dead_letter_with_the_reason() {
    let stage = Stage::new();
    let many: String = (0..10_000).map(|n| format!("http://example.com/{n}\n")).collect();
    // printf '\x89PNG\r\n' | base64, as a sender of binary data must write it.
    let bodies = [
        (" \n\t\n", "the message lists no images"),
        ("iVBORw0KGgoAAAANSUhEUg==", "no URL: relative URL without a base"),
        ("\u{FFFD}\u{FFFD}\u{10348}\t\r\n", "no URL: relative URL without a base"),
        (&many, "10000 images, more than 100 of one job"),
        (
            "{\"urls\": \"http://example.com/\"}",
            "the message is no job: invalid type: string \"http://example.com/\", expected a sequence",
        ),
        (
            "{\"job\": \"../../index\", \"urls\": [\"http://example.com/\"]}",
            "the job id is not that of its images, 2a1b402420ef46577471cdc7409b0fa2",
        ),
        ("{\"urls\": []}", "the message lists no images"),
    ];
    let texts: Vec<_> = bodies.iter().map(|(body, _)| (*body).to_owned()).collect();
    stage.send(&texts);
    stage.send([stage.site.job(&["red.jpg"])]);
    let ran = stage.worker().args(["--max-jobs", "8", "--jobs", "2"]).run().exits(0);
    let lines = ran.lines();
    assert_eq!(lines.iter().filter(|line| line["outcome"] == "dead").count(), 7, "{lines:#?}");
    assert_eq!(lines.iter().filter(|line| line["outcome"] == "made").count(), 1, "{lines:#?}");

    let letters = stage.read("dead-letter");
    assert_eq!(letters.len(), 7);
    for (body, reason) in bodies {
        let letter = letters.iter().find(|letter| letter["body"] == body);
        let letter = letter.unwrap_or_else(|| panic!("{body:.40?} is not in {letters:#?}"));
        assert_eq!(letter["reason"], reason);
    }
    assert_eq!(stage.world("depth", &["input"]), json!({"waiting": 0, "in_flight": 0}));
    assert_eq!(stage.read("output").len(), 1);
}

#[test]
fn the_metadata_service_is_not_asked_however_it_is_written() {
    let stage = Stage::new();
    let hosts = [
        "169.254.169.254",
        "2852039166",
        "0xA9FEA9FE",
        "0251.0376.0251.0376",
        "169.254.43518",
        "[::ffff:169.254.169.254]",
        "[fd00:ec2::254]",
        "[64:ff9b::a9fe:a9fe]",
        "[2002:a9fe:a9fe::]",
        "127.0.0.2",
        "[::1]",
        "10.0.0.1",
    ];
    let urls =
        hosts.map(|host| format!("http://{host}/latest/meta-data/iam/security-credentials/"));
    let lines = after_which_it_goes_on(
        &stage,
        &[urls.join("\n"), format!("{}\n{}", urls[1], stage.site.url("red.jpg"))],
    );
    assert_eq!(lines[0]["outcome"], "dead");
    let failed = lines[0]["failed"].as_array().expect("a list");
    assert_eq!(failed.len(), hosts.len());
    for failed in failed {
        let reason = failed["reason"].as_str().expect("a text");
        assert!(reason.ends_with(" is not a public one"), "{failed}");
    }
    assert_eq!(failed[1]["reason"], "its address 169.254.169.254 is not a public one");
    assert_eq!((&lines[1]["outcome"], &lines[1]["images"]), (&json!("made"), &json!(1)));
}

#[test]
fn other_schemes_ports_and_credentials_are_not_used() {
    let stage = Stage::new();
    let site = stage.site.url("red.jpg");
    let urls = [
        ("file:///etc/passwd".to_owned(), "file is neither http nor https".to_owned()),
        ("http://127.0.0.1:1/".to_owned(), "port 1 is not asked".to_owned()),
        (site.replace("127.0.0.1", "me:secret@127.0.0.1"), "a URL with credentials".to_owned()),
        (
            format!("{site}?{}", "x".repeat(9_000)),
            format!("a URL of {} bytes, more than 8000", site.len() + 9_001),
        ),
    ];
    let lines =
        after_which_it_goes_on(&stage, &[urls.each_ref().map(|(url, _)| url.as_str()).join("\n")]);
    let failed = lines[0]["failed"].as_array().expect("a list");
    for ((_, reason), failed) in urls.iter().zip(failed) {
        assert_eq!(failed["reason"], *reason);
    }
    assert_eq!(stage.site.asked(), [""; 0]);
}
