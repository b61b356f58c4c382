//! A healthy GameDay has no finding, whatever its workers do.

use std::thread;

use crate::day::{Day, TOOLS};

/// Each is the `verify` of all three tools.
const SWEEPS: usize = 200;

/// After so many sweeps the number of workers changes: each has time to come or to drain.
const PACE: usize = 25;

#[test]
fn two_hundred_sweeps_find_nothing_while_workers_come_and_go() {
    let mut day = Day::whole();
    for sweep in 0..SWEEPS {
        if sweep % PACE == 0 {
            let workers = if (sweep / PACE).is_multiple_of(2) { "2" } else { "1" };
            day.tool("gd-fleet").args(["scale", workers]).run().exits(0);
        }
        // At once: none of them changes anything.
        thread::scope(|scope| {
            let day = &*day;
            let verify = |tool| scope.spawn(move || (sweep, tool, day.findings(tool)));
            for verifying in TOOLS.map(verify) {
                let (sweep, tool, findings) = verifying.join().expect("it does not panic");
                assert!(findings.is_empty(), "sweep {sweep}, {tool}: {findings:#?}");
            }
        });
    }
    day.tool("gd-fleet").args(["scale", "1"]).run().exits(0);
    day.is_whole();
}
