//! Workers that are lost in the middle.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::json;

use crate::stage::Stage;

const JOBS: usize = 200;

#[test]
fn no_job_is_lost_and_each_has_one_montage_when_workers_are_killed() {
    let stage = Stage::with("6", "5");
    let path = |n: usize| format!("number/{n}");
    stage.send((0..JOBS).map(|n| stage.site.job(&[&path(n)])));

    // The one dies with jobs in its hands; another works on beside it, then it dies too.
    for asked in [40, 110] {
        let running = stage.worker().args(["--jobs", "8"]).start();
        while stage.site.asked().len() < asked {
            std::thread::sleep(Duration::from_millis(5));
        }
        running.kill_session();
        assert_eq!(running.wait().exits(137).stderr_raw().matches("finishing").count(), 0);
    }
    let workers = [(); 2].map(|()| stage.worker().args(["--idle-exit", "8s"]).start());
    for worker in workers {
        worker.wait().exits(0);
    }

    let versions = stage.world("versions", &[]);
    let versions = versions.as_array().expect("a list");
    let keys: BTreeSet<_> = versions.iter().map(ToString::to_string).collect();
    assert_eq!((versions.len(), keys.len()), (JOBS, JOBS), "each montage was put once");

    let mut results: BTreeMap<String, usize> = BTreeMap::new();
    for result in stage.read("output") {
        let key = result["key"].to_string();
        assert_eq!(key, format!("\"out/{}.jpg\"", result["job"].as_str().expect("a job")));
        assert!(keys.contains(&key), "{result}");
        *results.entry(key).or_default() += 1;
    }
    assert_eq!(results.len(), JOBS, "each job was answered");
    assert_eq!(stage.world("depth", &["input"]), json!({"waiting": 0, "in_flight": 0}));
    assert_eq!(stage.world("depth", &["dead-letter"]), json!({"waiting": 0, "in_flight": 0}));
}
