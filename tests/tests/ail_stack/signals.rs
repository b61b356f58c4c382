//! Interruptions.

use nix::sys::signal::Signal;
use tests::Lab;

use crate::stacks::{
    GROUP, described, ec2, eventually, key_pairs, net, nothing_left, script, source, stack,
    template,
};

/// Says which signal it got, takes a moment to clean up, and says that too.
const COMMAND: &str = "\
trap 'echo got INT >&2; kill $! 2>/dev/null; sleep 1; echo clean >&2; exit 9' INT
trap 'echo got TERM >&2; kill $! 2>/dev/null; sleep 1; echo clean >&2; exit 9' TERM
sleep 300 &
echo at work >&2
wait
";

#[test]
fn a_signal_reaches_the_command_and_then_all_is_taken_down() {
    for (signal, name, status, what) in
        [(Signal::SIGINT, "INT", 130, "interrupted"), (Signal::SIGTERM, "TERM", 143, "told to end")]
    {
        let lab = Lab::new();
        let mut running = net(&lab, "run").args(script(&lab, COMMAND)).start();
        running.until_says("at work");
        running.signal(signal);
        let ran = running.wait().exits(status).stdout("");
        let text = ran.stderr_text();
        let after = text.split_once("at work\n").expect("it was at work").1;
        // The command may be quicker to say that it got the signal.
        let after = after.replacen("ail-stack: taking back: end the command\n", "", 1);
        let told =
            format!("got {name}\nclean\nail-stack: taking back: delete the stack ail-net-ID\n");
        assert!(after.starts_with(&told), "{ran:#?}");
        assert!(
            after.ends_with(&format!(
                "ail-stack: {what}\n  undone: end the command\n  \
                 undone: delete the stack ail-net-ID\n"
            )),
            "{ran:#?}"
        );
        nothing_left(&lab, "net");
    }
}

#[test]
fn a_shell_that_ends_before_its_pipeline_is_not_the_end() {
    let lab = Lab::new();
    // Bash itself has no trap and ends at once; its child cleans up for a second.
    let body = "bash -c 'trap \"sleep 1; echo clean >&2; exit\" TERM; echo at work >&2; \
                sleep 300 & wait' | cat";
    let mut running = net(&lab, "run").args(script(&lab, body)).start();
    running.until_says("at work");
    running.signal(Signal::SIGTERM);
    let ran = running.wait().exits(143).stdout("");
    let text = ran.stderr_text();
    let clean = text.find("clean\n").expect("it was waited for");
    assert!(clean < text.find("taking back: delete the stack").expect("then"), "{ran:#?}");
    nothing_left(&lab, "net");
}

#[test]
fn a_second_signal_ends_at_once_and_says_what_is_left() {
    let lab = Lab::new();
    // It does not end at SIGINT; it does at SIGTERM, which tells it that all is over.
    let body = "trap 'echo not yet >&2' INT; trap 'touch told; kill $!; exit' TERM; \
                sleep 300 & echo at work >&2; while :; do wait; done";
    let mut running = net(&lab, "run").args(script(&lab, body)).start();
    running.until_says("at work");
    running.signal(Signal::SIGINT);
    running.until_says("taking back: end the command");
    running.until_says("not yet");
    running.signal(Signal::SIGINT);
    let ran = running.wait().exits(130).stdout("");
    let text = ran.stderr_text();
    assert!(text.contains("  left: end the command (broken off): kill -s KILL -- -"), "{ran:#?}");
    let stack = "  left: delete the stack ail-net-ID (not tried): \
                 aws cloudformation delete-stack --stack-name ail-net-ID\n";
    assert!(text.contains(stack), "{ran:#?}");
    eventually("the command does not outlive it", || lab.home().join("told").exists());
    net(&lab, "down").args(["--yes"]).run().exits(0);
}

#[test]
fn an_interrupted_up_leaves_nothing() {
    for (signal, status) in [(Signal::SIGINT, 130), (Signal::SIGTERM, 143)] {
        let lab = Lab::new();
        let mut running = ec2(&lab, "up", &source(&lab)).start();
        running.until_says("Instance CREATE_IN_PROGRESS");
        running.signal(signal);
        let ran = running.wait().exits(status).stdout("");
        let undone = "\n  undone: delete the stack ail-ec2-ID\n  \
                      undone: delete the key pair ail-ID-RUN\n  \
                      undone: remove the key file HOME/state/ail/ail-ID-RUN\n";
        assert!(ran.stderr_text().ends_with(undone), "{ran:#?}");
        nothing_left(&lab, "ec2");
    }
}

#[test]
fn an_interrupted_change_is_rolled_back() {
    let lab = Lab::new();
    let source = source(&lab);
    net(&lab, "up").run().exits(0);
    let machine = "Parameters:\n  ImageId: {Type: String}\n";
    let body = GROUP.replace("Parameters:\n", machine).replace(
        "Outputs:\n",
        "  Machine:\n    Type: AWS::EC2::Instance\n    \
         Properties: {ImageId: !Ref ImageId, InstanceType: t3.micro}\nOutputs:\n",
    );
    template(&lab, "net.yaml", &body);
    let mut running = stack(&lab, &["up", "--template", "net.yaml"]).record(&source).start();
    running.until_says("Machine CREATE_IN_PROGRESS");
    running.signal(Signal::SIGINT);
    let ran = running.wait().exits(130).stdout("");
    let undone = "\nail-stack: interrupted\n  undone: cancel the update of the stack ail-net-ID\n";
    assert!(ran.stderr_text().ends_with(undone), "{ran:#?}");
    assert_eq!(described(&lab, "net")["StackStatus"], "UPDATE_ROLLBACK_COMPLETE");
    net(&lab, "down").args(["--yes"]).run().exits(0);
}

#[test]
fn a_signal_while_the_stack_goes_down_does_not_keep_it_up() {
    let lab = Lab::new();
    let mut running = net(&lab, "run").args(["--", "cat"]).start();
    running.until_says("DELETE_IN_PROGRESS");
    running.signal(Signal::SIGTERM);
    running.wait().exits(143).stdout("");
    nothing_left(&lab, "net");
}

#[test]
fn with_keep_an_interrupted_up_leaves_what_it_began() {
    let lab = Lab::new();
    let source = source(&lab);
    let mut running = ec2(&lab, "up", &source).args(["--keep"]).start();
    running.until_says("Instance CREATE_IN_PROGRESS");
    running.signal(Signal::SIGINT);
    let ran = running.wait().exits(130).stdout("");
    assert!(ran.stderr_text().ends_with("\nail-stack: interrupted\n"), "{ran:#?}");
    let up = ec2(&lab, "up", &source).run().record();
    assert_eq!(described(&lab, "ec2")["StackId"], up["stack"]["id"]);
    assert_eq!(key_pairs(&lab), [up["key_pair"]["name"].as_str().expect("a name")]);
    stack(&lab, &["down", "--yes"]).record(&up).run().exits(0);
    nothing_left(&lab, "ec2");
}
