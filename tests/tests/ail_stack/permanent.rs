//! The permanent kinds: one for all releases, protected, and what holds data stays.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};
use tests::{Fault, Lab, Ran};

use crate::stacks::stack;

/// The account has one of each: the tests of this file take turns.
pub fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

fn up(lab: &Lab, kind: &str, more: &[&str], record: &Value) -> Ran {
    stack(lab, &["up", "--kind", kind]).args(more).record(record).run()
}

fn down(lab: &Lab, kind: &str, more: &[&str]) -> Ran {
    stack(lab, &["down", "--kind", kind]).args(more).run()
}

fn output(record: &Value, key: &str) -> String {
    record["stack"]["outputs"][key].as_str().expect("an output").to_owned()
}

fn described(lab: &Lab, name: &str, region: &str) -> Value {
    let answer = lab.aws(&["cloudformation", "describe-stacks", "--region", region]);
    let stacks = answer["Stacks"].as_array().expect("a list").clone();
    stacks.into_iter().find(|stack| stack["StackName"] == name).unwrap_or_default()
}

fn empty() -> Value {
    json!({"schema": "ail/1"})
}

#[test]
fn the_bucket_is_made_once_and_belongs_to_no_release() {
    let (_turn, lab) = (turn(), Lab::new());
    let record = up(&lab, "vm-bucket", &[], &empty()).record();
    let bucket = output(&record, "BucketName");
    assert_eq!(record["stack"]["name"], "AIL-VM-BUCKET");
    assert_eq!(record["stack"]["kind"], "vm-bucket");
    assert_eq!((&record["key_pair"], &record["instance"]), (&Value::Null, &Value::Null));
    let found = described(&lab, "AIL-VM-BUCKET", "eu-central-1");
    assert_eq!(found["EnableTerminationProtection"], true);
    let tags = found["Tags"].as_array().expect("a list");
    let keys: Vec<_> = tags.iter().map(|tag| tag["Key"].as_str().expect("text")).collect();
    assert_eq!(keys, ["ail:tool", "ail:run"]);

    let calls = lab.mutating_calls();
    assert_eq!(calls, ["CreateChangeSet", "ExecuteChangeSet", "UpdateTerminationProtection"]);
    assert_eq!(up(&lab, "vm-bucket", &[], &record).record(), record);
    // A release's own stack stays in the record, to be taken down by it.
    let own = json!({"name": "ail-ec2-x", "id": "arn:x", "status": "CREATE_COMPLETE"});
    let other = json!({"schema": "ail/1", "stack": own});
    assert_eq!(up(&lab, "vm-bucket", &[], &other).record()["stack"], own);
    assert_eq!(lab.mutating_calls(), calls);
    // /dev/null is no record, and none is needed; nor is an asset id.
    let shell = "env -u AIL_ASSET_ID ail-stack up --kind vm-bucket < /dev/null";
    let bare = lab.program("/bin/bash").args(["-c", shell]).run().exits(0).json();
    assert_eq!(bare["stack"], record["stack"]);

    down(&lab, "vm-bucket", &[]).exits(80).stdout("");
    let down = stack(&lab, &["down", "--kind", "vm-bucket", "--yes"]).record(&record).run();
    let down = down.exits(0);
    let kept = format!(
        "AIL-VM-BUCKET: its template keeps Bucket ({bucket})\n\
         AIL-VM-BUCKET: the bucket {bucket} is kept, empty; `aws s3 rb --force s3://{bucket}` removes it\n\
         AIL-VM-BUCKET: the next `ail-stack up --kind vm-bucket` takes it in again\n"
    );
    assert!(down.stderr_raw().contains(&kept), "{down:#?}");
    assert_eq!(down.record()["stack"]["status"], "DELETE_COMPLETE");
    lab.aws(&["s3api", "head-bucket", "--bucket", &bucket]);
    lab.aws(&["s3api", "delete-bucket", "--bucket", &bucket]);
}

