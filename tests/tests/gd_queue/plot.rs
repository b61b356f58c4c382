//! `gd-queue plot`.

use serde_json::json;
use tests::Lab;

fn run(count: u64) -> String {
    let line = |n: u64| {
        let empty = json!({"waiting": 0, "in_flight": 0, "delayed": 0});
        let input = json!({"waiting": 40 - n.min(40), "in_flight": 4, "delayed": 0});
        let sample = json!({
            "time": format!("2026-01-01T10:{:02}:{:02}Z", n / 30, n % 30 * 2),
            "input": input,
            "output": empty,
            "dead_letter": empty,
            "oldest_seconds": n,
            "instances": {"desired": 4, "in_service": 1 + n / 20, "pending": 0, "terminating": 0},
        });
        format!("{sample}\n")
    };
    (0..count).map(line).collect()
}

#[test]
fn a_run_becomes_an_svg_and_a_png() {
    let lab = Lab::new();
    let plot = ["plot", "--svg", "run.svg", "--png", "run.png", "--title", "Cats & <dogs>"];
    lab.tool("gd-queue").args(plot).stdin(run(60)).run().exits(0).stdout("");
    let svg = std::fs::read_to_string(lab.home().join("run.svg")).expect("it was written");
    for text in ["messages", "age in seconds", "workers", "waiting", "Cats &amp; &lt;dogs&gt;"] {
        assert!(svg.contains(text), "{text}");
    }
    assert!(svg.contains("seconds since 2026-01-01 10:00:00 UTC"));
    let png = std::fs::read(lab.home().join("run.png")).expect("it was written");
    assert!(png.starts_with(b"\x89PNG\r\n\x1a\n"));
    // Width and height lie behind the head of the first chunk (PNG, 11.2.2).
    assert_eq!(png[16..20], 2000_u32.to_be_bytes());
    assert_eq!(lab.calls(), [""; 0]);
}

#[test]
fn without_a_file_the_svg_goes_to_stdout_and_no_word_of_what_was_not_recorded() {
    let lab = Lab::new();
    let empty = "{\"waiting\":0,\"in_flight\":0,\"delayed\":0}";
    let sample = |second: u32| {
        format!(
            "{{\"time\":\"2026-01-01T10:00:0{second}Z\",\"input\":{empty},\"output\":{empty},\
             \"dead_letter\":{empty},\"oldest_seconds\":null,\"instances\":null}}\n"
        )
    };
    // A run that was killed broke off in its last line.
    let input = sample(1) + &sample(3) + "{\"time\":\"2026";
    let ran = lab.tool("gd-queue").args(["plot"]).stdin(input).run().exits(0);
    assert!(ran.stdout_text().starts_with("<svg "), "{ran:#?}");
    assert!(!ran.stdout_text().contains("workers"), "{ran:#?}");
}

#[test]
fn what_holds_no_samples_is_bad_input() {
    let lab = Lab::new();
    let one = run(1);
    for (input, said) in [
        ("", "stdin holds no two moments to draw"),
        (one.as_str(), "stdin holds no two moments to draw"),
        ("{}\n{}\n", "stdin holds no samples\n  line 1: missing field `time`"),
        ("http://a/1\n", "stdin holds no samples\n  line 1: expected value"),
    ] {
        let ran = lab.tool("gd-queue").args(["plot"]).stdin(input).run().exits(65).stdout("");
        assert!(ran.stderr_text().contains(said), "{input}: {ran:#?}");
    }
}
