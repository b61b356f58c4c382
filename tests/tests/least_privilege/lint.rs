//! What `scripts/policies --check` finds: resources and conditions, which the local cloud
//! does not look at.

use std::path::Path;

use tests::{Lab, Ran};

/// A copy of the policies and templates, with a policy that was changed.
fn check(change: impl Fn(&str) -> String) -> Ran {
    let lab = Lab::new();
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let script = format!(
        "mkdir -p tools/ail-stack && cp -r '{0}/scripts' . && \
         cp -r '{0}/tools/ail-stack/policies' '{0}/tools/ail-stack/templates' tools/ail-stack",
        repository.display()
    );
    lab.program("/bin/bash").args(["-c", &script]).run().exits(0);
    let path = lab.home().join("tools/ail-stack/policies/release.json");
    let policy = std::fs::read_to_string(&path).expect("a policy");
    let changed = change(&policy);
    let put = changed != policy;
    std::fs::write(&path, changed).expect("it can be written");
    // The linter's environment is in the cache of whoever runs the tests.
    let policies = || {
        let tool = lab.program(lab.home().join("scripts/policies"));
        ["HOME", "XDG_CACHE_HOME"].iter().fold(tool, |tool, name| match std::env::var(name) {
            Ok(value) => tool.env(name, value),
            Err(_) => tool,
        })
    };
    if put {
        let stale = policies().args(["--check"]).run().exits(1);
        assert!(stale.stderr_raw().contains("run: scripts/policies\n"), "{stale:#?}");
        policies().run().exits(0);
    }
    policies().args(["--check"]).run()
}

#[test]
fn the_policies_are_in_the_templates_and_sound() {
    check(str::to_owned).exits(0).stdout("").stderr("");
}

#[test]
fn a_resource_that_could_be_named_has_to_be() {
    let widened = check(|policy| {
        policy.replace("\"arn:${AWS::Partition}:iam::${AWS::AccountId}:role/${RoleName}\"", "\"*\"")
    });
    let said = widened.exits(1);
    for found in [
        "ExportRole: iam:GetRole knows resources: name those that are meant, not *",
        "HandOverExportRole: iam:PassRole knows resources: name those that are meant, not *",
    ] {
        assert!(said.stderr_raw().contains(found), "{said:#?}");
    }
}

#[test]
fn a_role_is_handed_over_to_the_one_service_only() {
    let said = check(|policy| policy.replace("iam:PassedToService", "aws:SourceAccount")).exits(1);
    let found = "HandOverExportRole: iam:PassRole wants the condition iam:PassedToService";
    assert!(said.stderr_raw().contains(found), "{said:#?}");
}

#[test]
fn an_action_or_a_condition_that_does_not_exist_is_found() {
    let said = check(|policy| policy.replace("ec2:ExportImage\"", "ec2:ExportImages\"")).exits(1);
    assert!(said.stderr_raw().contains("there is no action ec2:ExportImages"), "{said:#?}");
    let said = check(|policy| policy.replace("ec2:CreateAction", "ec2:CreationAction")).exits(1);
    assert!(said.stderr_raw().contains("ec2:CreationAction"), "{said:#?}");
}
