//! `gd-queue send`.

use std::collections::HashSet;

use nix::sys::signal::Signal;
use serde_json::{Value, json};
use tests::{Fault, Lab};

use crate::stage::{Stage, members};

/// `printf 'http://a/1\nhttp://a/2' | sha256sum | cut -c1-32`
const CATS: &str = "4aac69e923f4bf8f931a5a551c1d870f";

fn jobs(count: usize) -> String {
    (0..count).map(|n| format!("[\"http://a/{n}\"]\n")).collect()
}

#[test]
fn a_file_is_a_job_and_ndjson_is_a_job_a_line() {
    let stage = Stage::new();
    stage.file("cats.txt", "http://a/1\r\n\nhttp://a/2");
    stage.file("more.ndjson", "{\"urls\":[\"http://a/3\"]}\n\"http://a/4\"\n");
    let ran = stage.queue(&["send", "cats.txt", "more.ndjson"]).run().exits(0);
    let lines = ran.lines();
    assert_eq!(lines.len(), 3);
    assert!(ran.stderr_text().contains(&format!(
        "sent 3 jobs with 4 URLs to {}\ngd-queue send: done in N s\n",
        stage.name("input").replace(&stage.suffix, "ID")
    )));
    let cats = lines.iter().find(|line| line["from"] == "cats.txt").expect("it was sent");
    assert_eq!(cats["job"], CATS);
    assert_eq!(cats["urls"], json!(["http://a/1", "http://a/2"]));
    let bodies = stage.world("bodies", &[]);
    let bodies = bodies.as_array().expect("a list");
    assert_eq!(bodies.len(), 3);
    assert!(bodies.contains(&json!({"job": CATS, "urls": ["http://a/1", "http://a/2"]})));
}

#[test]
fn a_hundred_jobs_are_sent_by_ten_calls_and_its_lines_can_be_sent_again() {
    let stage = Stage::new();
    let ran = stage.queue(&["send"]).stdin(jobs(100)).run().exits(0);
    assert_eq!(stage.lab.mutating_calls(), ["SendMessageBatch"; 10]);
    let lines = ran.lines();
    let ids: HashSet<_> = members(&lines, "job").into_iter().collect();
    assert_eq!(ids.len(), 100);
    let again = stage.queue(&["send", "-"]).stdin(ran.stdout_text()).run().exits(0).lines();
    assert_eq!(members(&again, "job").into_iter().collect::<HashSet<_>>(), ids);
}

#[test]
fn a_job_that_is_given_twice_is_sent_once() {
    let stage = Stage::new();
    stage.file("a.txt", "http://a/1\n");
    stage.file("b.txt", "http://a/1\n");
    let ran = stage.queue(&["send", "a.txt", "b.txt"]).run().exits(0);
    assert_eq!(ran.lines().len(), 1);
    assert!(ran.stderr_text().starts_with("b.txt is the same job as a.txt: it is sent once\n"));
}

#[test]
fn one_wrong_line_among_good_ones_sends_nothing() {
    let lab = Lab::new();
    let input = "[\"http://a/1\"]\n[\"http://a/2\",\"file:///etc/passwd\"]\n{\"url\":1}\n[]\n";
    lab.tool("gd-queue").args(["send"]).stdin(input).run().exits(65).stdout("").stderr(
        "gd-queue: 3 lines are wrong; nothing was sent\n  \
         stdin:2: URL 2: workers fetch by http and https, not by file\n  \
         stdin:3: expected [\"URL\", …], {\"urls\": [\"URL\", …]} or \"URL\"\n  \
         stdin:4: it names no image\n",
    );
    for (input, said) in [
        (&b""[..], "stdin: it names no image"),
        (b"\n  \n", "stdin: it names no image"),
        (b"http://a/1\n\xff\xfe\n", "stdin:2: it is not text (UTF-8)"),
        (b"http://a/1\nhttp://me:secret@a/2\n", "stdin:2: a URL with a user or a password"),
        (b"\x89PNG\r\n", "stdin:1: it is not text (UTF-8)"),
    ] {
        let ran = lab.tool("gd-queue").args(["send"]).stdin(input).run().exits(65).stdout("");
        assert!(ran.stderr_text().contains(said), "{ran:#?}");
    }
    lab.tool("gd-queue").args(["send", "no-such-file"]).run().exits(65).stdout("");
    assert_eq!(lab.calls(), [""; 0]);
}

