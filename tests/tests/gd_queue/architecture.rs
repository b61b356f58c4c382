//! `gd-queue up`, `status`, `verify`, `repair` and `down`.

use std::time::Duration;

use nix::sys::signal::Signal;
use serde_json::{Value, json};
use tests::Fault;

use crate::stage::{Stage, members};

/// Builds it, and gives the record and the name of the bucket.
fn built(stage: &Stage, arguments: &[&str]) -> (Value, String) {
    let record = stage.team(&[&["up"], arguments].concat()).run().record();
    let bucket = record["queues"]["bucket"]["name"].as_str().expect("it has a name").to_owned();
    (record, bucket)
}

#[test]
fn all_is_built_as_asked_and_a_second_run_changes_nothing() {
    let stage = Stage::empty();
    let (record, bucket) = built(&stage, &["--max-receives", "3"]);
    assert_eq!(record["team"], stage.suffix);
    assert_eq!(record["queues"]["input"]["name"], stage.name("input"));
    assert!(bucket.starts_with("image-bucket-") && bucket.len() == 21, "{bucket}");

    let read = stage.world("read", &[&bucket]);
    let [input, output, dead] = ["input", "output", "dead-letter"].map(|q| &read["queues"][q]);
    for queue in [input, output, dead] {
        assert_eq!(queue["VisibilityTimeout"], "90");
        assert_eq!(queue["SqsManagedSseEnabled"], "true");
        assert_eq!(queue["ReceiveMessageWaitTimeSeconds"], "20");
        let statement = &queue["Policy"]["Statement"][0];
        assert_eq!(statement["Effect"], "Deny");
        assert_eq!(statement["Condition"]["Bool"]["aws:SecureTransport"], "false");
        assert_eq!(queue["tags"]["gd:team"], stage.suffix);
        assert_eq!(queue["tags"]["ail:tool"], "gd-queue");
    }
    let redrive = json!({"deadLetterTargetArn": dead["QueueArn"], "maxReceiveCount": 3});
    assert_eq!(input["RedrivePolicy"], redrive);
    assert_eq!(output["RedrivePolicy"], Value::Null);
    let found = &read["bucket"];
    assert!(found["block"].as_object().is_some_and(|b| b.values().all(|v| *v == true)), "{found}");
    assert_eq!(found["ownership"], json!([{"ObjectOwnership": "BucketOwnerEnforced"}]));
    assert_eq!(found["grants"], json!(["owner"]));
    let default = &found["encryption"][0]["ApplyServerSideEncryptionByDefault"];
    assert_eq!(default["SSEAlgorithm"], "AES256");
    assert_eq!(members(found["lifecycle"].as_array().expect("rules"), "ID").len(), 2);
    assert_eq!(found["policy"]["Statement"][0]["Effect"], "Deny");

    let before = stage.lab.mutating_calls().len();
    let again = stage.team(&["up"]).record(&record).run().record();
    assert_eq!(again, record);
    // Without the record it is found by its tags.
    assert_eq!(built(&stage, &["--max-receives", "3"]).1, bucket);
    let ran = stage.team(&["verify"]).record(&record).run().exits(0).stdout("");
    assert_eq!(ran.stderr_text(), "gd-queue verify: done in N s\n");
    let states = stage.team(&["status"]).record(&record).run().exits(0).lines();
    assert_eq!(members(&states, "state"), ["present"; 4]);
    assert_eq!(stage.lab.mutating_calls().len(), before);
}

#[test]
fn a_plan_is_printed_and_nothing_is_made() {
    let stage = Stage::empty();
    let plan = "would create queue output\nwould create queue dead-letter\n\
                would create queue input\nwould create bucket bucket\n";
    stage.team(&["up", "--dry-run"]).run().exits(0).stdout(plan);
    let states = stage.team(&["status"]).run().exits(0).lines();
    assert_eq!(members(&states, "state"), ["missing"; 4]);
    let findings = stage.team(&["verify"]).run().exits(1).lines();
    assert_eq!(members(&findings, "finding"), ["missing"; 4]);
    stage.team(&["down", "--yes"]).run().exits(0).stdout("");
    assert_eq!(stage.lab.mutating_calls(), [""; 0]);
}

