//! Taking access away from whom nobody planned.
//!
//! What bears the team's tag and was never sealed goes. Everybody else may be a colleague's: a
//! user or a role is quarantined, a key switched off, and both can be taken back.

use lib_common::aws::{During, Explain};
use lib_common::reconcile::{Fate, Found};
use lib_common::{Error, Exit, Result};
use serde_json::Value;

use super::principals::{KEY, ROLE, USER};
use super::quarantine;
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

/// What a user holds goes first; the keys before all else, for they work until then.
async fn delete_user(world: &World, name: &str) -> Result<()> {
    let iam = &world.clients.iam;
    let mut keys = iam.list_access_keys().user_name(name).into_paginator().items().send();
    while let Some(key) = keys.next().await {
        let key = key.during("ListAccessKeys")?;
        let request = iam.delete_access_key().user_name(name);
        let request = request.set_access_key_id(key.access_key_id);
        request.send().await.during("DeleteAccessKey")?;
    }
    match iam.delete_login_profile().user_name(name).send().await.during("DeleteLoginProfile") {
        Err(error) if error.is_not_found() => {}
        answer => drop(answer?),
    }
    let mut policies = iam.list_user_policies().user_name(name).into_paginator().items().send();
    while let Some(policy) = policies.next().await {
        let request = iam.delete_user_policy().user_name(name);
        let request = request.policy_name(policy.during("ListUserPolicies")?);
        request.send().await.during("DeleteUserPolicy")?;
    }
    let attached = iam.list_attached_user_policies().user_name(name);
    let mut attached = attached.into_paginator().items().send();
    while let Some(policy) = attached.next().await {
        let arn = policy.during("ListAttachedUserPolicies")?.policy_arn;
        let request = iam.detach_user_policy().user_name(name).set_policy_arn(arn);
        request.send().await.during("DetachUserPolicy")?;
    }
    let mut groups = iam.list_groups_for_user().user_name(name).into_paginator().items().send();
    while let Some(group) = groups.next().await {
        let group = group.during("ListGroupsForUser")?.group_name;
        let request = iam.remove_user_from_group().user_name(name).group_name(group);
        request.send().await.during("RemoveUserFromGroup")?;
    }
    iam.delete_user().user_name(name).send().await.during("DeleteUser").map(drop)
}

async fn delete_role(world: &World, name: &str) -> Result<()> {
    let iam = &world.clients.iam;
    let profiles = iam.list_instance_profiles_for_role().role_name(name);
    let mut profiles = profiles.into_paginator().items().send();
    while let Some(profile) = profiles.next().await {
        let profile = profile.during("ListInstanceProfilesForRole")?.instance_profile_name;
        let request = iam.remove_role_from_instance_profile().role_name(name);
        let request = request.instance_profile_name(profile);
        request.send().await.during("RemoveRoleFromInstanceProfile")?;
    }
    let mut policies = iam.list_role_policies().role_name(name).into_paginator().items().send();
    while let Some(policy) = policies.next().await {
        let request = iam.delete_role_policy().role_name(name);
        let request = request.policy_name(policy.during("ListRolePolicies")?);
        request.send().await.during("DeleteRolePolicy")?;
    }
    let attached = iam.list_attached_role_policies().role_name(name);
    let mut attached = attached.into_paginator().items().send();
    while let Some(policy) = attached.next().await {
        let arn = policy.during("ListAttachedRolePolicies")?.policy_arn;
        let request = iam.detach_role_policy().role_name(name).set_policy_arn(arn);
        request.send().await.during("DetachRolePolicy")?;
    }
    iam.delete_role().role_name(name).send().await.during("DeleteRole").map(drop)
}
