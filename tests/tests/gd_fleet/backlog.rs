//! Target tracking on the backlog per instance: it grows and shrinks, and the steps come back.

use serde_json::{Value, json};

use crate::scale::until_there_are;
use crate::stage::Stage;

#[test]
fn a_group_follows_its_backlog_until_the_steps_are_wanted_again() {
    let stage = Stage::new();
    let group = stage.name("worker-group");
    let options = ["up", "--scaling", "backlog", "--backlog-per-instance", "8", "--max", "2"];
    let record = stage.fleet(&stage.record, &options).run().record();
    let wish = &record["fleet"]["wish"];
    assert_eq!((&wish["scaling"], &wish["backlog_per_instance"]), (&json!("backlog"), &json!(8)));
    assert_eq!(
        record["fleet"]["policies"].as_object().expect("an object").keys().collect::<Vec<_>>(),
        [&format!("{group}-backlog")]
    );
    assert_eq!(stage.findings(&record), [""; 0]);
    read_back(&stage, &record);

    // The mode stays without being told again, and nothing is changed.
    let before = stage.lab.mutating_calls().len();
    assert_eq!(stage.fleet(&record, &["up"]).run().record(), record);
    assert_eq!(stage.lab.mutating_calls().len(), before);

    // Twelve jobs and one worker: more than eight a worker for three minutes.
    until_there_are(&stage, 1);
    let url = record["queues"]["input"]["url"].as_str().expect("a URL");
    for number in 0..12 {
        let body = number.to_string();
        stage.sqs(&["send-message", "--queue-url", url, "--message-body", &body]);
    }
    until_there_are(&stage, 2);
    assert!(causes(&stage)[0].contains("AlarmHigh"), "{:?}", causes(&stage));
    // None for a quarter of an hour, made short.
    stage.sqs(&["purge-queue", "--queue-url", url]);
    let low = &alarms(&stage)[1];
    let empty = r#"{"recentDatapoints": [0.0]}"#;
    let started = std::time::Instant::now();
    while stage.group()["DesiredCapacity"] != 1 {
        assert!(started.elapsed() < std::time::Duration::from_secs(240), "{}", stage.group());
        stage.aws(&[
            "cloudwatch",
            "set-alarm-state",
            "--alarm-name",
            low,
            "--state-value",
            "ALARM",
            "--state-reason",
            "a quarter of an hour",
            "--state-reason-data",
            empty,
        ]);
        std::thread::sleep(std::time::Duration::from_secs(1));
    }
    until_there_are(&stage, 1);
    assert!(causes(&stage)[0].contains("AlarmLow"), "{:?}", causes(&stage));

    stage.lab.aws(&["cloudwatch", "disable-alarm-actions", "--alarm-names", &alarms(&stage)[0]]);
    assert_eq!(stage.findings(&record), ["changed backlog alarms"]);
    let repaired = stage.fleet(&record, &["repair"]).run().record();
    assert_eq!(stage.findings(&repaired), [""; 0]);

    // What the other mode made is deleted, and so is asked for.
    stage.fleet(&record, &["up", "--scaling", "step"]).run().exits(80);
    let stepped = stage.fleet(&record, &["up", "--scaling", "step", "--yes"]).run().record();
    assert_eq!(stage.findings(&stepped), [""; 0]);
    let arguments = ["autoscaling", "describe-policies", "--auto-scaling-group-name", &group];
    let policies = &stage.lab.aws(&arguments)["ScalingPolicies"];
    let mut types: Vec<_> =
        policies.as_array().expect("a list").iter().map(|policy| &policy["PolicyType"]).collect();
    types.dedup();
    assert_eq!(types, ["SimpleScaling"]);
    assert_eq!(alarms(&stage), [""; 0]);
    assert_eq!(stage.group()["EnabledMetrics"], json!([]));
    stage.fleet(&stepped, &["down", "--yes"]).run().exits(0);
}

