//! What is missing is told before any job is taken.

use crate::stage::Stage;

#[test]
fn a_bucket_that_is_not_named_is_a_usage_error() {
    let stage = Stage::new();
    let ran = stage.worker().env_remove("GD_BUCKET").run();
    ran.exits(2)
        .stdout("")
        .stderr("gd-worker: no bucket is given\n  next: give --bucket, or set GD_BUCKET\n");
    assert_eq!(stage.lab.calls(), [""; 0]);
}

#[test]
fn queues_and_buckets_that_are_not_there_are_named() {
    let stage = Stage::new();
    let ran =
        stage.worker().args(["--bucket", "no-such-bucket-of-ours"]).run().exits(66).stdout("");
    assert!(
        ran.stderr_raw().contains("cannot reach the bucket no-such-bucket-of-ours"),
        "{ran:#?}"
    );
    for option in ["--input-queue", "--output-queue", "--dead-letter-queue"] {
        let ran = stage.worker().args([option, "no-such-queue"]).run().exits(66).stdout("");
        assert!(ran.stderr_raw().contains("cannot find the queue no-such-queue"), "{ran:#?}");
    }
    stage.world("unbury", &[]);
    let ran = stage.worker().run().exits(66).stdout("");
    let said = format!("the queue {} has no queue of dead letters", stage.name("input"));
    assert!(ran.stderr_raw().contains(&said), "{ran:#?}");
    assert!(!stage.lab.calls().iter().any(|call| call == "ReceiveMessage"));
}

#[test]
fn limits_that_cannot_be_kept_are_usage_errors() {
    let stage = Stage::new();
    for (arguments, said) in [
        (["--max-images", "1000"], "from 1 to 154: a JPEG is at most 65,500 pixels wide"),
        (["--memory", "64"], "the most images of one job would not fit into --memory"),
        (["--max-bytes", "200000000"], "the most bytes of one image would not fit into --memory"),
        (["--link-life", "8d"], "7d is the most"),
        (["--port", "http"], "invalid value 'http'"),
        (["--allow-address", "10.0.0.0"], "invalid value '10.0.0.0'"),
    ] {
        let ran = stage.worker().args(arguments).run().exits(2).stdout("");
        assert!(ran.stderr_raw().contains(said), "{said}: {ran:#?}");
    }
    assert_eq!(stage.lab.calls(), [""; 0]);
}
