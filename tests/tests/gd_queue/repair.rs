//! `gd-queue verify` finds what somebody with full access does, and `repair` makes it whole.

use serde_json::{Value, json};
use tests::Fault;

use crate::stage::Stage;

fn built(stage: &Stage) -> (Value, String) {
    let record = stage.team(&["up"]).run().record();
    let bucket = record["queues"]["bucket"]["name"].as_str().expect("it has a name").to_owned();
    (record, bucket)
}

fn damage(stage: &Stage, bucket: &str, deeds: &[&str]) {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/gd_queue/damage.py");
    let python = ["-c", "exec python \"$0\" \"$@\"", script, &stage.suffix, bucket];
    let tool = stage.lab.program("/bin/sh").args(python).args(deeds);
    tool.env("AWS_ACCESS_KEY_ID", "attacker").run().exits(0);
}

/// The findings, as `SEVERITY KIND RESOURCE ATTRIBUTE CALL`, sorted.
fn findings(stage: &Stage, record: &Value) -> Vec<String> {
    let ran = stage.team(&["verify"]).record(record).run();
    let lines = ran.lines();
    ran.exits(i32::from(!lines.is_empty()));
    let text = |line: &Value, member: &str| line[member].as_str().unwrap_or("-").to_owned();
    let members = ["severity", "finding", "resource", "attribute", "mend"];
    let told = |line: &Value| members.map(|member| text(line, member)).join(" ");
    let mut told: Vec<_> = lines.iter().map(told).collect();
    told.sort();
    told
}

/// Repairs, and makes sure that it is whole and that a second repair changes nothing.
fn repaired(stage: &Stage, record: &Value, arguments: &[&str]) -> Value {
    let repaired = stage.team(&[&["repair"], arguments].concat()).record(record).run().record();
    assert_eq!(findings(stage, &repaired), [""; 0]);
    let before = stage.lab.mutating_calls().len();
    let again = stage.team(&["repair"]).record(&repaired).run();
    // What stays as it is, is not told of.
    let said = again.stderr_text();
    let said: Vec<_> = said.lines().collect();
    let ends = ["nothing to repair, healthy after", "done in"];
    assert_eq!(said.len(), ends.len(), "{again:#?}");
    assert!(said.iter().zip(ends).all(|(line, end)| line.contains(end)), "{again:#?}");
    assert_eq!(again.record(), repaired);
    assert_eq!(stage.lab.mutating_calls().len(), before);
    repaired
}

#[test]
fn settings_of_queues_are_found_and_mended() {
    let stage = Stage::empty();
    let (record, bucket) = built(&stage);
    let input = ["visibility", "retention", "delay", "size", "poll", "redrive", "statement"];
    let others = ["redrive-away", "redrive-allow", "key", "plain", "output-policy", "untag"];
    damage(&stage, &bucket, &[&input[..], &others[..]].concat());
    let set = "sqs:SetQueueAttributes";
    assert_eq!(
        findings(&stage, &record),
        [
            format!("critical extra input Policy {set}"),
            format!("critical extra output KmsMasterKeyId {set}"),
            format!("critical missing output Policy {set}"),
            format!("high changed input DelaySeconds {set}"),
            format!("high changed input MaximumMessageSize {set}"),
            format!("high changed input MessageRetentionPeriod {set}"),
            format!("high changed input VisibilityTimeout {set}"),
            format!("high extra dead-letter RedriveAllowPolicy {set}"),
            format!("high extra output RedrivePolicy {set}"),
            format!("high missing input RedrivePolicy {set}"),
            "low changed dead-letter tags sqs:TagQueue".to_owned(),
            format!("low changed input ReceiveMessageWaitTimeSeconds {set}"),
            format!("medium changed dead-letter SqsManagedSseEnabled {set}"),
            format!("medium changed output SqsManagedSseEnabled {set}"),
        ]
    );
    let plan = stage.team(&["repair", "--dry-run"]).record(&record).run().exits(0);
    let dangers = plan.stdout_text().lines().take_while(|line| line.contains("first")).count();
    assert!(dangers >= 2, "{plan:#?}");
    repaired(&stage, &record, &[]);
}

