//! Quarantine: somebody's user or role stays as it is, and may do nothing until a person says so.

use aws_sdk_iam::types::StatusType;
use lib_common::aws::During;
use lib_common::reconcile::{Fate, Found};
use lib_common::{Error, Result};
use serde_json::json;

use super::expulsion::text;
use super::principals::{KEY, USER};
use crate::world::World;

/// The policy within the user or role: what it denies, nothing else allows.
const POLICY: &str = "gd-quarantine";

/// Its access keys are switched off before: the policy, which ends the finding, is put last, so
/// that a run that was killed between is finished by the next one.
pub async fn user(world: &World, name: &str) -> Result<()> {
    let iam = &world.clients.iam;
    let mut keys = iam.list_access_keys().user_name(name).into_paginator().items().send();
    while let Some(key) = keys.next().await {
        let key = key.during("ListAccessKeys")?;
        if key.status != Some(StatusType::Inactive) {
            switch_off(world, name, key.access_key_id.as_deref().unwrap_or_default()).await?;
        }
    }
    let request = iam.put_user_policy().user_name(name).policy_name(POLICY);
    let request = request.policy_document(denial(world.team.as_str()));
    request.send().await.during("PutUserPolicy").map(drop).map_err(by_hand)
}

/// Sessions of the role that somebody holds are denied everything as well.
pub async fn role(world: &World, name: &str) -> Result<()> {
    let request = world.clients.iam.put_role_policy().role_name(name).policy_name(POLICY);
    let request = request.policy_document(denial(world.team.as_str()));
    request.send().await.during("PutRolePolicy").map(drop).map_err(by_hand)
}

/// A key that is switched off can be switched on again, if it was somebody's after all.
pub async fn switch_off(world: &World, user: &str, key: &str) -> Result<()> {
    let request = world.clients.iam.update_access_key().access_key_id(key).user_name(user);
    let request = request.status(StatusType::Inactive);
    request.send().await.during("UpdateAccessKey").map(drop)
}

/// What is done, and how it is taken back.
pub fn fate(stranger: &Found) -> Fate {
    let (kind, name) = (text(stranger, "kind"), &stranger.id);
    if kind == KEY {
        let user = text(stranger, "user");
        let back = format!(
            "aws iam update-access-key --user-name {user} --access-key-id {name} --status Active"
        );
        return Fate { deed: "switch off", done: "switched off", back: Some(back) };
    }
    let policy =
        format!("aws iam delete-{kind}-policy --{kind}-name {name} --policy-name {POLICY}");
    let back = match kind {
        USER => format!("{policy}; its access keys stay Inactive until they are switched on"),
        _ => policy,
    };
    Fate { deed: "quarantine", done: "quarantined", back: Some(back) }
}

/// Who finds the policy reads in it where it comes from. A Sid takes letters and digits alone
/// (IAM User Guide, "Sid").
fn denial(team: &str) -> String {
    let team: String = team.chars().filter(char::is_ascii_alphanumeric).collect();
    let sid = format!("QuarantinedByGdFleetOfTeam{team}DeleteThisPolicyToLiftIt");
    let deny = json!({"Sid": sid, "Effect": "Deny", "Action": "*", "Resource": "*"});
    json!({"Version": "2012-10-17", "Statement": [deny]}).to_string()
}

/// All policies within a user may have 2048 characters, of a role 10240 (IAM User Guide, "IAM and
/// AWS STS quotas"): who has used them up is quarantined by a policy of AWS's own.
fn by_hand(error: Error) -> Error {
    match error.code() {
        Some("LimitExceeded") => {
            error.next("attach arn:aws:iam::aws:policy/AWSDenyAll to it, then run repair again")
        }
        _ => error,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::super::reach::denies_everything;
    use super::*;

    #[test]
    fn whoever_has_the_policy_reaches_nothing_and_can_tell_from_whom_it_is() {
        let policy: Value = serde_json::from_str(&denial("blue-7")).expect("JSON");
        assert!(denies_everything(&policy), "{policy}");
        let sid = policy["Statement"][0]["Sid"].as_str().expect("a Sid");
        assert_eq!(sid, "QuarantinedByGdFleetOfTeamblue7DeleteThisPolicyToLiftIt");
    }
}
