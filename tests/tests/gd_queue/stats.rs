//! `gd-queue stats`.

use tests::{Fault, Lab};

use crate::stage::{Stage, members};

#[test]
fn every_queue_has_a_line_in_every_format() {
    let stage = Stage::new();
    stage.queue(&["send"]).stdin("[\"http://a/1\"]\n[\"http://a/2\"]").run().exits(0);
    stage.world("answer", &["one"]);
    let lines = stage.queue(&["stats"]).run().exits(0).lines();
    assert_eq!(members(&lines, "queue"), ["input", "output", "dead-letter"]);
    assert_eq!(lines[0]["waiting"], 2);
    assert_eq!(lines[1]["waiting"], 1);
    assert_eq!(lines[0]["in_flight"], 0);
    let json = stage.queue(&["stats", "--output", "json"]).run().exits(0).json();
    assert_eq!(json.as_array().map(Vec::len), Some(3));
    let table = stage.queue(&["stats", "--output", "table"]).run().exits(0);
    assert!(table.stdout_text().starts_with(" QUEUE        NAME "), "{table:#?}");
    let markdown = stage.queue(&["stats", "--output", "markdown"]).run().exits(0);
    assert!(markdown.stdout_text().starts_with("| QUEUE       | NAME "), "{markdown:#?}");
    assert_eq!(stage.lab.mutating_calls(), ["SendMessageBatch"]);
}

#[test]
fn a_record_names_the_queues_by_their_names() {
    let stage = Stage::new();
    let lines = stage.lab.tool("gd-queue").args(["stats"]).record(&stage.record()).run();
    let lines = lines.exits(0).lines();
    assert_eq!(members(&lines, "name")[2], stage.name("dead-letter"));
}

#[test]
fn an_age_that_cannot_be_read_is_said_and_the_rest_told() {
    let stage = Stage::new();
    stage.lab.fault(&Fault {
        service: "monitoring",
        operation: "GetMetricData",
        status: 403,
        code: "AccessDenied",
        ..Fault::default()
    });
    let ran = stage.queue(&["stats"]).run().exits(0);
    assert_eq!(ran.lines().len(), 3);
    assert!(
        ran.stderr_text().starts_with("the age of the oldest is not known: cannot tell the age"),
        "{ran:#?}"
    );
}

#[test]
fn an_empty_pipe_is_a_failed_stage() {
    let lab = Lab::new();
    for verb in ["stats", "results", "watch"] {
        let ran = lab.tool("gd-queue").args([verb]).stdin("").run().exits(65).stdout("");
        assert!(ran.stderr_text().contains("it is empty"), "{ran:#?}");
    }
    assert_eq!(lab.calls(), [""; 0]);
}
