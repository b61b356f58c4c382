//! The users and roles of the account, and what they may do.

use std::collections::BTreeMap;

use aws_sdk_iam::types::{
    AccessKeyMetadata, AttachedPolicy, EntityType, PolicyDetail, StatusType, Tag,
};
use aws_smithy_types::date_time::DateTime;
use lib_common::Result;
use lib_common::aws::{During, Explain};
use lib_common::reconcile::Found;
use lib_common::team::TEAM;
use serde_json::{Value, json};

use super::caller::{Caller, key_in_use};
use super::expulsion::{DELETE, QUARANTINE, SWITCH_OFF};
use super::facts;
use super::reach::{Reach, denies_everything};
use super::role::document;
use crate::world::World;

/// What a stranger is, as its fact `kind` says.
pub const USER: &str = "user";
pub const ROLE: &str = "role";
pub const KEY: &str = "access key";

/// Where roles lie that services make for themselves (IAM User Guide, "Service-linked roles").
const OF_SERVICES: &str = "/aws-service-role/";

/// Where the roles of permission sets lie, which only IAM Identity Center changes (IAM Identity
/// Center User Guide, "Referencing permission sets in resource policies").
const OF_SIGN_ON: &str = "/aws-reserved/sso.amazonaws.com/";

/// A user or a role.
#[derive(Clone, Debug)]
pub struct Principal {
    kind: &'static str,
    pub name: String,
    id: String,
    pub made: DateTime,
    /// Whether it bears the team's tag.
    is_ours: bool,
    /// Whether AWS lets nobody change it.
    is_fixed: bool,
    documents: Vec<Value>,
    attached: Vec<String>,
}

impl Principal {
    /// As somebody nobody planned. Who calls is none: they know of themselves.
    pub fn stranger(&self, caller: &Caller) -> Option<Found> {
        let Self { kind, name, id, attached, .. } = self;
        let remedy = match (self.is_fixed, self.is_ours) {
            (true, _) => None,
            (false, true) => Some(DELETE),
            (false, false) => Some(QUARANTINE),
        };
        let stranger = json!({
            "kind": kind, "name": name, "identity": id, "policies": attached, "remedy": remedy,
        });
        (!caller.is(id)).then(|| Found { id: name.clone(), facts: facts(stranger) })
    }
}

/// What IAM tells of an account in one go.
pub struct Read {
    pub users: Vec<Principal>,
    /// Those that somebody can take; not those that only services take.
    roles: Vec<Principal>,
    /// The account's own policies in force.
    policies: BTreeMap<String, Value>,
    reach: Reach,
}

/// Reads users, groups, roles and the account's own policies.
pub async fn read(world: &World) -> Result<Read> {
    let wanted =
        [EntityType::User, EntityType::Group, EntityType::Role, EntityType::LocalManagedPolicy];
    let request =
        world.clients.iam.get_account_authorization_details().set_filter(Some(wanted.into()));
    let mut pages = request.into_paginator().send();
    let (mut users, mut roles) = (Vec::new(), Vec::new());
    let (mut groups, mut policies) = (BTreeMap::new(), BTreeMap::new());
    while let Some(page) = pages.next().await {
        let page = page
            .during("GetAccountAuthorizationDetails")
            .explain(|| "cannot read the users and roles of the account".to_owned())?;
        users.extend(page.user_detail_list.unwrap_or_default());
        roles.extend(page.role_detail_list.unwrap_or_default());
        for group in page.group_detail_list.unwrap_or_default() {
            let held = (
                documents(group.group_policy_list.as_deref()),
                arns(group.attached_managed_policies.as_deref()),
            );
            groups.insert(group.group_name.unwrap_or_default(), held);
        }
        for policy in page.policies.unwrap_or_default() {
            let versions = policy.policy_version_list.unwrap_or_default();
            let in_force = versions.into_iter().find(|version| version.is_default_version);
            let text = in_force.and_then(|version| version.document).unwrap_or_default();
            policies.insert(policy.arn.unwrap_or_default(), document(&text));
        }
    }
    let users = users.into_iter().map(|user| {
        let mut documents = documents(user.user_policy_list.as_deref());
        let mut attached = arns(user.attached_managed_policies.as_deref());
        for group in user.group_list.unwrap_or_default() {
            if let Some((own, arns)) = groups.get(&group) {
                documents.extend(own.iter().cloned());
                attached.extend(arns.iter().cloned());
            }
        }
        Principal {
            kind: USER,
            name: user.user_name.unwrap_or_default(),
            id: user.user_id.unwrap_or_default(),
            made: user.create_date.unwrap_or(DateTime::from_secs(0)),
            is_ours: is_ours(world, user.tags),
            is_fixed: false,
            documents,
            attached,
        }
    });
    let enterable = roles.into_iter().filter(|role| {
        let trust = document(role.assume_role_policy_document().unwrap_or_default());
        !role.path().unwrap_or_default().starts_with(OF_SERVICES) && lets_somebody_in(&trust)
    });
    let roles = enterable.map(|role| Principal {
        kind: ROLE,
        name: role.role_name.unwrap_or_default(),
        id: role.role_id.unwrap_or_default(),
        made: role.create_date.unwrap_or(DateTime::from_secs(0)),
        is_ours: is_ours(world, role.tags),
        is_fixed: role.path.is_some_and(|path| path.starts_with(OF_SIGN_ON)),
        documents: documents(role.role_policy_list.as_deref()),
        attached: arns(role.attached_managed_policies.as_deref()),
    });
    Ok(Read { users: users.collect(), roles: roles.collect(), policies, reach: reach(world) })
}