#[test]
fn settings_of_the_bucket_are_found_and_mended() {
    let stage = Stage::empty();
    let (record, bucket) = built(&stage);
    let ways = ["foreign-bucket", "replication", "inventory", "notification", "logging"];
    let more = ["website", "cors", "bucket-statement", "acl", "lifecycle", "encryption"];
    damage(&stage, &bucket, &[&ways[..], &more[..]].concat());
    assert_eq!(
        findings(&stage, &record),
        [
            "critical extra bucket acl s3:PutBucketAcl",
            "critical extra bucket policy s3:PutBucketPolicy",
            "critical extra bucket replication s3:PutReplicationConfiguration",
            "high changed bucket ownership s3:PutBucketOwnershipControls",
            "high extra bucket inventory s3:PutInventoryConfiguration",
            "high extra bucket lifecycle s3:PutLifecycleConfiguration",
            "high extra bucket website s3:DeleteBucketWebsite",
            "high missing bucket encryption s3:PutEncryptionConfiguration",
            "low extra bucket versioning s3:PutBucketVersioning",
            "medium extra bucket cors s3:PutBucketCORS",
            "medium extra bucket logging s3:PutBucketLogging",
            "medium extra bucket notification s3:PutBucketNotification",
        ]
    );
    let open = ["cors", "inventory", "logging", "notification", "replication", "website"];
    assert_eq!(stage.world("ways", &[&bucket]), json!(open));
    let record = repaired(&stage, &record, &[]);
    assert_eq!(stage.world("ways", &[&bucket]), json!([]));
    damage(&stage, &bucket, &["bucket-policy", "block", "no-lifecycle", "bucket-tags"]);
    assert_eq!(
        findings(&stage, &record),
        [
            "critical missing bucket policy s3:PutBucketPolicy",
            "critical missing bucket public_access_block s3:PutBucketPublicAccessBlock",
            "high missing bucket lifecycle s3:PutLifecycleConfiguration",
            "medium missing bucket tags s3:PutBucketTagging",
        ]
    );
    repaired(&stage, &record, &[]);
}

#[test]
fn what_passes_for_the_teams_is_found_and_goes_if_that_is_wanted() {
    let stage = Stage::empty();
    let (record, bucket) = built(&stage);
    damage(&stage, &bucket, &["decoys", "move"]);
    let findings = findings(&stage, &record);
    assert_eq!(
        findings,
        [
            "critical extra dead-letter - sqs:CancelMessageMoveTask",
            "high extra bucket - -",
            "medium extra input - sqs:DeleteQueue",
        ]
    );
    let before = stage.lab.mutating_calls().len();
    let ran = stage.team(&["repair"]).record(&record).run().exits(80).stdout("");
    assert!(ran.stderr_text().contains("results-"), "{ran:#?}");
    assert_eq!(stage.lab.mutating_calls().len(), before);
    // What is in the bucket may be the team's.
    let decoy = format!("image-bucket-x-{}", stage.suffix);
    let ran = stage.team(&["repair", "--yes"]).record(&record).run().exits(1);
    let said = format!("bucket bucket ({decoy}): it holds 1 object: only a person can mend it");
    assert!(ran.stderr_raw().contains(&said), "{ran:#?}");
    assert_eq!(stage.world("montages", &[&decoy]), json!(["out/x.jpg"]));
    damage(&stage, &bucket, &["empty-decoy"]);
    let record = ran.json();
    assert_eq!(self::findings(&stage, &record), ["high extra bucket - s3:DeleteBucket"]);
    let repaired = repaired(&stage, &record, &["--yes"]);
    assert_eq!(repaired["queues"]["bucket"]["name"], bucket.as_str());
    assert_eq!(stage.world("there", &[])["buckets"], json!([bucket]));
}

#[test]
fn what_was_deleted_is_made_again_under_its_name_and_lost_jobs_are_sent_once() {
    let stage = Stage::empty();
    let (record, bucket) = built(&stage);
    let send = |jobs: &str| stage.team(&["send"]).stdin(jobs).run().exits(0).lines().len();
    assert_eq!(send("[\"http://a/1\"]\n[\"http://a/2\"]\n[\"http://a/3\"]\n"), 3);
    damage(&stage, &bucket, &["delete-input", "delete-dead-letter", "delete-bucket"]);
    assert_eq!(
        findings(&stage, &record),
        [
            "critical missing bucket - s3:CreateBucket",
            "critical missing dead-letter - sqs:CreateQueue",
            "critical missing input - sqs:CreateQueue",
        ]
    );
    // However long ago it was by then.
    stage.lab.fault(&Fault {
        service: "sqs",
        operation: "CreateQueue",
        code: "AWS.SimpleQueueService.QueueDeletedRecently",
        message: "You must wait 60 seconds after deleting a queue before you can create another.",
        ..Fault::default()
    });
    let ran = stage.team(&["repair"]).record(&record).run();
    assert!(ran.stderr_text().contains("was deleted a moment ago"), "{ran:#?}");
    let said = "3 jobs have no montage and are in no queue: sent again\n";
    assert!(ran.stderr_text().contains(said), "{ran:#?}");
    let repaired = ran.record();
    assert_eq!(repaired["queues"]["bucket"]["name"], bucket.as_str());
    assert_eq!(findings(&stage, &repaired), [""; 0]);
    let before = stage.lab.mutating_calls().len();
    stage.team(&["repair"]).record(&repaired).run().exits(0);
    stage.team(&["resend"]).record(&repaired).run().exits(0).stdout("");
    assert_eq!(stage.lab.mutating_calls().len(), before);
    assert_eq!(stage.world("bodies", &[]).as_array().map(Vec::len), Some(3));
}

