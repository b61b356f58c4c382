//! The bucket that a template kept, and the next stack.

use serde_json::{Value, json};
use tests::{Fault, Lab, Ran};

use crate::permanent::turn;
use crate::stacks::stack;

fn up(lab: &Lab, more: &[&str]) -> Ran {
    let tool = stack(lab, &["up", "--kind", "vm-bucket"]).args(more);
    tool.record(&json!({"schema": "ail/1"})).run()
}

fn down(lab: &Lab) {
    stack(lab, &["down", "--kind", "vm-bucket", "--yes"]).run().exits(0);
}

fn bucket(record: &Value) -> String {
    record["stack"]["outputs"]["BucketName"].as_str().expect("an output").to_owned()
}

fn statuses(lab: &Lab) -> Value {
    let found = lab.aws(&["cloudformation", "describe-stacks", "--region", "eu-central-1"]);
    let own = |stack: &&Value| stack["StackName"] == "AIL-VM-BUCKET";
    found["Stacks"].as_array().expect("a list").iter().filter(own).cloned().collect()
}

#[test]
fn a_kept_bucket_is_taken_in_and_two_of_them_are_not() {
    let (_turn, lab) = (turn(), Lab::new());
    let first = up(&lab, &[]).record();
    let name = bucket(&first);
    lab.aws(&["s3api", "put-object", "--bucket", &name, "--key", "ai_lab/1.0/ai-lab-1.0.vmdk"]);
    down(&lab);

    // Interrupted on its way, or failed, the stack goes and the bucket stays as it is.
    let fault = Fault {
        service: "cloudformation",
        operation: "UpdateTerminationProtection",
        status: 403,
        code: "AccessDenied",
        message: "not yours",
        ..Fault::default()
    };
    lab.fault(&fault);
    let failed = up(&lab, &[]).exits(77);
    assert!(failed.stderr_raw().contains("undone: delete the stack AIL-VM-BUCKET"), "{failed:#?}");
    assert_eq!(statuses(&lab), json!([]));

    let calls = lab.mutating_calls().len();
    let second = up(&lab, &[]).exits(0);
    let told = "AIL-VM-BUCKET: taking in the bucket BUCKET, which an earlier stack kept\n";
    assert!(second.stderr_text().contains(told), "{second:#?}");
    assert!(second.stderr_text().contains("AIL-VM-BUCKET: Bucket IMPORT_COMPLETE"), "{second:#?}");
    let second = second.record();
    assert_eq!(bucket(&second), name);
    lab.aws(&["s3api", "head-object", "--bucket", &name, "--key", "ai_lab/1.0/ai-lab-1.0.vmdk"]);
    let role = second["stack"]["outputs"]["RoleName"].as_str().expect("a role");
    lab.aws(&["iam", "get-role", "--role-name", role]);
    let change = ["CreateChangeSet", "ExecuteChangeSet"];
    let expected = [&change[..], &change, &["UpdateTerminationProtection"]].concat();
    assert_eq!(lab.mutating_calls()[calls..], expected);
    assert_eq!(statuses(&lab)[0]["StackStatus"], "UPDATE_COMPLETE");
    // It is as asked for: nothing is to be done.
    let calls = lab.mutating_calls();
    assert_eq!(up(&lab, &[]).record()["stack"], second["stack"]);
    assert_eq!(lab.mutating_calls(), calls);
    down(&lab);

    // One that looks like it, and that CloudFormation did not make, is not touched.
    let stranger = "ail-vm-bucket-bucket-somebodys";
    let of_region = ["--create-bucket-configuration", "LocationConstraint=eu-central-1"];
    lab.aws(&[&["s3api", "create-bucket", "--bucket", stranger][..], &of_region].concat());
    let dry = up(&lab, &["--dry-run"]).exits(0);
    let taken = format!("would take in the bucket {name}, which an earlier stack kept\n");
    assert!(dry.stdout_text().starts_with(&taken), "{dry:#?}");

    // Of two, nobody here knows the right one.
    let other = kept_by_hand(&lab);
    let calls = lab.mutating_calls();
    let refused = up(&lab, &[]).exits(73).stdout("");
    let mut names = [name.as_str(), &other];
    names.sort_unstable();
    assert_eq!(
        refused.stderr_raw(),
        format!(
            "ail-stack: earlier stacks AIL-VM-BUCKET kept 2 buckets (eu-central-1)\n  {}\n  \
             next: remove all but one with what is in them (`aws s3 rb --force s3://{}`), and run \
             the same command again: it takes in the one that is left\n",
            names.join(", "),
            names[0]
        )
    );
    assert_eq!(lab.mutating_calls(), calls);
    for name in [name.as_str(), &other, stranger] {
        let script = format!("aws s3 rb --force 's3://{name}'");
        lab.program("/bin/sh").args(["-c", &script]).run().exits(0);
    }
}

/// What a stack of that name keeps which is gone.
fn kept_by_hand(lab: &Lab) -> String {
    let template = "{\"Resources\": {\"Bucket\": \
                    {\"Type\": \"AWS::S3::Bucket\", \"DeletionPolicy\": \"Retain\"}}}";
    let call = |more: &[&str]| {
        let of = ["--stack-name", "AIL-VM-BUCKET", "--region", "eu-central-1"];
        lab.aws(&[&["cloudformation"], more, &of].concat())
    };
    call(&["create-stack", "--template-body", template]);
    call(&["wait", "stack-create-complete"]);
    let made = call(&["describe-stack-resources"]);
    call(&["delete-stack"]);
    call(&["wait", "stack-delete-complete"]);
    made["StackResources"][0]["PhysicalResourceId"].as_str().expect("an id").to_owned()
}
