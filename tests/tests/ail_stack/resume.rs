//! What earlier runs left, in whatever state.

use nix::sys::signal::Signal;
use serde_json::Value;
use tests::Lab;

use crate::stacks::{
    BROKEN, GROUP, described, ec2, eventually, net, nothing_left, source, stack, template,
};

/// Lets the aws CLI begin a stack as an earlier run would have.
fn begun(lab: &Lab, body: &str) {
    let (name, id) = (format!("ail-net-{}", lab.asset_id()), lab.asset_id());
    let tag = format!("Key=ail:asset-id,Value={id}");
    lab.aws(&[
        "cloudformation",
        "create-stack",
        "--stack-name",
        &name,
        "--template-body",
        body,
        "--tags",
        &tag,
    ]);
}

#[test]
fn a_stack_under_way_is_waited_for() {
    let lab = Lab::new();
    begun(&lab, GROUP);
    let ran = net(&lab, "up").run().exits(0);
    assert_eq!(ran.record()["stack"]["status"], "CREATE_COMPLETE");
    assert_eq!(lab.mutating_calls(), [""; 0]);
    net(&lab, "down").args(["--yes"]).run().exits(0);
}

#[test]
fn a_stack_that_was_rolled_back_is_made_anew() {
    let lab = Lab::new();
    begun(&lab, BROKEN);
    eventually("it is rolled back", || {
        described(&lab, "net")["StackStatus"] == "ROLLBACK_COMPLETE"
    });
    let ran = net(&lab, "up").run().exits(0);
    assert!(
        ran.stderr_text().starts_with("ail-net-ID: deleting the ROLLBACK_COMPLETE of before\n"),
        "{ran:#?}"
    );
    assert_eq!(ran.record()["stack"]["status"], "CREATE_COMPLETE");
    net(&lab, "down").args(["--yes"]).run().exits(0);
}

#[test]
fn a_stack_that_was_only_planned_is_made_anew() {
    let lab = Lab::new();
    template(&lab, "net.yaml", GROUP);
    let (name, tag) = (
        format!("ail-net-{}", lab.asset_id()),
        format!("Key=ail:asset-id,Value={}", lab.asset_id()),
    );
    let plan = |tag: &str| {
        lab.aws(&[
            "cloudformation",
            "create-change-set",
            "--stack-name",
            &name,
            "--template-body",
            GROUP,
            "--change-set-name",
            "old",
            "--change-set-type",
            "CREATE",
            "--tags",
            tag,
        ])
    };
    plan("Key=ail:asset-id,Value=another");
    assert_eq!(described(&lab, "net")["StackStatus"], "REVIEW_IN_PROGRESS");
    net(&lab, "up").run().exits(73);
    assert_eq!(lab.mutating_calls(), [""; 0]);
    lab.aws(&["cloudformation", "delete-stack", "--stack-name", &name]);
    eventually("it is gone", || described(&lab, "net") == Value::Null);

    plan(&tag);
    let record = net(&lab, "up").run().record();
    assert_eq!(record["stack"]["status"], "CREATE_COMPLETE");
    net(&lab, "down").args(["--yes"]).run().exits(0);
}

#[test]
fn a_stack_on_its_way_out_is_waited_for_and_made_anew() {
    let lab = Lab::new();
    let first = net(&lab, "up").run().record();
    let name = format!("ail-net-{}", lab.asset_id());
    lab.aws(&["cloudformation", "delete-stack", "--stack-name", &name]);
    let second = net(&lab, "up").run().record();
    assert_ne!(first["stack"]["id"], second["stack"]["id"]);
    net(&lab, "down").args(["--yes"]).run().exits(0);
}

#[test]
fn a_run_that_is_interrupted_while_it_waits_for_a_stack_of_before_takes_it_down() {
    let lab = Lab::new();
    let source = source(&lab);
    let mut killed = ec2(&lab, "up", &source).start();
    killed.until_says("SecurityGroup CREATE_IN_PROGRESS");
    killed.signal(Signal::SIGKILL);
    killed.wait();
    let mut running = ec2(&lab, "run", &source).args(["--", "cat"]).start();
    running.until_says("waiting for the CREATE_IN_PROGRESS of before");
    running.signal(Signal::SIGTERM);
    let ran = running.wait().exits(143).stdout("");
    let undone = "\nail-stack: told to end\n  undone: delete the stack ail-ec2-ID\n  \
                  undone: delete the key pairs made for ID, and their files\n";
    assert!(ran.stderr_text().ends_with(undone), "{ran:#?}");
    nothing_left(&lab, "ec2");
}

#[test]
fn a_run_takes_a_stack_of_before_down_too() {
    let lab = Lab::new();
    net(&lab, "up").run().exits(0);
    let ran =
        stack(&lab, &["run", "--template", "net.yaml", "--", "false"]).run().exits(1).stdout("");
    assert!(
        ran.stderr_text().ends_with(
            "ail-stack: the command ended with status 1: false\n  \
             undone: delete the stack ail-net-ID\n"
        ),
        "{ran:#?}"
    );
    nothing_left(&lab, "net");
}
