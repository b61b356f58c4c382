//! What is left of `ail-ami create` when it is ended in the middle.

use nix::sys::signal::Signal;
use tests::Lab;

use crate::stage::{HERE, assert_nothing_left, create, images};

#[test]
fn a_signal_takes_the_image_back() {
    for (signal, status, what) in
        [(Signal::SIGINT, 130, "interrupted"), (Signal::SIGTERM, 143, "told to end")]
    {
        let lab = Lab::new();
        let mut running = create(&lab).start();
        running.until_says(": pending");
        running.signal(signal);
        let ran = running.wait().exits(status).stdout("");
        assert!(
            ran.stderr_text().ends_with(&format!(
                "ail-ami: taking back: remove the image ail-ID (eu-central-1)\n\
                 ail-ami: {what}\n  undone: remove the image ail-ID (eu-central-1)\n"
            )),
            "{ran:#?}"
        );
        assert_nothing_left(&lab, HERE);
    }
}

#[test]
fn after_a_kill_the_next_run_waits_for_the_same_image() {
    let lab = Lab::new();
    let mut running = create(&lab).start();
    running.until_says(": pending");
    running.signal(Signal::SIGKILL);
    running.wait().exits(137);
    let id = images(&lab, HERE)[0]["ImageId"].clone();
    let ran = create(&lab).run();
    assert!(
        ran.stderr_text().contains("is being made already: waiting for it")
            || ran.stderr_text().contains("is there already"),
        "{ran:#?}"
    );
    assert_eq!(ran.record()["image"]["id"], id);
    assert_eq!(lab.mutating_calls(), ["CreateImage"]);
}

#[test]
fn a_deadline_takes_the_image_back() {
    let lab = Lab::new();
    let ran = lab
        .tool("ail-ami")
        .args(["create", "--no-reboot", "--timeout", "200ms"])
        .record(&crate::stage::record(&lab))
        .run()
        .exits(124)
        .stdout("");
    // A busy machine may not have answered the first look by then.
    let told = ran.stderr_text().replace("last seen: nothing yet", "last seen: pending 0 %");
    assert!(
        told.ends_with(
            "ail-ami: waited 200ms for ami-… (ail-ID, eu-central-1) to be available\n  \
             last seen: pending 0 %\n  \
             undone: remove the image ail-ID (eu-central-1)\n  \
             next: give a longer --timeout\n"
        ),
        "{ran:#?}"
    );
    assert_nothing_left(&lab, HERE);
}