impl Read {
    /// Those that can reach the team: who is denied everything cannot.
    pub async fn reaching(&self, world: &World, all: &[Principal]) -> Result<Vec<Principal>> {
        let mut reaching = Vec::new();
        // AWS's own policies are read where somebody has them.
        let mut of_aws: BTreeMap<&str, Value> = BTreeMap::new();
        for one in all {
            for arn in &one.attached {
                if !self.policies.contains_key(arn) && !of_aws.contains_key(arn.as_str()) {
                    of_aws.insert(arn, policy_of_aws(world, arn).await?);
                }
            }
            let attached = one.attached.iter();
            let attached = attached
                .filter_map(|arn| self.policies.get(arn).or_else(|| of_aws.get(arn.as_str())));
            let held: Vec<_> = one.documents.iter().chain(attached).collect();
            let is_denied = held.iter().any(|policy| denies_everything(policy));
            if !is_denied && held.iter().any(|policy| self.reach.is_within(policy)) {
                reaching.push(one.clone());
            }
        }
        Ok(reaching)
    }

    /// New roles that can reach the team, and that somebody can take. The workers' own is newer
    /// once it was made anew, and whom it trusts is looked after where it is.
    pub async fn entered(&self, world: &World, since: DateTime) -> Result<Vec<Principal>> {
        let others = self.roles.iter().filter(|role| role.name != world.names.role);
        let new: Vec<_> = others.filter(|role| role.made > since).cloned().collect();
        self.reaching(world, &new).await
    }
}

/// The new access keys that can be used, of those users who are no strangers themselves. Of whoever
/// calls, only a person judges, and the one that they call with is none.
pub async fn new_keys(
    world: &World,
    users: &[Principal],
    caller: &Caller,
    since: DateTime,
) -> Result<Vec<Found>> {
    let mut strangers = Vec::new();
    for user in users.iter().filter(|user| user.made <= since || caller.is(&user.id)) {
        let (in_use, remedy) = match caller.is(&user.id) {
            true => (key_in_use(world).await, None),
            false => (None, Some(SWITCH_OFF)),
        };
        let request = world.clients.iam.list_access_keys().user_name(&user.name);
        let mut pages = request.into_paginator().items().send();
        while let Some(key) = pages.next().await {
            let key = match key.during("ListAccessKeys") {
                // The user was deleted this moment.
                Err(error) if error.is_not_found() => break,
                key => key.explain(|| format!("cannot read the access keys of {}", user.name))?,
            };
            let is_new = |key: &AccessKeyMetadata| key.create_date().is_some_and(|it| *it > since);
            let is_in_use = in_use.is_some() && key.access_key_id == in_use;
            if is_new(&key) && !is_in_use && key.status != Some(StatusType::Inactive) {
                strangers.push(Found {
                    id: key.access_key_id.unwrap_or_default(),
                    facts: facts(json!({"kind": KEY, "user": user.name, "remedy": remedy})),
                });
            }
        }
    }
    Ok(strangers)
}