#[test]
fn what_a_repair_could_not_send_again_the_next_one_sends() {
    let stage = Stage::empty();
    let (record, bucket) = built(&stage);
    stage.team(&["send"]).stdin("http://a/1").run().exits(0);
    damage(&stage, &bucket, &["delete-input"]);
    stage.lab.fault(&Fault {
        service: "sqs",
        operation: "SendMessageBatch",
        status: 403,
        code: "AccessDenied",
        ..Fault::default()
    });
    // The new queue is younger than what was sent: its name was waited for.
    let failed = stage.team(&["repair"]).record(&record).run().exits(1).json();
    // One that sends nothing forgets nothing.
    let kept = stage.team(&["repair", "--no-resend"]).record(&failed).run().record();
    assert_eq!(stage.world("depths", &[])["input"], 0);
    let done = stage.team(&["repair"]).record(&kept).run().record();
    assert_eq!(done["queues"]["lost_since"], Value::Null);
    assert_eq!(stage.world("bodies", &[]).as_array().map(Vec::len), Some(1));
}

#[test]
fn a_bucket_whose_name_is_not_free_gets_another() {
    let stage = Stage::empty();
    let (record, bucket) = built(&stage);
    damage(&stage, &bucket, &["delete-bucket"]);
    let taken = |code| {
        stage.lab.fault(&Fault {
            service: "s3",
            operation: "CreateBucket",
            status: 409,
            code,
            ..Fault::default()
        });
    };
    taken("OperationAborted");
    let ran = stage.team(&["repair", "--bucket", &bucket]).record(&record).run().exits(73);
    assert!(ran.stderr_text().contains("can take hours to be free"), "{ran:#?}");
    taken("BucketAlreadyExists");
    let ran = stage.team(&["repair"]).record(&record).run();
    let said = format!("the name {bucket} cannot be had (BucketAlreadyExists)");
    assert!(ran.stderr_text().contains(&said), "{ran:#?}");
    let new = ran.record();
    let other = new["queues"]["bucket"]["name"].as_str().expect("it has a name");
    assert_ne!(other, bucket);
    assert_eq!(findings(&stage, &new), [""; 0]);
    assert_eq!(stage.world("there", &[])["buckets"], json!([other]));
    // The same line again knows only the old one: what is in the new one stays.
    damage(&stage, other, &["montages"]);
    assert_eq!(findings(&stage, &record), ["high changed bucket id -"]);
    let ran = stage.team(&["repair", "--yes"]).record(&record).run();
    let kept = format!("kept as it is now: bucket bucket: id is \"{other}\", was \"{bucket}\"");
    assert!(ran.stderr_text().contains(&kept), "{ran:#?}");
    assert_eq!(ran.record()["queues"]["bucket"]["name"], other);
    assert_eq!(stage.world("montages", &[other]).as_array().map(Vec::len), Some(3));
}

#[test]
fn a_repair_that_is_killed_is_finished_by_the_next() {
    let stage = Stage::empty();
    let (record, bucket) = built(&stage);
    let deeds = ["visibility", "statement", "output-policy", "bucket-policy", "block", "lifecycle"];
    for (service, after) in
        [("sqs", "SetQueueAttributes"), ("s3", "PutPublicAccessBlock"), ("s3", "PutBucketPolicy")]
    {
        damage(&stage, &bucket, &deeds);
        let done = || stage.lab.calls().iter().filter(|call| *call == after).count();
        let before = done();
        stage.lab.fault(&Fault { service, operation: after, delay: 0.3, ..Fault::default() });
        let repair = stage.team(&["repair"]).record(&record).start();
        while done() == before {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        repair.kill_session();
        repair.wait();
        stage.team(&["repair"]).record(&record).run().exits(0);
        assert_eq!(findings(&stage, &record), [""; 0], "{after}");
    }
    repaired(&stage, &record, &[]);
}

#[test]
fn each_service_that_cannot_be_read_is_told_and_the_other_checked() {
    let stage = Stage::empty();
    let (record, bucket) = built(&stage);
    damage(&stage, &bucket, &["visibility", "block"]);
    let deny = |service, operation| {
        stage.lab.fault(&Fault {
            service,
            operation,
            times: 100,
            status: 403,
            code: "AccessDenied",
            ..Fault::default()
        });
    };
    deny("sqs", "GetQueueAttributes");
    assert_eq!(
        findings(&stage, &record),
        [
            "critical missing bucket public_access_block s3:PutBucketPublicAccessBlock",
            "high unreadable dead-letter - -",
            "high unreadable input - -",
            "high unreadable output - -",
        ]
    );
}
