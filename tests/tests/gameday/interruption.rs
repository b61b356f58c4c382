//! A GameDay that is interrupted says so, goes on where it was, and can be taken down.

use nix::sys::signal::Signal;

use crate::stage::Stage;

/// Interrupts `just gameday` once it says this.
fn interrupted(stage: &Stage, sign: &str, signal: Signal, status: i32) {
    let mut gameday = stage.just("gameday").start();
    gameday.until_says(sign);
    gameday.signal_group(signal);
    let ran = gameday.wait().exits(status).stdout("");
    let said = ran.stderr_text();
    assert!(!said.contains("stdin is empty"), "a stage is blamed for the one before: {said}");
    // Whoever was at it says what there is, and what to do.
    assert!(said.contains("done before: "), "{said}");
    assert!(!stage.lab.out().join("gameday.json").exists());
}

#[test]
fn what_an_interruption_leaves_is_gone_on_with_or_removed() {
    let stage = Stage::new();
    interrupted(&stage, "public-subnet: subnet-", Signal::SIGINT, 130);
    stage.just("gameday-down").run().exits(0);
    stage.nothing_is_left();

    interrupted(&stage, "master: pending", Signal::SIGTERM, 143);
    // The network is there already: this one ends as soon as it has begun.
    let mut again = stage.just("gameday").start();
    again.until_says("unchanged");
    again.signal_group(Signal::SIGINT);
    again.wait().exits(130);
    stage.just("gameday-down").run().exits(0);
    stage.nothing_is_left();

    interrupted(&stage, "worker-image: pending", Signal::SIGINT, 130);
    stage.just("gameday").run().exits(0);
    let record = stage.record();
    for tool in ["gd-vpc", "gd-queue", "gd-fleet"] {
        stage.lab.tool(tool).args(["verify"]).record(&record).run().exits(0).stdout("");
    }
    stage.just("gameday-down").run().exits(0);
    stage.nothing_is_left();
}
