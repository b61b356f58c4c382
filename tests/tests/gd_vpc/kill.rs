//! A run that is killed anywhere is finished by the next, without doubles.

use nix::sys::signal::Signal;

use crate::stage::{Stage, nothing, whole};

#[test]
fn a_killed_run_is_gone_on_with() {
    // After each of these an instance takes its time to start or to end, so that the kill
    // comes in the middle.
    for (of_up, of_down) in [
        ("vpc: vpc-", "public-default-route: deleting"),
        ("nat-security-group: setting ingress", "nat-instance: deleting"),
        ("nat-instance: pending", "nat-instance: shutting-down"),
    ] {
        let stage = Stage::new();
        let mut running = stage.vpc(&["up"]).start();
        running.until_says(of_up);
        running.signal(Signal::SIGKILL);
        running.wait().exits(137);
        let record = stage.up();
        assert_eq!(stage.counts(), whole(), "killed after {of_up:?}");
        let made = stage.lab.mutating_calls().len();
        assert_eq!(stage.up(), record);
        assert_eq!(stage.lab.mutating_calls().len(), made);

        let mut running = stage.vpc(&["down", "--yes"]).start();
        running.until_says(of_down);
        running.signal(Signal::SIGKILL);
        running.wait().exits(137);
        stage.down();
        assert_eq!(stage.counts(), nothing(), "killed after {of_down:?}");
    }
}