#[test]
fn images_are_served_behind_the_acl_of_another_region() {
    let (_turn, lab) = (turn(), Lab::new());
    // The region rule: whatever the option says.
    let ranges =
        ["--region", "eu-central-1", "--param", "AllowedIpv4=198.51.100.0/24,203.0.113.7/32"];
    let waf = up(&lab, "vm-bucket-waf", &ranges, &empty()).exits(0);
    let said = "AIL-VM-BUCKET-WAF: in us-east-1, whatever the region is otherwise\n";
    assert!(waf.stderr_raw().starts_with(said), "{waf:#?}");
    let waf = waf.record();
    assert_eq!(waf["region"], "eu-central-1", "what comes next is not in us-east-1");
    assert_eq!(described(&lab, "AIL-VM-BUCKET-WAF", "eu-central-1"), Value::Null);
    let found = described(&lab, "AIL-VM-BUCKET-WAF", "us-east-1");
    assert_eq!(found["EnableTerminationProtection"], true);
    let acl = output(&waf, "WebAclArn");
    assert_eq!(
        rules(&lab, &acl),
        json!([
            ["VMBucketRateLimit", 0, {"Block": {}}, null,
             {"RateBasedStatement": {"Limit": 100, "EvaluationWindowSec": 300, "AggregateKeyType": "IP"}}],
            ["CAPTCHA", 1, {"Captcha": {}}, 300, "outside", [
                ["IPV4", ["198.51.100.0/24", "203.0.113.7/32"]], ["IPV6", []]]],
        ])
    );

    // The ACL comes by the record.
    let bucket = up(&lab, "vm-bucket", &[], &waf).record();
    assert_eq!(bucket["stack"]["name"], "AIL-VM-BUCKET");
    let id = output(&bucket, "DistributionId");
    let answer = lab.aws(&["cloudfront", "get-distribution", "--id", &id]);
    let config = &answer["Distribution"]["DistributionConfig"];
    assert_eq!(config["WebACLId"], acl.as_str());
    assert_eq!(config["DefaultCacheBehavior"]["ViewerProtocolPolicy"], "https-only");
    let methods = &config["DefaultCacheBehavior"]["AllowedMethods"]["Items"];
    assert_eq!(methods, &json!(["GET", "HEAD"]));

    // Again, in the same order, and by who only makes sure that the bucket is there.
    let calls = lab.mutating_calls();
    assert_eq!(up(&lab, "vm-bucket-waf", &[], &empty()).record()["stack"], waf["stack"]);
    assert_eq!(up(&lab, "vm-bucket", &[], &waf).record(), bucket);
    assert_eq!(up(&lab, "vm-bucket", &[], &empty()).record()["stack"], bucket["stack"]);
    assert_eq!(lab.mutating_calls(), calls);
    let bare = up(&lab, "vm-bucket", &["--param", "WebAclArn="], &empty()).exits(80);
    assert!(bare.stderr_raw().contains("removes Distribution"), "{bare:#?}");

    // What is used by another one does not go, and is protected again.
    let used = down(&lab, "vm-bucket-waf", &["--yes"]).exits(1);
    assert!(
        used.stderr_raw().contains("your resource is being used by another resource"),
        "{used:#?}"
    );
    let undone = "  undone: protect the stack AIL-VM-BUCKET-WAF again\n";
    assert!(used.stderr_raw().contains(undone), "{used:#?}");
    let found = described(&lab, "AIL-VM-BUCKET-WAF", "us-east-1");
    assert_eq!(found["EnableTerminationProtection"], true);
    let half = up(&lab, "vm-bucket-waf", &[], &empty()).exits(1);
    assert!(half.stderr_raw().contains("is in DELETE_FAILED and protected"), "{half:#?}");

    loses(&lab, &bucket);
    down(&lab, "vm-bucket-waf", &["--yes"]).exits(0);
    assert_eq!(described(&lab, "AIL-VM-BUCKET-WAF", "us-east-1"), Value::Null);
}

/// Taking the bucket's stack down: what is said before, and what is left.
fn loses(lab: &Lab, record: &Value) {
    let (name, host) = (output(record, "BucketName"), output(record, "DistributionDomainName"));
    for key in ["ai_lab/1.0/ai-lab-1.0.vmdk", "ai_lab/1.0/ai-lab-1.0.vhd"] {
        lab.aws(&["s3api", "put-object", "--bucket", &name, "--key", key]);
    }
    let before = lab.mutating_calls();
    let objects = "with 2 objects of 0 B: ai_lab/1.0/ai-lab-1.0.vhd, ai_lab/1.0/ai-lab-1.0.vmdk";
    let refused = down(lab, "vm-bucket", &[]).exits(80).stdout("");
    let consequences = format!(
        "; the bucket {name} stays, {objects}; https://{host} serves nothing any more\n  \
         next: look at it with --dry-run, then give --yes\n"
    );
    let text = refused.stderr_raw();
    let start =
        "ail-stack: this would delete the protected stack AIL-VM-BUCKET (eu-central-1) with ";
    assert!(text.starts_with(start) && text.ends_with(&consequences), "{refused:#?}");
    let dry = down(lab, "vm-bucket", &["--dry-run"]).exits(0);
    let lines: Vec<_> = dry.stdout_text().lines().collect();
    assert_eq!(lines[0], "would lift the protection of the stack AIL-VM-BUCKET");
    assert_eq!(lines[2], format!("would mean: the bucket {name} stays, {objects}"));
    assert_eq!(lab.mutating_calls(), before);

    let gone = down(lab, "vm-bucket", &["--yes"]).exits(0);
    let kept = format!("AIL-VM-BUCKET: the bucket {name} is kept, {objects}; ");
    assert!(gone.stderr_raw().contains(&kept), "{gone:#?}");
    let found = lab.aws(&["s3api", "list-objects-v2", "--bucket", &name]);
    assert_eq!(found["Contents"].as_array().map(Vec::len), Some(2));
    let calls = lab.mutating_calls();
    down(lab, "vm-bucket", &[]).exits(0);
    assert_eq!(lab.mutating_calls(), calls, "what is gone needs no call and no --yes");
    lab.aws(&["s3api", "get-public-access-block", "--bucket", &name]);
    remove(lab, &name);
}

