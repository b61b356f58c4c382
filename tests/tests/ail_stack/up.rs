//! `up` by a template of one's own.

use serde_json::json;
use tests::Lab;

use crate::stacks::{ROLE, described, net, nothing_left, stack, template};

#[test]
fn it_makes_the_stack_and_says_each_event_once() {
    let lab = Lab::new();
    let ran = net(&lab, "up").run().exits(0).stderr(
        "ail-net-ID: planning\n\
         ail-net-ID: CREATE_IN_PROGRESS\n\
         ail-net-ID: Group CREATE_IN_PROGRESS\n\
         ail-net-ID: Group CREATE_COMPLETE\n\
         ail-net-ID: CREATE_COMPLETE\n\
         ail-stack up: done in N s\n",
    );
    let record = ran.record();
    assert_eq!(record["stack"]["status"], "CREATE_COMPLETE");
    let stack = described(&lab, "net");
    assert_eq!(stack["StackId"], record["stack"]["id"]);
    let tags = stack["Tags"].as_array().expect("a list");
    let tag = |key: &str| tags.iter().find(|tag| tag["Key"] == key).map(|tag| &tag["Value"]);
    assert_eq!(tag("ail:asset-id"), Some(&json!(lab.asset_id())));
    assert_eq!(tag("ail:tool"), Some(&json!("ail-stack")));
    assert_eq!(tag("ail:expires"), None, "it stays until somebody takes it down");
    assert_eq!(lab.mutating_calls(), ["CreateChangeSet", "ExecuteChangeSet"]);
    net(&lab, "down").args(["--yes"]).run().exits(0);
    nothing_left(&lab, "net");
}

#[test]
fn again_it_changes_nothing_and_gives_the_same_record() {
    let lab = Lab::new();
    let first = net(&lab, "up").run().record();
    let calls = lab.mutating_calls();
    for _ in ["second", "third"] {
        let again = net(&lab, "up").record(&first).run().exits(0);
        assert_eq!(again.stderr_text(), "ail-stack up: done in N s\n");
        assert_eq!(again.record(), first);
    }
    assert_eq!(lab.mutating_calls(), calls);
    net(&lab, "down").args(["--yes"]).run().exits(0);
}

#[test]
fn other_members_of_the_record_pass_through() {
    let lab = Lab::new();
    let record = json!({"schema": "ail/1", "notes": {"by": "hand"}, "region": "eu-central-1"});
    let up = net(&lab, "up").record(&record).run().record();
    assert_eq!(up["notes"], json!({"by": "hand"}));
    let down = stack(&lab, &["down", "--yes"]).record(&up).run().record();
    assert_eq!(down["notes"], json!({"by": "hand"}));
    assert_eq!(down["stack"]["status"], "DELETE_COMPLETE");
    assert_eq!(down["stack"]["outputs"], json!({}));
}

#[test]
fn a_change_is_shown_and_made() {
    let lab = Lab::new();
    net(&lab, "up").run().exits(0);
    let ran = net(&lab, "up").args(["--param", "Cidr=198.51.100.0/24"]).run().exits(0).stderr(
        "ail-net-ID: planning\n\
         ail-net-ID: modifies Group (AWS::EC2::SecurityGroup sg-…): SecurityGroupIngress\n\
         ail-net-ID: UPDATE_IN_PROGRESS\n\
         ail-net-ID: Group UPDATE_IN_PROGRESS\n\
         ail-net-ID: Group UPDATE_COMPLETE\n\
         ail-net-ID: UPDATE_COMPLETE_CLEANUP_IN_PROGRESS\n\
         ail-net-ID: UPDATE_COMPLETE\n\
         ail-stack up: done in N s\n",
    );
    assert_eq!(ran.record()["stack"]["status"], "UPDATE_COMPLETE");
    net(&lab, "down").args(["--yes"]).run().exits(0);
}

#[test]
fn a_change_that_loses_something_wants_leave() {
    let lab = Lab::new();
    let first = net(&lab, "up").run().record();
    let before = lab.mutating_calls().len();
    let ran = net(&lab, "up").env("AIL_RUN", "00c0ffee").args(["--param", "Purpose=more"]).run();
    let ran = ran.exits(80).stdout("");
    let text = ran.stderr_text();
    let set = text.split_whitespace().find(|word| word.starts_with("ail-00c0ffee-"));
    assert_eq!(
        text.replace(set.expect("the name of the change set"), "CHANGE-SET"),
        "ail-net-ID: planning\n\
         ail-net-ID: replaces Group (AWS::EC2::SecurityGroup sg-…): GroupDescription\n\
         ail-stack: taking back: delete the change set CHANGE-SET\n\
         ail-stack: this would change the stack ail-net-ID so that it replaces Group \
         (AWS::EC2::SecurityGroup sg-…): GroupDescription\n  \
         undone: delete the change set CHANGE-SET\n  \
         next: look at it with --dry-run, then give --yes\n"
    );
    assert_eq!(lab.mutating_calls()[before..], ["CreateChangeSet", "DeleteChangeSet"]);
    let replaced = net(&lab, "up").args(["--param", "Purpose=more", "--yes"]).run().record();
    assert_ne!(replaced["stack"]["outputs"]["GroupId"], first["stack"]["outputs"]["GroupId"]);
    net(&lab, "down").args(["--yes"]).run().exits(0);
}

