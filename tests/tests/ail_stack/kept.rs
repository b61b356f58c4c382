//! The bucket that a template kept, and the next stack.

use serde_json::{Value, json};
use tests::{Fault, Lab, Ran};

use crate::permanent::turn;
use crate::stacks::{eventually, stack};

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
    // A stack of nothing, which has the tags; the import; all the rest.
    let expected = [&change[..], &change, &change, &["UpdateTerminationProtection"]].concat();
    assert_eq!(lab.mutating_calls()[calls..], expected);
    let stack = &statuses(&lab)[0];
    assert_eq!(stack["StackStatus"], "UPDATE_COMPLETE");
    let keys: Vec<_> = stack["Tags"].as_array().expect("tags").iter().map(|t| &t["Key"]).collect();
    assert_eq!(keys, ["ail:tool", "ail:run"]);
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
            "ail-stack: earlier stacks AIL-VM-BUCKET kept 2 buckets (eu-central-1)\n  {0}, {1}\n  \
             next: look at what is in each (`aws s3 ls --recursive --summarize s3://{0}`, \
             `aws s3 ls --recursive --summarize s3://{1}`), remove all but the one that is to \
             stay, and run the same command again: it takes in the one that is left\n",
            names[0], names[1]
        )
    );
    assert_eq!(lab.mutating_calls(), calls);
    for name in [name.as_str(), &other, stranger] {
        let script = format!("aws s3 rb --force 's3://{name}'");
        lab.program("/bin/sh").args(["-c", &script]).run().exits(0);
    }
}

#[test]
fn a_stack_whose_import_failed_takes_the_bucket_in_all_the_same() {
    let (_turn, lab) = (turn(), Lab::new());
    let name = bucket(&up(&lab, &[]).record());
    down(&lab);

    // What an earlier run left that was killed, and whose import then failed.
    let template = include_str!("../../../tools/ail-stack/templates/vm-bucket-kept.yaml");
    let (nothing, _) = template.split_once("\n  Bucket:\n").expect("a bucket");
    let tags = ["--tags", "Key=ail:tool,Value=ail-stack", "Key=ail:run,Value=0000000000000000"];
    let call = |arguments: &[&str]| {
        let of = ["--stack-name", "AIL-VM-BUCKET", "--region", "eu-central-1"];
        lab.aws(&[&["cloudformation"], arguments, &of].concat())
    };
    call(&[&["create-stack", "--template-body", nothing][..], &tags].concat());
    call(&["wait", "stack-create-complete"]);
    let resource = "ResourceType=AWS::S3::Bucket,LogicalResourceId=Bucket,\
                    ResourceIdentifier={BucketName=ail-vm-bucket-bucket-gone}";
    let import = ["--change-set-name", "before", "--change-set-type", "IMPORT"];
    let what = ["--resources-to-import", resource, "--template-body", template];
    call(&[&["create-change-set"][..], &import, &what, &tags].concat());
    call(&["wait", "change-set-create-complete", "--change-set-name", "before"]);
    call(&["execute-change-set", "--change-set-name", "before"]);
    eventually("the import is rolled back", || {
        statuses(&lab)[0]["StackStatus"] == "IMPORT_ROLLBACK_COMPLETE"
    });

    let dry = up(&lab, &["--dry-run"]).exits(0);
    let taken = format!("would take in the bucket {name}, which an earlier stack kept\n");
    assert!(dry.stdout_text().starts_with(&taken), "{dry:#?}");
    let record = up(&lab, &[]).record();
    assert_eq!(bucket(&record), name);
    assert_eq!(statuses(&lab)[0]["StackStatus"], "UPDATE_COMPLETE");
    let resources = call(&["list-stack-resources"]);
    let own = |resource: &&Value| resource["LogicalResourceId"] == "Bucket";
    let listed = resources["StackResourceSummaries"].as_array().expect("a list");
    let buckets: Vec<_> = listed.iter().filter(own).map(|it| &it["PhysicalResourceId"]).collect();
    assert_eq!(buckets, [name.as_str()]);
    down(&lab);
    lab.aws(&["s3api", "delete-bucket", "--bucket", &name]);
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