/// Else the next stack would take it in.
fn remove(lab: &Lab, bucket: &str) {
    let script = format!("aws s3 rb --force 's3://{bucket}'");
    lab.program("/bin/sh").args(["-c", &script]).run().exits(0);
}

/// The rules of an ACL, by the aws CLI: name, priority, action, immunity, whom it is for.
fn rules(lab: &Lab, arn: &str) -> Value {
    let waf = |verb: &str, name: &str, id: &str| {
        let scope = ["--scope", "CLOUDFRONT", "--region", "us-east-1"];
        lab.aws(&[&["wafv2", verb, "--name", name, "--id", id][..], &scope[..]].concat())
    };
    let parts: Vec<_> = arn.rsplit('/').collect();
    let answer = waf("get-web-acl", parts[1], parts[0]);
    assert_eq!(answer["WebACL"]["DefaultAction"], json!({"Allow": {}}));
    let rules = answer["WebACL"]["Rules"].as_array().expect("a list").iter().map(|rule| {
        let immunity = &rule["CaptchaConfig"]["ImmunityTimeProperty"]["ImmunityTime"];
        let mut told = vec![
            rule["Name"].clone(),
            rule["Priority"].clone(),
            rule["Action"].clone(),
            immunity.clone(),
        ];
        let outside = &rule["Statement"]["NotStatement"]["Statement"]["OrStatement"]["Statements"];
        match outside.as_array() {
            None => told.push(rule["Statement"].clone()),
            Some(sets) => told.extend([
                json!("outside"),
                sets.iter()
                    .map(|set| {
                        let arn = set["IPSetReferenceStatement"]["ARN"].as_str().expect("an ARN");
                        let parts: Vec<_> = arn.rsplit('/').collect();
                        let set = &waf("get-ip-set", parts[1], parts[0])["IPSet"];
                        json!([set["IPAddressVersion"], set["Addresses"]])
                    })
                    .collect(),
            ]),
        }
        Value::from(told)
    });
    rules.collect()
}

#[test]
fn builds_have_bucket_and_role_from_the_record() {
    let (_turn, lab) = (turn(), Lab::new());
    let url = ["--param", "RepositoryUrl=https://github.com/example/ail-tools"];
    up(&lab, "ci-codebuild", &[], &empty()).exits(2).stdout("").stderr(
        "ail-stack: the kind ci-codebuild needs a value of RepositoryUrl\n  \
         The repository on GitHub, such as https://github.com/OWNER/REPOSITORY.\n  \
         next: give --param RepositoryUrl=VALUE\n",
    );
    up(&lab, "release-codebuild", &url, &empty()).exits(2).stdout("").stderr(
        "ail-stack: the kind release-codebuild needs a value of BucketName\n  \
         The bucket of exported images, an output of vm-bucket.\n  \
         next: give --param BucketName=VALUE\n",
    );
    assert_eq!(lab.calls(), [""; 0]);

    let bucket = up(&lab, "vm-bucket", &[], &empty()).record();
    let release = up(&lab, "release-codebuild", &url, &bucket).record();
    assert_eq!(output(&release, "ProjectName"), "AIL-RELEASE-CODEBUILD");
    let found = described(&lab, "AIL-RELEASE-CODEBUILD", "eu-central-1");
    let parameters = found["Parameters"].as_array().expect("a list");
    let value = |key: &str| {
        let found = parameters.iter().find(|parameter| parameter["ParameterKey"] == key);
        found.expect("a parameter")["ParameterValue"].as_str().map(str::to_owned)
    };
    assert_eq!(value("BucketName"), Some(output(&bucket, "BucketName")));
    assert_eq!(value("RoleName"), Some(output(&bucket, "RoleName")));
    assert_eq!(secrets(&lab), json!([]));
    // A key to sign with, and a distribution that is told what was replaced.
    let key = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:signing-AbCdEf";
    let more = [&format!("SigningSecretArn={key}"), "DistributionId=E1ABCDEF"];
    let more = [&["--param", more[0], "--param", more[1]], &url[..]].concat();
    let signing = up(&lab, "release-codebuild", &more, &bucket).record();
    assert_eq!(secrets(&lab), json!([["AIL_SIGNING_KEY", key]]));
    let role = output(&signing, "BuildRoleArn");
    let role =
        ["--role-name", role.rsplit('/').next().expect("a name"), "--policy-name", "release"];
    let policy = lab.aws(&[&["iam", "get-role-policy"], &role[..]].concat());
    let statements = policy["PolicyDocument"]["Statement"].as_array().expect("statements").clone();
    let of = |action: &str| {
        let allows = |statement: &&Value| statement["Action"].to_string().contains(action);
        statements.iter().find(allows).expect("a statement")["Resource"].clone()
    };
    assert_eq!(of("secretsmanager:GetSecretValue"), key);
    let distribution = "arn:aws:cloudfront::123456789012:distribution/E1ABCDEF";
    assert_eq!(of("cloudfront:CreateInvalidation"), distribution);
    let ci = up(&lab, "ci-codebuild", &url, &bucket).record();
    assert_eq!(output(&ci, "ProjectName"), "AIL-CI-CODEBUILD");

    let log = output(&ci, "LogGroupName");
    let refused = down(&lab, "ci-codebuild", &[]).exits(80);
    assert!(
        refused.stderr_raw().contains(&format!("; the logs in {log} are lost\n")),
        "{refused:#?}"
    );
    for kind in ["ci-codebuild", "release-codebuild", "vm-bucket"] {
        down(&lab, kind, &["--yes"]).exits(0);
    }
    let name = output(&bucket, "BucketName");
    lab.aws(&["s3api", "delete-bucket", "--bucket", &name]);
}

