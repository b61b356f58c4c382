//! What fails, and what is left then.

use serde_json::Value;
use tests::{Fault, Lab};

use crate::stacks::{BROKEN, GROUP, described, net, nothing_left, stack, template};

#[test]
fn a_failing_stack_says_its_first_cause_and_is_removed() {
    let lab = Lab::new();
    template(&lab, "net.yaml", BROKEN);
    let ran = stack(&lab, &["up", "--template", "net.yaml"]).run().exits(1).stdout("");
    let (progress, error) = ran.stderr_text().split_once("ail-stack: cannot").map_or_else(
        || panic!("no error: {ran:#?}"),
        |(progress, error)| (progress.to_owned(), format!("ail-stack: cannot{error}")),
    );
    assert!(progress.contains("Machine CREATE_FAILED: "), "{progress}");
    assert_eq!(
        error,
        "ail-stack: cannot create the stack ail-net-ID (eu-central-1)\n  \
         Machine (AWS::EC2::Instance): Resource handler returned message: \"The image id '[ami-…]' \
         does not exist (Service: Ec2, Status Code: 400, Request ID: request-id) (SDK Attempt \
         Count: 1)\" (RequestToken: UUID, HandlerErrorCode: InvalidRequest)\n  \
         undone: delete the stack ail-net-ID\n  \
         next: mend the cause, then run the same command again\n"
    );
    nothing_left(&lab, "net");
}

#[test]
fn a_failing_stack_is_kept_for_a_look_and_made_anew_the_next_time() {
    let lab = Lab::new();
    template(&lab, "net.yaml", BROKEN);
    let ran = stack(&lab, &["up", "--template", "net.yaml", "--keep"]).run().exits(1).stdout("");
    assert!(
        ran.stderr_text().ends_with(
            "  done before: the stack ail-net-ID is kept as it is (CREATE_FAILED), with its key \
             pair\n  next: look at it, then `ail-stack down --name ail-net-ID --yes`\n"
        ),
        "{ran:#?}"
    );
    assert_eq!(described(&lab, "net")["StackStatus"], "CREATE_FAILED");
    template(&lab, "net.yaml", GROUP);
    let ran = stack(&lab, &["up", "--template", "net.yaml"]).run().exits(0);
    assert!(
        ran.stderr_text().starts_with("ail-net-ID: deleting the CREATE_FAILED of before\n"),
        "{ran:#?}"
    );
    assert_eq!(ran.record()["stack"]["status"], "CREATE_COMPLETE");
    net(&lab, "down").args(["--yes"]).run().exits(0);
}

#[test]
fn a_failing_update_leaves_the_stack_as_it_was() {
    let lab = Lab::new();
    let first = net(&lab, "up").run().record();
    let broken = format!("{GROUP}{}", "  Nothing: {Value: none}\n");
    let machine = "Resources:\n  Machine:\n    Type: AWS::EC2::Instance\n    Properties: \
                   {ImageId: ami-00000000000000bad, InstanceType: t3.micro}\n";
    template(&lab, "net.yaml", &broken.replace("Resources:\n", machine));
    let ran = stack(&lab, &["up", "--template", "net.yaml"]).run().exits(1).stdout("");
    let error = "\nail-stack: cannot change the stack ail-net-ID (eu-central-1): \
                 UPDATE_ROLLBACK_COMPLETE\n  Machine (AWS::EC2::Instance): ";
    assert!(ran.stderr_text().contains(error), "{ran:#?}");
    assert_eq!(described(&lab, "net")["StackId"], first["stack"]["id"]);
    // The stack is whole; the next change works.
    let again = net(&lab, "up").run().record();
    assert_eq!(again["stack"]["outputs"], first["stack"]["outputs"]);
    net(&lab, "down").args(["--yes"]).run().exits(0);
}

#[test]
fn a_denied_call_is_a_permission_error_and_leaves_nothing() {
    let lab = Lab::new();
    lab.fault(&Fault {
        service: "cloudformation",
        operation: "CreateChangeSet",
        status: 403,
        code: "AccessDenied",
        message: "User x is not authorized to perform cloudformation:CreateChangeSet",
        ..Fault::default()
    });
    net(&lab, "up").run().exits(77).stdout("").stderr(
        "ail-stack: cannot plan the stack ail-net-ID (eu-central-1)\n  \
         CreateChangeSet: AccessDenied: User x is not authorized to perform \
         cloudformation:CreateChangeSet (request …)\n  \
         next: check the credentials, and that their policy allows CreateChangeSet\n",
    );
    nothing_left(&lab, "net");
}

#[test]
fn throttling_is_slowed_down_for() {
    let lab = Lab::new();
    for operation in ["CreateChangeSet", "DescribeStackEvents"] {
        lab.fault(&Fault {
            service: "cloudformation",
            operation,
            code: "Throttling",
            message: "Rate exceeded",
            ..Fault::default()
        });
    }
    net(&lab, "up").run().exits(0);
    net(&lab, "down").args(["--yes"]).run().exits(0);
}

#[test]
fn the_deadline_is_kept_and_what_was_begun_is_removed() {
    let lab = Lab::new();
    let ran = net(&lab, "up").args(["--timeout", "200ms"]).run().exits(124).stdout("");
    assert!(ran.stderr_text().contains("\n  waited 200ms for the "), "{ran:#?}");
    // The clean-up is not held to that.
    assert!(ran.stderr_text().contains("\n  undone: delete the stack ail-net-ID\n"), "{ran:#?}");
    nothing_left(&lab, "net");
}

#[test]
fn the_stack_of_another_asset_id_of_the_same_name_is_not_touched() {
    let lab = Lab::new();
    net(&lab, "up").run().exits(0);
    let before = described(&lab, "net");
    // `id.1` and `id-1` share the name of their stack.
    let other = lab.asset_id().replace('-', ".");
    for verb in ["up", "down", "diff", "status"] {
        net(&lab, verb).args(["--asset-id", &other, "--yes"]).run().exits(73).stdout("").stderr(
            &format!(
                "ail-stack: the stack ail-net-ID (eu-central-1) belongs to ID, not to {other} \
                 (tag ail:asset-id)\n  next: choose another --asset-id, or another --name\n"
            ),
        );
    }
    assert_eq!(described(&lab, "net"), before);
    net(&lab, "down").args(["--yes"]).run().exits(0);
}

#[test]
fn a_stack_that_somebody_else_made_is_not_touched() {
    let lab = Lab::new();
    template(&lab, "net.yaml", GROUP);
    let (name, body) = (format!("ail-net-{}", lab.asset_id()), GROUP);
    lab.aws(&["cloudformation", "create-stack", "--stack-name", &name, "--template-body", body]);
    for verb in ["up", "down"] {
        net(&lab, verb).args(["--yes"]).run().exits(73).stdout("").stderr(
            "ail-stack: the stack ail-net-ID (eu-central-1) does not belong to ID: it has no tag \
             ail:asset-id\n  next: choose another --asset-id, or another --name\n",
        );
    }
    assert_eq!(lab.mutating_calls(), [""; 0]);
    assert_ne!(described(&lab, "net"), Value::Null);
    lab.aws(&["cloudformation", "delete-stack", "--stack-name", &name]);
}
