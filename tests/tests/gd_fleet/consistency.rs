//! Services that do not know everywhere at once what was made or deleted a moment ago (EC2
//! Developer Guide, "Eventual consistency"; IAM User Guide, "Changes that I make are not always
//! immediately visible").

use serde_json::{Value, json};
use tests::Fault;

use crate::build::nothing_left;
use crate::stage::Stage;

/// The next calls of this operation are told that the service does not know it.
fn unknown(stage: &Stage, service: &'static str, operation: &'static str, times: u32) {
    let (status, code) = match service {
        "iam" => (404, "NoSuchEntity"),
        _ => (400, "InvalidGroup.NotFound"),
    };
    stage.lab.fault(&Fault { service, operation, times, status, code, ..Fault::default() });
}

/// The next call of this operation is told that something holds it still.
fn held(stage: &Stage, operation: &'static str) {
    let (service, status, code) = ("iam", 409, "DeleteConflict");
    stage.lab.fault(&Fault { service, operation, status, code, ..Fault::default() });
}

/// How often the fleet's tool made this call.
fn calls(stage: &Stage, operation: &str) -> usize {
    stage.lab.calls().iter().filter(|call| *call == operation).count()
}

/// The names of a kind that bear the team's, as the aws CLI lists them.
fn of_team(stage: &Stage, list: &str, query: &str) -> Vec<String> {
    let listed = stage.aws(&["iam", list, "--query", query]);
    let mut names: Vec<String> = serde_json::from_value(listed).expect("a list of names");
    names.retain(|name| name.ends_with(&stage.team));
    names
}

#[test]
fn what_was_just_made_and_is_not_known_everywhere_is_waited_for() {
    let stage = Stage::new();
    let struck = [
        ("ec2", "AuthorizeSecurityGroupIngress", 2),
        ("ec2", "AuthorizeSecurityGroupEgress", 1),
        ("ec2", "RevokeSecurityGroupEgress", 1),
        ("ec2", "RunInstances", 1),
        ("iam", "PutRolePolicy", 1),
        ("iam", "AddRoleToInstanceProfile", 1),
    ];
    for (service, operation, times) in struck {
        unknown(&stage, service, operation, times);
    }
    let record = stage.built();
    for (_, operation, times) in struck {
        let made = usize::try_from(times).expect("a small number") + 1;
        // The profile of an instance is waited for as well, a call each time.
        assert!(calls(&stage, operation) >= made, "{operation}");
    }
    assert_eq!(stage.findings(&record), [""; 0]);
    what_was_there_before_and_is_gone_is_not(&stage, &record);
    stage.fleet(&record, &["down", "--yes"]).run().exits(0);
}

/// Of what this run did not make, the answer is the truth.
fn what_was_there_before_and_is_gone_is_not(stage: &Stage, record: &Value) {
    let role = stage.name("BatchProcessing");
    stage.aws(&["iam", "delete-role-policy", "--role-name", &role, "--policy-name", "work"]);
    let before = calls(stage, "PutRolePolicy");
    unknown(stage, "iam", "PutRolePolicy", 100);
    let ran = stage.fleet(record, &["repair", "--yes"]).run().exits(66);
    assert!(ran.stderr_text().contains("PutRolePolicy: NoSuchEntity"), "{ran:#?}");
    // Once because it lets somebody in, and once with all the rest.
    let made = calls(stage, "PutRolePolicy") - before;
    assert!(made <= 2, "{made} calls");
}

#[test]
fn what_is_let_go_late_is_deleted_all_the_same() {
    let stage = Stage::new();
    let record = stage.built();
    held(&stage, "DeleteRole");
    // As if an earlier try had taken it out.
    unknown(&stage, "iam", "RemoveRoleFromInstanceProfile", 1);
    stage.fleet(&record, &["down", "--yes"]).run().exits(0);
    assert_eq!(calls(&stage, "DeleteRole"), 2);
    assert_eq!(calls(&stage, "DeleteInstanceProfile"), 2);
    assert_eq!(of_team(&stage, "list-roles", "Roles[].RoleName"), [""; 0]);
    let query = "InstanceProfiles[].InstanceProfileName";
    assert_eq!(of_team(&stage, "list-instance-profiles", query), [""; 0]);
    nothing_left(&stage);
}

#[test]
fn a_stranger_of_whom_a_part_has_gone_already_is_deleted_all_the_same() {
    let stage = Stage::new();
    let record = stage.built();
    stage.damage(&["user-tagged", "role-tagged"]);
    // The policies stay, and hold the user and the role, until the second try.
    unknown(&stage, "iam", "DeleteUserPolicy", 1);
    unknown(&stage, "iam", "DeleteRolePolicy", 1);
    let repaired = stage.fleet(&record, &["repair", "--yes"]).run().record();
    assert_eq!(stage.findings(&repaired), [""; 0]);
    assert_eq!(of_team(&stage, "list-users", "Users[].UserName"), [""; 0]);
    let own = json!([stage.name("BatchProcessing")]);
    assert_eq!(json!(of_team(&stage, "list-roles", "Roles[].RoleName")), own);
    stage.fleet(&repaired, &["down", "--yes"]).run().exits(0);
}
