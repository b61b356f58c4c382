//! Who can come back, and what cannot be read.

use serde_json::{Value, json};
use tests::Ran;

use crate::stage::Stage;

/// What is beside the access that was planned, and the call for it, in one order.
fn strangers(stage: &Stage, record: &Value) -> Vec<String> {
    told(stage.fleet(record, &["verify"]).run())
}

fn told(ran: Ran) -> Vec<String> {
    let lines = ran.lines().into_iter();
    let mut all: Vec<_> = lines
        .filter(|one| one["resource"] == "access")
        .map(|one| {
            assert_eq!((&one["finding"], &one["severity"]), (&"extra".into(), &"critical".into()));
            format!("{} {}", one["found"]["kind"].as_str().expect("a kind"), one["mend"])
        })
        .collect();
    all.sort();
    all
}

/// The names of the users and roles of this team that somebody made.
fn identities(stage: &Stage) -> Vec<String> {
    let names = |list: &str, names: &str| -> Vec<String> {
        let listed = stage.aws(&["iam", list, "--query", names]);
        serde_json::from_value(listed).expect("a list of names")
    };
    let mut all = names("list-users", "Users[].UserName");
    all.extend(names("list-roles", "Roles[].RoleName"));
    all.retain(|name| name.ends_with(&stage.team) && *name != stage.name("BatchProcessing"));
    all.sort();
    all
}

/// The states of a user's access keys.
fn keys(stage: &Stage, user: &str) -> Value {
    let query = "AccessKeyMetadata[].Status";
    stage.aws(&["iam", "list-access-keys", "--user-name", user, "--query", query])
}

#[test]
fn new_users_keys_and_roles_that_reach_the_team_are_found_and_quarantined() {
    let stage = Stage::new();
    stage.damage(&["user-before"]);
    let record = stage.built();
    assert_eq!(stage.findings(&record), [""; 0]);
    stage.damage(&["user-added", "user-harmless", "user-tagged", "user-equipped"]);
    stage.damage(&["key-added", "role-added", "role-tagged"]);
    assert_eq!(
        strangers(&stage, &record),
        [
            "access key \"iam:UpdateAccessKey\"",
            "role \"iam:DeleteRole\"",
            "role \"iam:PutRolePolicy\"",
            "user \"iam:DeleteUser\"",
            "user \"iam:PutUserPolicy\"",
        ]
    );
    let dry = stage.fleet(&record, &["repair", "--dry-run"]).run().exits(0);
    let line = format!("would quarantine the unplanned user {} of", stage.name("support"));
    assert!(dry.stdout_text().contains(&line), "{dry:#?}");
    // Nobody is shut out without being asked about.
    let before = stage.lab.mutating_calls().len();
    let refused = stage.fleet(&record, &["repair"]).run().exits(80).stderr_text();
    let in_order = ["would delete the", "; quarantine the", "; switch off the"];
    let places = in_order.map(|deed| refused.find(deed).unwrap_or_else(|| panic!("{refused}")));
    assert!(places.is_sorted(), "{refused}");
    for whom in ["the unplanned role support-ID", "the unplanned user decoy-ID"] {
        assert!(refused.contains(whom), "{refused}");
    }
    assert_eq!(stage.lab.mutating_calls().len(), before);

    let ran = stage.fleet(&record, &["repair", "--yes"]).run();
    let said = ran.stderr_text();
    let lift = "is quarantined; to take that back: aws iam delete-user-policy --user-name \
                support-ID --policy-name gd-quarantine; its access keys stay Inactive";
    assert!(said.contains(lift), "{said}");
    let repaired = ran.record();
    assert_eq!(stage.findings(&repaired), [""; 0]);
    // The moment since which somebody is new has not moved.
    assert_eq!(repaired["fleet"]["resources"], record["fleet"]["resources"]);
    let kept = ["auditor", "owner", "support", "support"].map(|name| stage.name(name));
    assert_eq!(identities(&stage), kept, "only what bears the team's tag is gone");
    // A device would outlive its user.
    let query = "VirtualMFADevices[].SerialNumber";
    let devices = stage.aws(&["iam", "list-virtual-mfa-devices", "--query", query]).to_string();
    assert!(!devices.contains(&format!("decoy-{}\"", stage.team)), "{devices}");
    let support = stage.name("support");
    for kind in ["user", "role"] {
        let (get, name) = (format!("get-{kind}-policy"), format!("--{kind}-name"));
        let of = ["iam", &get, &name, &support, "--policy-name"];
        let statement = stage.aws(&[&of[..], &["gd-quarantine"]].concat());
        let statement = statement["PolicyDocument"]["Statement"][0].clone();
        for (member, value) in [("Effect", "Deny"), ("Action", "*"), ("Resource", "*")] {
            assert_eq!(statement[member], value, "{statement}");
        }
        assert_eq!(statement.get("Condition"), None);
        // What somebody gave them stays for whoever lifts it.
        stage.aws(&[&of[..], &["own"]].concat());
    }
    assert_eq!(keys(&stage, &support), json!(["Inactive"]));
    assert_eq!(keys(&stage, &stage.name("owner")), json!(["Inactive"]));
    assert_eq!(keys(&stage, &stage.name("auditor")), json!(["Active"]), "they reach nothing");

    let before = stage.lab.mutating_calls().len();
    let again = stage.fleet(&repaired, &["repair"]).run().exits(0);
    assert!(again.stderr_text().contains("nothing to repair"), "{again:#?}");
    assert_eq!(stage.lab.mutating_calls().len(), before);

    what_may_not_be_read_is_told_and_nothing_else(&stage, &repaired);
    stage.fleet(&repaired, &["down", "--yes"]).run().exits(0);
}

