//! `down`.

use serde_json::{Value, json};
use tests::{Fault, Lab};

use crate::stacks::{described, net, nothing_left, stack, template};

#[test]
fn it_asks_and_then_removes() {
    let lab = Lab::new();
    let up = net(&lab, "up").run().record();
    let before = lab.mutating_calls();
    stack(&lab, &["down"]).record(&up).run().exits(80).stdout("").stderr(
        "ail-stack: this would delete the stack ail-net-ID (eu-central-1) with Group sg-…\n  \
         next: look at it with --dry-run, then give --yes\n",
    );
    let dry = stack(&lab, &["down", "--dry-run"]).record(&up).run().exits(0);
    assert!(dry.stdout_text().starts_with("would delete the stack ail-net-"), "{dry:#?}");
    assert_eq!(lab.mutating_calls(), before);

    let down = stack(&lab, &["down", "--yes"]).record(&up).run().exits(0).stderr(
        "ail-net-ID: DELETE_IN_PROGRESS\n\
         ail-net-ID: Group DELETE_IN_PROGRESS\n\
         ail-net-ID: Group DELETE_COMPLETE\n\
         ail-net-ID: DELETE_COMPLETE\n\
         ail-stack down: done in N s\n",
    );
    let down = down.record();
    assert_eq!(down["stack"]["id"], up["stack"]["id"]);
    assert_eq!(down["stack"]["status"], "DELETE_COMPLETE");
    nothing_left(&lab, "net");

    let calls = lab.mutating_calls();
    assert_eq!(stack(&lab, &["down"]).record(&down).run().record(), down);
    assert_eq!(lab.mutating_calls(), calls, "what is gone needs no call and no --yes");
}

#[test]
fn a_stack_that_never_was_is_down() {
    let lab = Lab::new();
    let record = stack(&lab, &["down"]).run().record();
    assert_eq!(record["stack"], Value::Null);
    assert_eq!(lab.mutating_calls(), [""; 0]);
    stack(&lab, &["down", "--dry-run"])
        .run()
        .exits(0)
        .stdout("would do nothing: there is no such stack\n");
}

#[test]
fn what_cannot_be_deleted_is_said_with_its_reason() {
    let lab = Lab::new();
    template(&lab, "store.yaml", "Resources: {Store: {Type: AWS::S3::Bucket}}");
    let up = stack(&lab, &["up", "--template", "store.yaml"]).run().record();
    let status = stack(&lab, &["status"]).record(&up).run().exits(0).lines();
    let bucket = status[1]["value"].as_str().expect("a bucket");
    lab.aws(&["s3api", "put-object", "--bucket", bucket, "--key", "precious"]);
    let ran = stack(&lab, &["down", "--yes"]).record(&up).run().exits(1).stdout("");
    let text = ran.stderr_text();
    let (_, error) = text.split_once("ail-stack: ").expect("an error");
    let cause = "cannot delete the stack ail-store-ID (eu-central-1): DELETE_FAILED\n  Store \
                 (AWS::S3::Bucket): Resource handler returned message: \"The bucket you tried to \
                 delete is not empty (Service: S3, ";
    assert!(error.starts_with(cause), "{ran:#?}");
    let advice = "\n  next: remove what holds its resources, then run the same command again; \
                  `ail-stack status` lists them\n";
    assert!(error.ends_with(advice), "{ran:#?}");
    assert_eq!(described(&lab, "store")["StackStatus"], "DELETE_FAILED");
    lab.aws(&["s3api", "delete-object", "--bucket", bucket, "--key", "precious"]);
    stack(&lab, &["down", "--yes"]).record(&up).run().exits(0);
    nothing_left(&lab, "store");
}

#[test]
fn a_denied_deletion_names_the_stack() {
    let lab = Lab::new();
    let up = net(&lab, "up").run().record();
    lab.fault(&Fault {
        service: "cloudformation",
        operation: "DeleteStack",
        status: 403,
        code: "AccessDenied",
        message: "not yours",
        ..Fault::default()
    });
    stack(&lab, &["down", "--yes"]).record(&up).run().exits(77).stdout("").stderr(
        "ail-stack: cannot delete the stack ail-net-ID (eu-central-1)\n  \
         DeleteStack: AccessDenied: not yours (request …)\n  \
         next: check the credentials, and that their policy allows DeleteStack\n",
    );
    stack(&lab, &["down", "--yes"]).record(&up).run().exits(0);
}

#[test]
fn a_name_beats_the_record() {
    let lab = Lab::new();
    let up = net(&lab, "up").args(["--name", "other"]).run().exits(0).record();
    assert_eq!(up["stack"]["name"], "other");
    let down = stack(&lab, &["down", "--name", "other", "--yes"]).run().record();
    assert_eq!(down["stack"]["status"], json!("DELETE_COMPLETE"));
}
