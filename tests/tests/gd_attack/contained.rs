//! What an attack opens, it opens to the team's own account, and at no more than the team's.

use serde_json::{Value, json};
use tests::Lab;

use crate::catalogue::text;
use crate::day::Day;

/// The local cloud's.
const ACCOUNT: &str = "123456789012";

#[test]
fn nobody_outside_the_account_is_let_in_and_nobody_gets_more_than_the_teams() {
    let mut day = Day::whole();
    day.attack(&["role-trust-opened", "role-policy-widened", "user-added", "role-added"]);
    day.attack(&["input-opened"]);
    let read = |arguments: &[&str]| Lab::new().aws(arguments);
    let (role, queues) = (text(&day.record["fleet"], "role"), &day.record["queues"]);
    let input = text(&queues["input"], "name");

    let url = day.sqs(&["get-queue-url", "--queue-name", input]);
    let get = ["get-queue-attributes", "--attribute-names", "Policy", "--queue-url"];
    let policy = day.sqs(&[&get[..], &[text(&url, "QueueUrl")]].concat());
    let policy = serde_json::from_str(text(&policy["Attributes"], "Policy")).expect("JSON");
    let trust = |name| read(&["iam", "get-role", "--role-name", name])["Role"].clone();
    let trusts = [role, "support-red"].map(|name| trust(name)["AssumeRolePolicyDocument"].clone());
    let [opened, added] = trusts;
    for open in [&opened, &policy] {
        let condition = json!({"StringEquals": {"aws:PrincipalAccount": ACCOUNT}});
        assert_eq!(statement(open)["Condition"], condition, "{open}");
    }
    let root = json!({"AWS": format!("arn:aws:iam::{ACCOUNT}:root")});
    assert_eq!(statement(&added)["Principal"], root, "{added}");

    let of_role = |name, policy| {
        read(&["iam", "get-role-policy", "--role-name", name, "--policy-name", policy])
    };
    let of_user =
        read(&["iam", "get-user-policy", "--user-name", "support-red", "--policy-name", "support"]);
    let names = ["input", "output", "dead_letter", "bucket"].map(|one| text(&queues[one], "name"));
    for policy in [of_role(role, "work"), of_role("support-red", "support"), of_user] {
        let reach = statement(&policy["PolicyDocument"])["Resource"].as_array().expect("a list");
        for arn in reach {
            let arn = arn.as_str().expect("an ARN");
            let place = arn.strip_suffix("/*").unwrap_or(arn).rsplit(':').next();
            assert!(names.iter().any(|name| Some(*name) == place), "{arn} is not of {names:?}");
        }
    }
    for (kind, name) in [("role", role), ("role", "support-red"), ("user", "support-red")] {
        let list = format!("list-attached-{kind}-policies");
        let attached = read(&["iam", &list, &format!("--{kind}-name"), name]);
        assert_eq!(attached["AttachedPolicies"], json!([]), "{kind} {name}");
    }
    day.repair();
    day.is_whole();
}

fn statement(document: &Value) -> &Value {
    &document["Statement"][0]
}