/// Whether this trust lets in somebody who is no service of AWS.
fn lets_somebody_in(trust: &Value) -> bool {
    let statements = match &trust["Statement"] {
        Value::Array(all) => all.as_slice(),
        one => std::slice::from_ref(one),
    };
    statements.iter().any(|statement| {
        let principal = &statement["Principal"];
        let somebody = ["AWS", "Federated", "CanonicalUser"];
        statement["Effect"] == "Allow"
            && (principal == "*" || somebody.iter().any(|kind| principal.get(kind).is_some()))
    })
}

/// One of AWS's own policies, as it is in force.
async fn policy_of_aws(world: &World, arn: &str) -> Result<Value> {
    let iam = &world.clients.iam;
    let cannot = || format!("cannot read the policy {arn}");
    let answer = iam.get_policy().policy_arn(arn).send().await;
    let policy = match answer.during("GetPolicy") {
        Err(error) if error.is_not_found() => return Ok(Value::Null),
        answer => answer.explain(cannot)?.policy,
    };
    let version = policy.and_then(|policy| policy.default_version_id);
    let request = iam.get_policy_version().policy_arn(arn).set_version_id(version);
    let answer = request.send().await.during("GetPolicyVersion").explain(cannot)?;
    let text = answer.policy_version.and_then(|version| version.document).unwrap_or_default();
    Ok(document(&text))
}

/// What belongs to the team, as policies name it.
fn reach(world: &World) -> Reach {
    let (queues, names) = (&world.queues, &world.names);
    let mut parts = queues.input.arn.split(':').skip(3);
    let (region, account) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let (bucket, group) = (&queues.bucket.name, &names.group);
    let ec2 = |what: &str| format!("arn:aws:ec2:{region}:{account}:{what}");
    let own = [
        format!("arn:aws:s3:::{bucket}"),
        format!("arn:aws:s3:::{bucket}/out/x"),
        format!(
            "arn:aws:autoscaling:{region}:{account}:autoScalingGroup:x:autoScalingGroupName/{group}"
        ),
        format!("arn:aws:iam::{account}:role/{}", names.role),
        format!("arn:aws:iam::{account}:instance-profile/{}", names.profile),
        format!("arn:aws:cloudwatch:{region}:{account}:alarm:{}", names.of_group("x")),
        ec2(&format!("vpc/{}", world.network.vpc)),
        ec2("instance/x"),
        ec2("image/x"),
    ];
    let queues = [&queues.input, &queues.output, &queues.dead_letter];
    Reach::new(own.into_iter().chain(queues.map(|queue| queue.arn.clone())))
}

/// Whether it bears the team's own tag.
fn is_ours(world: &World, tags: Option<Vec<Tag>>) -> bool {
    let team = world.team.as_str();
    tags.unwrap_or_default().iter().any(|tag| tag.key == TEAM && tag.value == team)
}

fn documents(policies: Option<&[PolicyDetail]>) -> Vec<Value> {
    let policies = policies.unwrap_or_default().iter();
    policies.filter_map(|policy| policy.policy_document()).map(document).collect()
}

fn arns(policies: Option<&[AttachedPolicy]>) -> Vec<String> {
    let policies = policies.unwrap_or_default().iter();
    policies.filter_map(|policy| policy.policy_arn()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_that_only_services_take_lets_nobody_in() {
        let trust =
            |principal: Value| json!({"Statement": {"Effect": "Allow", "Principal": principal}});
        assert!(!lets_somebody_in(&trust(json!({"Service": "ec2.amazonaws.com"}))));
        for somebody in [json!("*"), json!({"AWS": "123456789012"}), json!({"Federated": "x"})] {
            assert!(lets_somebody_in(&trust(somebody)));
        }
        assert!(!lets_somebody_in(&Value::Null));
    }
}
