//! Faults of the services.

use serde_json::json;
use tests::Fault;

use crate::stage::Stage;

#[test]
fn passing_faults_are_waited_out() {
    let stage = Stage::new();
    stage.send([stage.site.job(&["red.jpg"])]);
    for (service, operation) in
        [("s3", "PutObject"), ("sqs", "ReceiveMessage"), ("sqs", "SendMessage")]
    {
        let slow = Fault {
            service,
            operation,
            times: 2,
            status: 503,
            code: "ServiceUnavailable",
            ..Fault::default()
        };
        stage.lab.fault(&slow);
    }
    let ran = stage.worker().args(["--max-jobs", "1"]).run().exits(0);
    assert_eq!(ran.lines()[0]["outcome"], "made");
    assert_eq!(stage.read("output").len(), 1);
}

#[test]
fn a_bucket_that_refuses_costs_no_job() {
    let stage = Stage::new();
    stage.send([stage.site.job(&["red.jpg"])]);
    let denied = Fault {
        service: "s3",
        operation: "PutObject",
        status: 403,
        code: "AccessDenied",
        ..Fault::default()
    };
    stage.lab.fault(&denied);
    let ran = stage.worker().run().exits(77);
    assert_eq!(ran.lines()[0]["outcome"], "returned");
    let said = format!("cannot keep s3://{}/out/", stage.name("image-bucket"));
    assert!(ran.stderr_raw().contains(&said), "{ran:#?}");
    // It comes back after a few seconds.
    let ran = stage.worker().args(["--max-jobs", "1"]).run().exits(0);
    assert_eq!(
        (&ran.lines()[0]["outcome"], &ran.lines()[0]["receives"]),
        (&json!("made"), &json!(2))
    );
}

#[test]
fn a_queue_that_refuses_ends_the_worker_with_its_reason() {
    let stage = Stage::new();
    let denied = Fault {
        service: "sqs",
        operation: "ReceiveMessage",
        status: 403,
        code: "AccessDeniedException",
        ..Fault::default()
    };
    stage.lab.fault(&denied);
    let ran = stage.worker().run().exits(77).stdout("");
    let said = format!("cannot receive jobs from the queue {}", stage.name("input"));
    assert!(ran.stderr_raw().contains(&said), "{ran:#?}");
}
