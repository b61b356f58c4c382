//! More workers and fewer, and a new worker; whoever goes drains.

use std::time::{Duration, Instant};

use tests::Cloud;

use crate::stage::Stage;

/// Waits until the group has so many instances in service, and no others.
pub fn until_there_are(stage: &Stage, count: usize) {
    let started = Instant::now();
    loop {
        let group = stage.group();
        let instances = group["Instances"].as_array().expect("a list").clone();
        let serving = instances.iter().filter(|one| one["LifecycleState"] == "InService").count();
        if serving == count && instances.len() == count {
            return;
        }
        assert!(started.elapsed() < Duration::from_secs(240), "{count} wanted: {instances:#?}");
        std::thread::sleep(Duration::from_millis(500));
    }
}

/// How often an instance said that it has drained. Instances call under their role's key.
fn drained() -> usize {
    let calls = Cloud::shared().calls();
    calls.iter().filter(|call| call["operation"] == "CompleteLifecycleAction").count()
}

#[test]
fn workers_come_and_go_and_a_new_worker_takes_their_place() {
    let stage = Stage::new();
    let record = stage.built();
    until_there_are(&stage, 1);

    let refused = stage.fleet(&record, &["scale", "5"]).run().exits(2).stdout("");
    assert!(
        refused.stderr_text().contains("has from 1 to 4 workers, so 5 cannot be"),
        "{refused:#?}"
    );
    stage
        .fleet(&record, &["scale", "0..2", "--dry-run"])
        .run()
        .exits(0)
        .stdout(&format!("would let {} have from 0 to 2 workers\n", stage.name("worker-group")));
    let scaled = stage.fleet(&record, &["scale", "0..2"]).run().record();
    assert_eq!(
        (&scaled["fleet"]["wish"]["min"], &scaled["fleet"]["wish"]["max"]),
        (&0.into(), &2.into())
    );
    assert_eq!(stage.findings(&scaled), [""; 0]);
    let before = stage.lab.mutating_calls().len();
    stage.fleet(&scaled, &["scale", "0..2"]).run().exits(0);
    assert_eq!(stage.lab.mutating_calls().len(), before);

    // The hook would keep the instance for ten minutes; the instance itself ends the wait.
    let before = drained();
    stage.fleet(&scaled, &["scale", "0"]).run().exits(0);
    until_there_are(&stage, 0);
    assert!(drained() > before);

    let other =
        stage.worker("other", "#!/bin/sh\n[ \"$1\" = --version ] && exec echo 1\nexec sleep inf\n");
    let other = other.to_str().expect("it is text");
    stage.fleet(&scaled, &["up", "--worker", other]).run().exits(80);
    let renewed = stage.fleet(&scaled, &["up", "--yes", "--worker", other]).run().record();
    assert_ne!(renewed["fleet"]["image"], scaled["fleet"]["image"]);
    assert_eq!(renewed["fleet"]["launch_template"]["version"], "2");
    assert_eq!(stage.group()["LaunchTemplate"]["Version"], "2");
    assert_eq!(stage.findings(&renewed), [""; 0]);
    stage.fleet(&renewed, &["down", "--yes"]).run().exits(0);
}
