//! `exec`: streams, statuses, and its end.

use nix::sys::signal::Signal;
use tests::Lab;

use crate::machine::{SHARED, provision};

#[test]
fn the_command_speaks_and_ends_as_it_does_there() {
    let lab = Lab::new();
    let known = SHARED.known(&lab);
    let exec = |arguments: &[&str]| {
        let tool = provision(&lab, &["exec", "--quiet", "--"]).args(arguments);
        tool.record(&known).run()
    };
    exec(&["whoami"]).exits(0).stdout("admin\n").stderr("");
    exec(&["echo out; echo err >&2; exit 7"]).exits(7).stdout("out\n").stderr("err\n");
    exec(&["printf", "%s|", "a b", "*", "it's"]).exits(0).stdout("a b|*|it's|");
    exec(&["kill -TERM $$"]).exits(143);
    exec(&["no-such-command"]).exits(127);
    // Its input is empty, so it does not wait for any.
    exec(&["wc -c"]).exits(0).stdout("0\n");
    let much = exec(&["seq 1 200000"]).exits(0);
    assert_eq!(much.stdout_text().lines().count(), 200_000);
    assert!(much.stdout_text().ends_with("\n200000\n"));
    assert_eq!(lab.calls(), ["GetConsoleOutput"]);
}

#[test]
fn a_command_without_an_end_is_ended_by_the_deadline_a_signal_or_a_closed_pipe() {
    let lab = Lab::new();
    let known = SHARED.known(&lab);
    let forever = ["exec", "--timeout", "2s", "--", "sleep", "600"];
    provision(&lab, &forever).record(&known).run().exits(124).stdout("").stderr(
        "ail-provision: cannot run the command on i-…\n  the command did not end in time\n  \
         it may still run there\n  next: give a longer --timeout\n",
    );
    let mut running =
        provision(&lab, &["exec", "--", "echo began >&2; sleep 600"]).record(&known).start();
    running.until_says("began");
    running.signal(Signal::SIGINT);
    running.wait().exits(130).stdout("").stderr("began\nail-provision: interrupted\n");

    let line = "ail-provision -q exec -- yes | head -n 1; echo ${PIPESTATUS[0]}";
    let ran = lab.program("/bin/bash").args(["-c", line]).record(&known).run();
    ran.exits(0).stdout("y\n0\n").stderr("");
}
