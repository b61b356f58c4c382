//! Who can come back, and what cannot be read.

use serde_json::Value;

use crate::stage::Stage;

/// The ids of what is beside the access that was planned, in one order.
fn strangers(stage: &Stage, record: &Value) -> Vec<String> {
    let ran = stage.fleet(record, &["verify"]).run();
    let lines = ran.lines().into_iter();
    let mut ids: Vec<_> = lines
        .filter(|one| one["resource"] == "access")
        .map(|one| {
            assert_eq!((&one["finding"], &one["severity"]), (&"extra".into(), &"critical".into()));
            format!("{} {}", one["found"]["kind"].as_str().expect("a kind"), one["mend"])
        })
        .collect();
    ids.sort();
    ids
}

#[test]
fn new_users_keys_and_roles_that_reach_the_team_are_found_and_lose_their_access() {
    let stage = Stage::new();
    stage.damage(&["user-before"]);
    let record = stage.built();
    assert_eq!(stage.findings(&record), [""; 0]);
    stage.damage(&["user-added", "user-harmless", "key-added", "role-added"]);
    assert_eq!(
        strangers(&stage, &record),
        [
            "access key \"iam:UpdateAccessKey\"",
            "access key \"iam:UpdateAccessKey\"",
            "role \"iam:DeleteRole\"",
            "user \"iam:DeleteUser\"",
        ]
    );
    // Nobody is thrown out without being asked about.
    let before = stage.lab.mutating_calls().len();
    let refused = stage.fleet(&record, &["repair"]).run().exits(80).stderr_text();
    assert!(refused.contains("delete the unplanned user support-ID of"), "{refused}");
    assert_eq!(stage.lab.mutating_calls().len(), before);

    let repaired = stage.fleet(&record, &["repair", "--yes"]).run().record();
    assert_eq!(stage.findings(&repaired), [""; 0]);
    // The moment since which somebody is new has not moved.
    assert_eq!(repaired["fleet"]["resources"], record["fleet"]["resources"]);
    let users = stage.aws(&["iam", "list-users", "--query", "Users[].UserName"]);
    let users: Vec<String> = serde_json::from_value(users).expect("a list of names");
    let mut users: Vec<_> = users.into_iter().filter(|name| name.ends_with(&stage.team)).collect();
    users.sort();
    assert_eq!(users, [stage.name("auditor"), stage.name("owner")]);
    let owner = stage.name("owner");
    let keys = stage.aws(&["iam", "list-access-keys", "--user-name", &owner]);
    assert_eq!(keys["AccessKeyMetadata"][0]["Status"], "Inactive");

    what_may_not_be_read_is_told_and_nothing_else(&stage, &repaired);
    stage.fleet(&repaired, &["down", "--yes"]).run().exits(0);
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
