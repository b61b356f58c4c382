//! Images that cannot be had: each is told with its reason, and the good one beside them
//! becomes the montage.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::stage::Stage;

#[test]
fn each_bad_image_fails_alone_with_its_reason() {
    let stage = Stage::new();
    let bad = [
        (
            "drawing.jpg",
            "neither JPEG, PNG, GIF nor WebP: it looks like markup, such as SVG or HTML",
        ),
        ("cut.jpg", "the JPEG is cut off"),
        ("bomb.png", "60000 x 60000 pixels, more than 100000000 in all"),
        ("gigabyte", "1073741824 bytes, more than 33554432"),
        ("endless", "more than 33554432 bytes"),
        ("trickle", "no end within 2s"),
        ("mute", "no answer within 2s"),
        ("status/403%20Forbidden", "HTTP 403 Forbidden"),
        ("status/503%20Service%20Unavailable", "HTTP 503 Service Unavailable"),
    ];
    let mut paths: Vec<_> = bad.iter().map(|(path, _)| *path).collect();
    paths.push("red.jpg");
    stage.send([stage.site.job(&paths)]);
    let started = Instant::now();
    let ran = stage.worker().args(["--max-jobs", "1", "--fetch-time", "2s"]).run().exits(0);
    assert!(started.elapsed() < Duration::from_secs(15), "{ran:#?}");
    let lines = ran.lines();
    assert_eq!((&lines[0]["outcome"], &lines[0]["images"]), (&json!("made"), &json!(1)));
    let failed = bad.map(|(path, reason)| json!({"url": stage.site.url(path), "reason": reason}));
    assert_eq!(lines[0]["failed"], json!(failed));
}

#[test]
fn a_server_that_stumbles_is_asked_again() {
    let stage = Stage::new();
    stage.send([stage.site.job(&["flaky"])]);
    let ran = stage.worker().args(["--max-jobs", "1"]).run().exits(0);
    assert_eq!(ran.lines()[0]["outcome"], "made");
    assert_eq!(stage.site.asked(), ["flaky"; 3]);
}

#[test]
fn a_job_of_which_no_image_can_be_had_now_comes_back_and_at_last_is_a_dead_letter() {
    let stage = Stage::with("60", "2");
    let bad = "status/503%20Service%20Unavailable";
    stage.send([stage.site.job(&[bad, "mute"])]);
    let arguments = ["--max-jobs", "1", "--fetch-time", "1s"];
    let ran = stage.worker().args(arguments).run().exits(0);
    let line = &ran.lines()[0];
    assert_eq!((&line["outcome"], &line["receives"]), (&json!("returned"), &json!(1)));
    assert_eq!(line["reason"], "none of 2 images: HTTP 503 Service Unavailable");
    assert_eq!(stage.world("depth", &["input"]), json!({"waiting": 0, "in_flight": 1}));
    assert_eq!(stage.read("dead-letter").len(), 0);

    // It is hidden for about five seconds, then received for the last time.
    let ran = stage.worker().args(arguments).run().exits(0);
    let line = &ran.lines()[0];
    assert_eq!((&line["outcome"], &line["receives"]), (&json!("dead"), &json!(2)));
    let letters = stage.read("dead-letter");
    assert_eq!(letters[0]["reason"], "none of 2 images: HTTP 503 Service Unavailable");
    assert_eq!(letters[0]["job"], line["job"]);
}