#[test]
fn a_group_of_steps_may_follow_its_backlog_later() {
    let stage = Stage::new();
    let record = stage.built();
    let planned = stage.fleet(&record, &["up", "--scaling", "backlog", "--dry-run"]).run().exits(0);
    for part in ["policy scale-out", "policy scale-in", "alarm many-jobs", "alarm no-jobs"] {
        assert!(planned.stdout_text().contains(&format!("{part} (")), "{part}: {planned:#?}");
    }
    assert_eq!(planned.stdout_text().matches("would delete").count(), 4, "{planned:#?}");
    let changed = stage.fleet(&record, &["up", "--scaling", "backlog", "--yes"]).run().record();
    assert_eq!(changed["fleet"]["alarms"], json!({}));
    assert_eq!(stage.findings(&changed), [""; 0]);
    // By the record of before, it is the other way about.
    let missing = |part| format!("missing {part} -");
    let told = stage.findings(&record);
    for part in ["scale-out", "scale-in", "many-jobs", "no-jobs"] {
        assert!(told.contains(&missing(part)), "{part}: {told:?}");
    }
    assert!(told.contains(&"extra backlog -".to_owned()), "{told:?}");
    stage.fleet(&changed, &["down", "--yes"]).run().exits(0);
    assert_eq!(alarms(&stage), [""; 0]);
}

#[test]
fn the_steps_know_no_backlog() {
    let lab = tests::Lab::new();
    let tool = lab.tool("gd-fleet").args(["up", "--backlog-per-instance", "3"]);
    let tool = tool.env("GD_WORKER", "/bin/true").record(&json!({"schema": "ail/1"}));
    tool.run().exits(2).stdout("").stderr(
        "gd-fleet: the steps know nothing of a backlog per instance\n  \
         next: give --scaling backlog with it\n",
    );
}

/// The policy with its metrics, and its alarms, as the aws CLI reads them.
fn read_back(stage: &Stage, record: &Value) {
    let group = stage.name("worker-group");
    let arguments = ["autoscaling", "describe-policies", "--auto-scaling-group-name", &group];
    let policies = &stage.lab.aws(&arguments)["ScalingPolicies"];
    assert_eq!(policies.as_array().expect("a list").len(), 1);
    let policy = &policies[0];
    assert_eq!(policy["PolicyType"], "TargetTrackingScaling");
    let tracking = &policy["TargetTrackingConfiguration"];
    assert_eq!(tracking["TargetValue"], 8.0);
    let metrics = &tracking["CustomizedMetricSpecification"]["Metrics"];
    let dimension =
        |place: usize| &metrics[place]["MetricStat"]["Metric"]["Dimensions"][0]["Value"];
    assert_eq!(*dimension(0), record["queues"]["input"]["name"]);
    assert_eq!(*dimension(1), *group);
    assert_eq!(metrics[2]["Expression"], "visible / IF(workers > 0, workers, 1)");
    let kept = &stage.group()["EnabledMetrics"];
    assert_eq!(*kept, json!([{"Metric": "GroupInServiceInstances", "Granularity": "1Minute"}]));
    let alarms = alarms(stage);
    assert_eq!(alarms.len(), 2, "{alarms:?}");
    assert!(alarms[0].starts_with(&format!("TargetTracking-{group}-AlarmHigh-")), "{alarms:?}");
    assert!(alarms[1].starts_with(&format!("TargetTracking-{group}-AlarmLow-")), "{alarms:?}");
}

/// The alarms that the service made of target tracking.
fn alarms(stage: &Stage) -> Vec<String> {
    let prefix = format!("TargetTracking-{}-", stage.name("worker-group"));
    let query = "MetricAlarms[].AlarmName";
    let arguments =
        ["cloudwatch", "describe-alarms", "--alarm-name-prefix", &prefix, "--query", query];
    serde_json::from_value(stage.lab.aws(&arguments)).expect("a list of names")
}

/// Why the group did what it did, the newest first.
fn causes(stage: &Stage) -> Vec<String> {
    let group = stage.name("worker-group");
    let query = "Activities[].Cause";
    let arguments = ["autoscaling", "describe-scaling-activities", "--query", query];
    let arguments = [&arguments[..], &["--auto-scaling-group-name", &group]].concat();
    serde_json::from_value(stage.lab.aws(&arguments)).expect("a list of causes")
}