#[test]
fn a_name_that_is_taken_ends_it_before_anything_is_made() {
    let stage = Stage::new();
    let ran = stage.team(&["up"]).run().exits(73).stdout("");
    assert!(ran.stderr_text().contains("queue is taken (eu-central-1)\n  it has no tag gd:team="));
    stage.team(&["down", "--yes"]).run().exits(0);
    let bucket = stage.name("image-bucket");
    let other = stage.team(&["up", "--bucket", &bucket]).env("GD_INPUT_QUEUE", "free-1");
    let other = other.env("GD_OUTPUT_QUEUE", "free-2").env("GD_DEAD_LETTER_QUEUE", "free-3");
    let ran = other.run().exits(73).stdout("");
    assert!(ran.stderr_text().contains(" is not the team "), "{ran:#?}");
    assert_eq!(stage.lab.mutating_calls(), [""; 0]);
    let same = stage.team(&["up"]).env("GD_OUTPUT_QUEUE", stage.name("input"));
    same.run().exits(2).stderr("gd-queue: the three queues need three names\n");
}

#[test]
fn what_was_tampered_with_is_found_and_mended_once() {
    let stage = Stage::empty();
    let (record, bucket) = built(&stage, &[]);
    stage.world("tamper", &[&bucket]);
    let ran = stage.team(&["verify"]).record(&record).run().exits(1);
    let mut findings: Vec<_> = ran
        .lines()
        .iter()
        .map(|line| {
            let text = |member: &str| line[member].as_str().unwrap_or("null").to_owned();
            format!("{} {} {}", text("finding"), text("resource"), text("attribute"))
        })
        .collect();
    findings.sort();
    assert_eq!(
        findings,
        [
            "changed input VisibilityTimeout",
            "changed output tags",
            "extra bucket versioning",
            "extra output Policy",
            "missing bucket policy",
            "missing bucket public_access_block",
            "missing bucket tags",
            "missing input RedrivePolicy",
            "missing output Policy",
        ]
    );
    let repaired = stage.team(&["repair"]).record(&record).run().record();
    stage.team(&["verify"]).record(&repaired).run().exits(0).stdout("");
    let before = stage.lab.mutating_calls().len();
    stage.team(&["repair"]).record(&repaired).run().record();
    assert_eq!(stage.lab.mutating_calls().len(), before);
}

#[test]
fn what_cannot_be_read_is_told_and_the_rest_checked() {
    let stage = Stage::empty();
    let (record, bucket) = built(&stage, &[]);
    stage.world("tamper", &[&bucket]);
    let deny = || {
        stage.lab.fault(&Fault {
            service: "s3",
            operation: "GetBucketPolicy",
            // By its tags, then by its seal: each look reads the policy.
            times: 2,
            status: 403,
            code: "AccessDenied",
            ..Fault::default()
        });
    };
    deny();
    let lines = stage.team(&["verify"]).record(&record).run().exits(1).lines();
    let of = |resource: &str| {
        let these = lines.iter().filter(|line| line["resource"] == resource);
        these.map(|line| line["finding"].as_str().unwrap_or_default()).collect::<Vec<_>>()
    };
    assert_eq!(of("bucket"), ["unreadable"]);
    assert_eq!(of("input"), ["changed", "missing"]);
}

#[test]
fn all_of_it_goes_with_what_is_in_it_and_can_be_built_again() {
    let stage = Stage::empty();
    let (record, bucket) = built(&stage, &[]);
    stage.world("fill", &[&bucket]);
    // Somebody's, with the team's tags: it goes too.
    let double = format!("image-bucket-x-{}", stage.suffix);
    stage.world("double", &[&double]);
    let expected = [
        format!("the second bucket bucket ({double}) with 1 object"),
        format!("bucket bucket ({bucket}) with 4 objects"),
    ];
    let ran = stage.team(&["down"]).record(&record).run().exits(80).stdout("");
    let plan = stage.team(&["down", "--dry-run"]).record(&record).run().exits(0);
    for one in expected {
        assert!(ran.stderr_raw().contains(&one), "{one}: {ran:#?}");
        let line = format!("would delete {one}");
        assert!(plan.stdout_text().lines().any(|said| said == line), "{line}: {plan:#?}");
    }
    assert_eq!(plan.stdout_text().lines().count(), 5);
    stage.team(&["down", "--yes"]).record(&record).run().exits(0).stdout("");
    assert_eq!(stage.world("there", &[]), json!({"queues": [], "buckets": []}));
    let before = stage.lab.mutating_calls().len();
    stage.team(&["down", "--yes"]).record(&record).run().exits(0).stdout("");
    assert_eq!(stage.lab.mutating_calls().len(), before);
    // The names of deleted queues are free a minute later, which is waited for; it may be over.
    stage.lab.fault(&Fault {
        service: "sqs",
        operation: "CreateQueue",
        code: "AWS.SimpleQueueService.QueueDeletedRecently",
        message: "You must wait 60 seconds after deleting a queue before you can create another.",
        ..Fault::default()
    });
    let ran = stage.team(&["up"]).run();
    assert!(ran.stderr_text().contains("was deleted a moment ago"), "{ran:#?}");
    assert_ne!(ran.record()["queues"]["bucket"]["name"], bucket.as_str());
}

