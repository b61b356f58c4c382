//! `run`, when nobody interrupts it.

use serde_json::{Value, json};
use tests::{Fault, Lab, Ran};

use crate::stacks::{described, net, nothing_left, script};

fn run(lab: &Lab, script: &str) -> Ran {
    net(lab, "run").args(["--", "bash", "-c", script]).run()
}

/// What comes after the progress.
fn error(ran: &Ran) -> String {
    let text = ran.stderr_text();
    let at = text.find("\nail-stack: the command").expect("an error") + 1;
    text[at..].to_owned()
}

#[test]
fn the_command_gets_the_record_and_its_record_is_ours() {
    let lab = Lab::new();
    let script = r#"echo "run $AIL_RUN in $AIL_REGION" >&2; jq -c '.notes = .stack.status'"#;
    let ran = net(&lab, "run").env("AIL_RUN", "00c0ffee").args(["--", "bash", "-c", script]).run();
    assert!(ran.stderr_raw().contains("run 00c0ffee in eu-central-1\n"), "{ran:#?}");
    let record = ran.record();
    assert_eq!(record["notes"], "CREATE_COMPLETE");
    assert_eq!(record["stack"]["status"], "DELETE_COMPLETE");
    assert_eq!(record["stack"]["outputs"], json!({}));
    nothing_left(&lab, "net");
}

#[test]
fn the_status_of_the_command_is_ours() {
    let lab = Lab::new();
    let ran = run(&lab, "exit 42").exits(42).stdout("");
    assert_eq!(
        error(&ran),
        "ail-stack: the command ended with status 42: bash -c exit 42\n  \
         undone: delete the stack ail-net-ID\n"
    );
    let ran = run(&lab, "kill -KILL $$").exits(137).stdout("");
    assert!(error(&ran).starts_with("ail-stack: the command was ended by SIGKILL: "), "{ran:#?}");
    nothing_left(&lab, "net");
}

#[test]
fn a_command_without_a_record_is_bad_input() {
    let lab = Lab::new();
    let ran = run(&lab, "cat > /dev/null").exits(65).stdout("");
    assert_eq!(
        error(&ran),
        "ail-stack: the command succeeded and printed no record: bash -c cat > /dev/null\n  \
         the input is not a record\n  it is empty\n  undone: delete the stack ail-net-ID\n  \
         next: let it print the record that it read, with what it added\n"
    );
    run(&lab, "cat; echo and this").exits(65).stdout("");
    nothing_left(&lab, "net");
}

#[test]
fn a_command_may_close_its_input() {
    let lab = Lab::new();
    let big = json!({"schema": "ail/1", "notes": "x".repeat(300_000)});
    let script = "exec <&-; sleep 1; echo '{\"schema\":\"ail/1\",\"notes\":1}'";
    let ran = net(&lab, "run").record(&big).args(["--", "bash", "-c", script]).run();
    assert_eq!(ran.record()["notes"], 1);
}

#[test]
fn what_the_command_leaves_running_is_ended_before_the_stack_goes() {
    let lab = Lab::new();
    let command = script(&lab, "(trap 'echo was told >&2; exit' TERM; sleep 300 & wait) & cat");
    let ran = net(&lab, "run").args(command).run().exits(0);
    let text = ran.stderr_text();
    let (ended, deleted) = (text.find("was told\n"), text.find("DELETE_IN_PROGRESS"));
    assert!(ended.expect("ended") < deleted.expect("deleted"), "{ran:#?}");
}

#[test]
fn a_stack_that_cannot_be_taken_down_is_a_partial_success() {
    let lab = Lab::new();
    lab.fault(&Fault {
        service: "cloudformation",
        operation: "DeleteStack",
        times: 9,
        status: 403,
        code: "AccessDenied",
        message: "not yours",
        ..Fault::default()
    });
    let ran = run(&lab, "cat").exits(79);
    let record = ran.json();
    assert_eq!(record["stack"]["status"], "CREATE_COMPLETE");
    assert_eq!(
        error(&ran),
        "ail-stack: the command succeeded, and its stack could not be taken down\n  \
         cannot delete the stack ail-net-ID (eu-central-1)\n  \
         DeleteStack: AccessDenied: not yours (request …)\n  \
         left: delete the stack ail-net-ID (cannot delete the stack ail-net-ID (eu-central-1): \
         DeleteStack: AccessDenied: not yours (request …)): \
         aws cloudformation delete-stack --stack-name ail-net-ID\n  \
         next: check the credentials, and that their policy allows DeleteStack\n"
    );
    // The command's own failure is the more important one.
    let ran = run(&lab, "exit 5").exits(5).stdout("");
    assert!(error(&ran).contains("left: delete the stack ail-net-ID ("), "{ran:#?}");
    assert_ne!(described(&lab, "net"), Value::Null);
    let other = Lab::new();
    let asset_id = lab.asset_id();
    net(&other, "down").args(["--yes", "--asset-id", &asset_id]).run().exits(0);
    nothing_left(&lab, "net");
}

#[test]
fn a_dry_run_says_the_whole_story() {
    let lab = Lab::new();
    let id = lab.asset_id();
    net(&lab, "run").args(["--dry-run", "--", "true", "x"]).run().exits(0).stdout(&format!(
        "would create the stack ail-net-{id}: Group (AWS::EC2::SecurityGroup)\n\
         would run: true x\nwould delete the stack ail-net-{id}\n"
    ));
    assert_eq!(lab.mutating_calls(), [""; 0]);
}