/// The variables that the release's builds have from Secrets Manager.
fn secrets(lab: &Lab) -> Value {
    let found = lab.aws(&["codebuild", "batch-get-projects", "--names", "AIL-RELEASE-CODEBUILD"]);
    let all = found["projects"][0]["environment"]["environmentVariables"].as_array();
    let all = all.expect("variables").iter();
    let secret = all.filter(|variable| variable["type"] == "SECRETS_MANAGER");
    secret.map(|variable| json!([variable["name"], variable["value"]])).collect()
}

#[test]
fn protection_that_somebody_lifted_is_there_again() {
    let (_turn, lab) = (turn(), Lab::new());
    up(&lab, "vm-bucket-waf", &[], &empty()).exits(0);
    let protected =
        || described(&lab, "AIL-VM-BUCKET-WAF", "us-east-1")["EnableTerminationProtection"].clone();
    let by_hand = ["update-termination-protection", "--no-enable-termination-protection"];
    let named = ["--stack-name", "AIL-VM-BUCKET-WAF", "--region", "us-east-1"];
    lab.aws(&[&["cloudformation"][..], &by_hand, &named].concat());
    assert_eq!(protected(), false);
    let before = lab.mutating_calls().len();
    up(&lab, "vm-bucket-waf", &[], &empty()).exits(0);
    assert_eq!(protected(), true);
    assert_eq!(lab.mutating_calls()[before..], ["UpdateTerminationProtection"]);

    // A deletion that is denied leaves it protected.
    lab.fault(&denied("DeleteStack"));
    let ran = down(&lab, "vm-bucket-waf", &["--yes"]).exits(77);
    assert!(ran.stderr_raw().contains("their policy allows DeleteStack"), "{ran:#?}");
    assert_eq!(protected(), true);
    down(&lab, "vm-bucket-waf", &["--yes"]).exits(0);
}

#[test]
fn a_stack_that_cannot_be_protected_is_taken_back() {
    let (_turn, lab) = (turn(), Lab::new());
    lab.fault(&denied("UpdateTerminationProtection"));
    let ran = up(&lab, "vm-bucket-waf", &[], &empty()).exits(77).stdout("");
    let text = ran.stderr_text();
    let (_, error) = text.rsplit_once("ail-stack: ").expect("an error");
    assert_eq!(
        error,
        "cannot protect the stack AIL-VM-BUCKET-WAF (us-east-1)\n  \
         UpdateTerminationProtection: AccessDenied: not yours (request …)\n  \
         undone: delete the stack AIL-VM-BUCKET-WAF\n  \
         next: check the credentials, and that their policy allows UpdateTerminationProtection\n"
    );
    assert_eq!(described(&lab, "AIL-VM-BUCKET-WAF", "us-east-1"), Value::Null);
}

fn denied(operation: &'static str) -> Fault {
    Fault {
        service: "cloudformation",
        operation,
        status: 403,
        code: "AccessDenied",
        message: "not yours",
        ..Fault::default()
    }
}