#[test]
fn a_run_that_is_killed_is_finished_by_the_next_without_doubles() {
    for after in ["CreateQueue", "CreateBucket", "PutBucketPolicy"] {
        let stage = Stage::empty();
        for operation in ["CreateQueue", "PutPublicAccessBlock", "PutBucketLifecycleConfiguration"]
        {
            let service = if operation == "CreateQueue" { "sqs" } else { "s3" };
            stage.lab.fault(&Fault { service, operation, delay: 0.2, ..Fault::default() });
        }
        let up = stage.team(&["up"]).start();
        while !stage.lab.calls().iter().any(|call| call == after) {
            std::thread::sleep(Duration::from_millis(5));
        }
        up.kill_session();
        up.wait();
        let record = stage.team(&["up"]).run().record();
        let there = stage.world("there", &[]);
        assert_eq!(there["queues"].as_array().map(Vec::len), Some(3), "{after}: {there}");
        assert_eq!(there["buckets"], json!([record["queues"]["bucket"]["name"]]), "{after}");
        stage.team(&["verify"]).record(&record).run().exits(0).stdout("");
    }
}

#[test]
fn an_interruption_says_what_is_made_and_the_next_run_goes_on() {
    let stage = Stage::empty();
    stage.lab.fault(&Fault {
        service: "sqs",
        operation: "CreateQueue",
        times: 2,
        delay: 1.0,
        ..Fault::default()
    });
    let mut up = stage.team(&["up"]).start();
    up.until_says("bucket: ");
    std::thread::sleep(Duration::from_millis(300));
    up.signal(Signal::SIGINT);
    let ran = up.wait().exits(130).stdout("");
    assert!(ran.stderr_text().contains("done before: "), "{ran:#?}");
    stage.team(&["up"]).run().record();
    assert_eq!(stage.world("there", &[])["buckets"].as_array().map(Vec::len), Some(1));
}

#[test]
fn the_wait_for_a_name_ends_at_once_when_interrupted() {
    let stage = Stage::empty();
    stage.lab.fault(&Fault {
        service: "sqs",
        operation: "CreateQueue",
        times: 1000,
        status: 400,
        code: "AWS.SimpleQueueService.QueueDeletedRecently",
        message: "You must wait 60 seconds after deleting a queue before you can create another.",
        ..Fault::default()
    });
    // Less than what a deed under way is given to end, and than what the name is waited for.
    let mut up = stage.team(&["up"]).patience(Duration::from_secs(60)).start();
    up.until_says("was deleted a moment ago");
    up.until_says("bucket: setting ");
    up.signal(Signal::SIGINT);
    let ran = up.wait().exits(130).stdout("");
    let said = ran.stderr_text();
    assert!(said.contains("\n  done before: bucket bucket is made: image-bucket-"), "{said}");
    assert_eq!(stage.world("there", &[])["queues"], json!([]));
}

#[test]
fn montages_are_fetched_from_the_bucket_of_the_team() {
    let stage = Stage::empty();
    let ran = stage.team(&["results", "--download", "x"]).run().exits(66).stdout("");
    assert!(ran.stderr_text().contains("cannot find the output queue"), "{ran:#?}");
    built(&stage, &[]);
    stage.team(&["results", "--download", "x"]).run().exits(0).stdout("");
}