#[test]
fn ten_thousand_urls_fit_and_what_no_queue_takes_is_refused() {
    let stage = Stage::new();
    let list = |count: usize| -> String {
        (0..count).map(|n| format!("http://images.example/{n:060}\n")).collect()
    };
    let ran = stage.queue(&["send"]).stdin(list(10_000)).run().exits(0);
    assert_eq!(ran.lines()[0]["urls"].as_array().map(Vec::len), Some(10_000));
    let before = stage.lab.mutating_calls().len();
    let ran = stage.queue(&["send"]).stdin(list(20_000)).run().exits(65).stdout("");
    assert!(ran.stderr_text().starts_with(
        "gd-queue: stdin is too large a job; nothing was sent\n  its 20000 URLs make a message of"
    ));
    assert_eq!(stage.lab.mutating_calls().len(), before);
}

#[test]
fn a_plan_names_the_jobs_and_sends_none() {
    let stage = Stage::new();
    stage.file("record.json", stage.record().to_string());
    let send = stage.lab.tool("gd-queue").args(["send", "--dry-run", "--queues", "record.json"]);
    send.stdin("http://a/1\nhttp://a/2\n")
        .run()
        .exits(0)
        .stdout(&format!("would send job {CATS} with 2 URLs to {}\n", stage.name("input")));
    assert_eq!(stage.lab.mutating_calls(), [""; 0]);
}

#[test]
fn a_queue_that_is_not_there_ends_with_66() {
    let lab = Lab::new();
    let send = lab.tool("gd-queue").args(["send", "--input-queue", "no-such-queue"]);
    let ran = send.stdin("http://a/1").run().exits(66).stdout("");
    assert!(
        ran.stderr_text().starts_with(
            "gd-queue: cannot find the input queue no-such-queue (eu-central-1)\n  GetQueueUrl: \
             AWS.SimpleQueueService.NonExistentQueue: "
        ),
        "{ran:#?}"
    );
    assert!(ran.stderr_text().ends_with("or name it with --input-queue\n"), "{ran:#?}");
}

#[test]
fn what_was_sent_before_a_refusal_is_told() {
    let stage = Stage::new();
    stage.lab.fault(&Fault {
        service: "sqs",
        operation: "SendMessageBatch",
        status: 403,
        code: "AccessDenied",
        message: "no",
        ..Fault::default()
    });
    let ran = stage.queue(&["send"]).stdin(jobs(25)).run().exits(79);
    let sent = ran.lines().len();
    assert!(sent == 15 || sent == 20, "{ran:#?}");
    let said = ran.stderr_text();
    assert!(said.contains(&format!("gd-queue: {} of 25 jobs were not sent to ", 25 - sent)));
    assert!(said.contains(&format!("done before: {sent} were sent\n")), "{said}");
    assert_eq!(stage.world("bodies", &[]).as_array().map(Vec::len), Some(sent));
    // Alone, it is what it is.
    stage.lab.fault(&Fault {
        service: "sqs",
        operation: "SendMessageBatch",
        status: 403,
        code: "AccessDenied",
        ..Fault::default()
    });
    stage.queue(&["send"]).stdin(jobs(1)).run().exits(77).stdout("");
}

#[test]
fn throttling_is_slowed_down_for() {
    let stage = Stage::new();
    stage.lab.fault(&Fault {
        service: "sqs",
        operation: "SendMessageBatch",
        times: 2,
        status: 400,
        code: "RequestThrottled",
        ..Fault::default()
    });
    assert_eq!(stage.queue(&["send"]).stdin(jobs(3)).run().exits(0).lines().len(), 3);
}

#[test]
fn what_sqs_took_before_an_interruption_has_its_line() {
    let stage = Stage::new();
    stage.lab.fault(&Fault {
        service: "sqs",
        operation: "SendMessageBatch",
        times: 3,
        delay: 1.5,
        ..Fault::default()
    });
    let send = stage.queue(&["send"]).stdin(jobs(30)).start();
    while stage.lab.calls().len() < 2 {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    std::thread::sleep(std::time::Duration::from_millis(300));
    send.signal(Signal::SIGINT);
    let ran = send.wait().exits(130);
    let mut told: Vec<_> = members(&ran.lines(), "job").into_iter().map(str::to_owned).collect();
    let bodies = stage.world("bodies", &[]);
    let bodies = bodies.as_array().expect("a list");
    let mut there: Vec<_> = bodies.iter().map(|b| text(b, "job")).collect();
    told.sort();
    there.sort();
    assert_eq!(told, there);
}

fn text(value: &Value, member: &str) -> String {
    value[member].as_str().expect("it is text").to_owned()
}
