//! Taking access away from whom nobody planned.
//!
//! What bears the team's tag and was never sealed goes. Everybody else may be a colleague's: a
//! user or a role is quarantined, a key switched off, and both can be taken back.

use lib_common::aws::{During, Explain, OrGone};
use lib_common::reconcile::{Fate, Found};
use lib_common::{Error, Exit, Result};
use serde_json::Value;

use super::principals::{KEY, ROLE, USER};
use super::{credentials, quarantine};
use crate::world::World;

/// What is done to a stranger, as its fact `remedy` says; without one, only a person can.
pub const DELETE: &str = "delete";
pub const QUARANTINE: &str = "quarantine";
pub const SWITCH_OFF: &str = "switch off";

/// The call that does it.
pub fn call(stranger: &Found) -> Option<&'static str> {
    match (text(stranger, "kind"), text(stranger, "remedy")) {
        (USER, DELETE) => Some("iam:DeleteUser"),
        (ROLE, DELETE) => Some("iam:DeleteRole"),
        (USER, QUARANTINE) => Some("iam:PutUserPolicy"),
        (ROLE, QUARANTINE) => Some("iam:PutRolePolicy"),
        (KEY, SWITCH_OFF) => Some("iam:UpdateAccessKey"),
        _ => None,
    }
}

/// What becomes of it.
pub fn fate(stranger: &Found) -> Fate {
    match text(stranger, "remedy") {
        DELETE => Fate::deleted(),
        _ => quarantine::fate(stranger),
    }
}

/// Does it.
pub async fn expel(world: &World, stranger: &Found) -> Result<()> {
    let id = &stranger.id;
    let done = match (text(stranger, "kind"), text(stranger, "remedy")) {
        (USER, DELETE) => delete_user(world, id).await,
        (ROLE, DELETE) => delete_role(world, id).await,
        (USER, QUARANTINE) => quarantine::user(world, id).await,
        (ROLE, QUARANTINE) => quarantine::role(world, id).await,
        (KEY, SWITCH_OFF) => quarantine::switch_off(world, text(stranger, "user"), id).await,
        (kind, _) => Err(Error::new(Exit::Failed, format!("only a person removes this {kind}"))),
    };
    match done {
        // Its user has gone before it.
        Err(error) if error.is_not_found() => Ok(()),
        done => done.explain(|| format!("cannot take access from {}", stranger.id)),
    }
}

/// A fact of it that is a text.
pub fn text<'a>(stranger: &'a Found, fact: &str) -> &'a str {
    stranger.facts.get(fact).and_then(Value::as_str).unwrap_or_default()
}

/// What a user holds goes first (IAM API Reference, "DeleteUser"); what it comes in with before
/// all else, for that works until then. After a DeleteConflict this is another try.
async fn delete_user(world: &World, name: &str) -> Result<()> {
    let iam = &world.clients.iam;
    credentials::delete(iam, name).await?;
    let policies = iam.list_user_policies().user_name(name).into_paginator().items().send();
    let policies: Result<Vec<_>, _> = policies.collect().await;
    for policy in policies.during("ListUserPolicies").or_gone()? {
        let request = iam.delete_user_policy().user_name(name).policy_name(policy);
        request.send().await.during("DeleteUserPolicy").map(drop).or_gone()?;
    }
    let attached = iam.list_attached_user_policies().user_name(name);
    let attached: Result<Vec<_>, _> = attached.into_paginator().items().send().collect().await;
    for policy in attached.during("ListAttachedUserPolicies").or_gone()? {
        let request = iam.detach_user_policy().user_name(name).set_policy_arn(policy.policy_arn);
        request.send().await.during("DetachUserPolicy").map(drop).or_gone()?;
    }
    let groups = iam.list_groups_for_user().user_name(name).into_paginator().items().send();
    let groups: Result<Vec<_>, _> = groups.collect().await;
    for group in groups.during("ListGroupsForUser").or_gone()? {
        let request = iam.remove_user_from_group().user_name(name).group_name(group.group_name);
        request.send().await.during("RemoveUserFromGroup").map(drop).or_gone()?;
    }
    iam.delete_user().user_name(name).send().await.during("DeleteUser").map(drop)
}

/// As [`delete_user`].
async fn delete_role(world: &World, name: &str) -> Result<()> {
    let iam = &world.clients.iam;
    let profiles = iam.list_instance_profiles_for_role().role_name(name);
    let profiles: Result<Vec<_>, _> = profiles.into_paginator().items().send().collect().await;
    for profile in profiles.during("ListInstanceProfilesForRole").or_gone()? {
        let request = iam.remove_role_from_instance_profile().role_name(name);
        let request = request.instance_profile_name(profile.instance_profile_name);
        request.send().await.during("RemoveRoleFromInstanceProfile").map(drop).or_gone()?;
    }
    let policies = iam.list_role_policies().role_name(name).into_paginator().items().send();
    let policies: Result<Vec<_>, _> = policies.collect().await;
    for policy in policies.during("ListRolePolicies").or_gone()? {
        let request = iam.delete_role_policy().role_name(name).policy_name(policy);
        request.send().await.during("DeleteRolePolicy").map(drop).or_gone()?;
    }
    let attached = iam.list_attached_role_policies().role_name(name);
    let attached: Result<Vec<_>, _> = attached.into_paginator().items().send().collect().await;
    for policy in attached.during("ListAttachedRolePolicies").or_gone()? {
        let request = iam.detach_role_policy().role_name(name).set_policy_arn(policy.policy_arn);
        request.send().await.during("DetachRolePolicy").map(drop).or_gone()?;
    }
    iam.delete_role().role_name(name).send().await.during("DeleteRole").map(drop)
}