/// Nobody saws off the branch that they sit on, or what only AWS can change.
#[test]
fn whoever_calls_and_the_roles_of_single_sign_on_are_never_touched() {
    let stage = Stage::new();
    let record = stage.built();
    stage.damage(&["user-added", "role-of-sign-on"]);
    let support = stage.name("support");
    // They work with one key, and have an older one.
    let made = stage.aws(&["iam", "create-access-key", "--user-name", &support]);
    let as_support = |verb: &[&str]| {
        let key = |member: &str| made["AccessKey"][member].as_str().expect("a key").to_owned();
        let tool = stage.fleet(&record, verb).env("AWS_ACCESS_KEY_ID", key("AccessKeyId"));
        tool.env("AWS_SECRET_ACCESS_KEY", key("SecretAccessKey")).run()
    };
    assert_eq!(told(as_support(&["verify"])), ["access key null", "role null"]);
    // A person has to look at those, and there is nothing to say yes to.
    let ran = as_support(&["repair"]).exits(1);
    assert!(ran.stderr_text().contains("only a person can mend it"), "{ran:#?}");
    assert_eq!(keys(&stage, &support), json!(["Active", "Active"]));
    let policies = ["iam", "list-user-policies", "--user-name", &support, "--query", "PolicyNames"];
    assert_eq!(stage.aws(&policies), json!(["own"]));
    let role = stage.name("AWSReservedSSO_Admin");
    let policies = ["iam", "list-role-policies", "--role-name", &role, "--query", "PolicyNames"];
    assert_eq!(stage.aws(&policies), json!(["own"]));

    // To everybody else they are a user like others; where nobody can tell who calls, nothing is
    // done to anybody.
    let others = ["role null", "user \"iam:PutUserPolicy\""];
    assert_eq!(strangers(&stage, &record), others);
    let told = stage.findings_without(&record, "sts", "GetCallerIdentity");
    assert_eq!(told, ["unreadable access users and roles"]);

    // Who is new is so since a moment in the record, which a person may move.
    let mut later = record.clone();
    let seals = later["fleet"]["resources"].as_array_mut().expect("a list");
    let access = seals.iter_mut().find(|seal| seal["name"] == "access").expect("it is sealed");
    access["facts"]["since"] = json!("2999-01-01T00:00:00Z");
    assert_eq!(stage.findings(&later), [""; 0]);
    stage.fleet(&record, &["down", "--yes"]).run().exits(0);
}

/// Who is denied a call is told what it would have read; the rest is looked at.
fn what_may_not_be_read_is_told_and_nothing_else(stage: &Stage, record: &Value) {
    for (service, call, found) in [
        (
            "autoscaling",
            "DescribePolicies",
            &[
                "unreadable backlog -",
                "unreadable scale-in -",
                "unreadable scale-out -",
                "unreadable worker-group scaling policies",
            ][..],
        ),
        ("autoscaling", "DescribeScheduledActions", &["unreadable worker-group scheduled actions"]),
        ("iam", "GetAccountAuthorizationDetails", &["unreadable access users and roles"]),
        ("ec2", "DescribeSnapshots", &["unreadable worker-image -"]),
        (
            "ec2",
            "DescribeInstances",
            &[
                "unreadable worker-group workers in the group",
                "unreadable worker-group workers outside the group",
                "unreadable worker-image -",
            ],
        ),
        (
            "ec2",
            "DescribeLaunchTemplateVersions",
            &["unreadable launch-template -", "unreadable worker-group launch data"],
        ),
    ] {
        let mut told = stage.findings_without(record, service, call);
        told.sort();
        assert_eq!(told, found, "{call}");
    }
}