#[test]
fn a_role_is_made_only_when_it_is_acknowledged() {
    let lab = Lab::new();
    template(&lab, "role.yaml", ROLE);
    let up = |more: &[&str]| stack(&lab, &["up", "--template", "role.yaml"]).args(more).run();
    up(&[]).exits(2).stdout("").stderr(
        "ail-stack: role.yaml does what has to be acknowledged; nothing was made\n  \
         The following resource(s) require capabilities: [AWS::IAM::Role]\n  \
         next: read the template, then give --capability iam\n",
    );
    assert_eq!(lab.mutating_calls(), [""; 0]);
    up(&["--capability", "named-iam"]).exits(0);
    stack(&lab, &["down", "--template", "role.yaml", "--yes"]).run().exits(0);
    nothing_left(&lab, "role");
}

#[test]
fn a_dry_run_says_what_would_be_done_and_does_nothing() {
    let lab = Lab::new();
    net(&lab, "up").args(["--dry-run"]).run().exits(0).stdout(&format!(
        "would create the stack ail-net-{}: Group (AWS::EC2::SecurityGroup)\n",
        lab.asset_id()
    ));
    assert_eq!(lab.mutating_calls(), [""; 0]);
    net(&lab, "up").run().exits(0);
    let before = lab.mutating_calls();
    let dry = |more: &[&str]| net(&lab, "up").args(["--dry-run"]).args(more).run().exits(0);
    assert!(dry(&[]).stdout_text().starts_with("would change nothing: "));
    let change = dry(&["--param", "Cidr=198.51.100.0/24"]);
    assert!(change.stdout_text().starts_with("would change the stack "), "{change:#?}");
    assert_eq!(lab.mutating_calls(), before);
    net(&lab, "down").args(["--yes"]).run().exits(0);
}

/// As the organisers of a GameDay hand one out: a role for their account, by a name of theirs.
const REGISTRATION: &str = "\
Parameters:
  OrganiserAccount: {Type: String, AllowedPattern: '\\d{12}', Description: Who runs the GameDay.}
  TeamSecret: {Type: String, NoEcho: true, MinLength: 8, Description: The team's secret.}
Resources:
  Access:
    Type: AWS::IAM::Role
    Properties:
      RoleName: gameday-access
      ManagedPolicyArns: [!Sub 'arn:${AWS::Partition}:iam::aws:policy/ReadOnlyAccess']
      AssumeRolePolicyDocument:
        Version: '2012-10-17'
        Statement:
          - Effect: Allow
            Principal: {AWS: !Sub 'arn:${AWS::Partition}:iam::${OrganiserAccount}:root'}
            Action: sts:AssumeRole
            Condition: {StringEquals: {sts:ExternalId: !Ref TeamSecret}}
Outputs:
  RoleArn: {Value: !GetAtt Access.Arn}
";

#[test]
fn a_team_registers_by_the_template_of_others() {
    let lab = Lab::new();
    template(&lab, "registration.json", REGISTRATION);
    let up = |more: &[&str]| {
        let account = ["--param", "OrganiserAccount=210987654321"];
        stack(&lab, &["up", "--template", "registration.json"]).args(account).args(more).run()
    };
    up(&[]).exits(2).stdout("").stderr(
        "ail-stack: registration.json needs a value of TeamSecret\n  The team's secret.\n  \
         next: give --param TeamSecret=VALUE\n",
    );
    let secret = ["--param", "TeamSecret=correct-horse"];
    let needed = "next: read the template, then give --capability named-iam\n";
    for given in [&[][..], &["--capability", "iam"]] {
        let ran = up(&[&secret, given].concat()).exits(2).stdout("");
        assert!(ran.stderr_raw().ends_with(needed), "{ran:#?}");
    }
    assert_eq!(lab.mutating_calls(), [""; 0]);
    let record = up(&[&secret[..], &["--capability", "named-iam"]].concat()).record();
    let role = lab.aws(&["iam", "get-role", "--role-name", "gameday-access"]);
    assert_eq!(record["stack"]["outputs"]["RoleArn"], role["Role"]["Arn"]);
    assert!(!record.to_string().contains("correct-horse"), "a secret never enters a record");
    stack(&lab, &["down", "--template", "registration.json", "--yes"]).run().exits(0);
    nothing_left(&lab, "registration");
}
