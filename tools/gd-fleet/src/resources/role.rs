//! The role of the workers.

use std::sync::Arc;

use async_trait::async_trait;
use lib_common::aws::{During, Explain, OrGone};
use lib_common::reconcile::{
    Call, Difference, Facts, Found, Key, Known, Resource, Severity, Strangers, Wrong,
};
use lib_common::{Error, Exit, Result};
use serde_json::{Value, json};

use super::{ROLE, facts};
use crate::world::World;
use crate::{policy, tagging};

/// Seconds for which a session lasts at most, where nothing is said (IAM API Reference,
/// CreateRole).
const SESSION: i32 = 3600;

/// Where roles lie that nobody gave a path.
const PATH: &str = "/";

pub struct Role(pub Arc<World>);

#[async_trait]
impl Resource for Role {
    fn name(&self) -> &str {
        ROLE
    }

    fn kind(&self) -> &'static str {
        "role"
    }

    async fn find(&self, key: Key<'_>, _known: &Known) -> Result<Vec<Found>> {
        let name = &self.0.names.role;
        let answer = self.0.clients.iam.get_role().role_name(name).send().await.during("GetRole");
        let role = match answer {
            Ok(answer) => answer.role,
            Err(error) if error.is_not_found() => None,
            Err(error) => return Err(error.context(format!("cannot read the role {name}"))),
        };
        let Some(role) = role else {
            return self.0.claim(key, self.kind(), ROLE, None);
        };
        let tags = tagging::of_iam(role.tags);
        let found = Found {
            id: role.role_id,
            facts: facts(json!({
                "tags": tagging::fact(&tags),
                "trust": document(role.assume_role_policy_document.as_deref().unwrap_or_default()),
                "inline": self.inline().await?,
                "attached": self.attached().await?,
                "boundary": role.permissions_boundary.and_then(|it| it.permissions_boundary_arn),
                "session": role.max_session_duration.unwrap_or(SESSION),
                "path": role.path,
                "arn": role.arn,
            })),
        };
        self.0.claim(key, self.kind(), ROLE, Some((found, tags)))
    }

    fn wish(&self, _known: &Known) -> Facts {
        let (inline, attached) = policy::of_role(&self.0);
        facts(json!({
            "tags": self.0.team.wish(ROLE, &self.0.names.role),
            "trust": policy::trust(),
            "inline": inline,
            "attached": attached,
            "boundary": null,
            "session": SESSION,
            "path": PATH,
        }))
    }

    fn mends(&self, fact: &str) -> bool {
        fact != "path"
    }

    /// By the name of one that was deleted, another one can be made that others hold sessions of.
    fn is_known_by(&self, fact: &str) -> bool {
        fact == "id"
    }

    fn is_dangerous(&self, difference: &Difference) -> bool {
        ["trust", "inline", "attached", "session"].contains(&difference.fact.as_str())
    }

    fn severity(&self, wrong: &Wrong<'_>) -> Severity {
        match wrong {
            Wrong::Fact(_, difference) => match difference.fact.as_str() {
                "tags" => Severity::Low,
                "session" => Severity::Medium,
                _ => Severity::Critical,
            },
            Wrong::Identity => Severity::Critical,
            wrong => wrong.usual_severity(),
        }
    }

    fn call(&self, call: &Call<'_>) -> Option<&'static str> {
        Some(match call {
            Call::Create => "iam:CreateRole",
            Call::Delete => "iam:DeleteRole",
            Call::Remove(_) => "iam:RemoveRoleFromInstanceProfile",
            Call::Mend(difference) => match difference.fact.as_str() {
                "tags" => "iam:TagRole",
                "trust" => "iam:UpdateAssumeRolePolicy",
                "boundary" => "iam:DeleteRolePermissionsBoundary",
                "session" => "iam:UpdateRole",
                "inline" if difference.expected.is_null() => "iam:DeleteRolePolicy",
                "inline" => "iam:PutRolePolicy",
                "attached" if difference.expected.is_null() => "iam:DetachRolePolicy",
                _ => "iam:AttachRolePolicy",
            },
        })
    }

    async fn create(&self, _known: &Known) -> Result<Found> {
        let name = &self.0.names.role;
        let answer = self
            .0
            .clients
            .iam
            .create_role()
            .role_name(name)
            .description("Workers of a GameDay")
            .assume_role_policy_document(policy::trust().to_string())
            .set_tags(Some(tagging::iam(&self.0.tags(ROLE, name))))
            .send()
            .await
            .during("CreateRole")
            .explain(|| format!("cannot create the role {name}"))?;
        let role = answer
            .role
            .ok_or_else(|| Error::new(Exit::Refused, "CreateRole: no role in the answer"))?;
        self.0.made.note(ROLE);
        Ok(Found {
            id: role.role_id,
            facts: facts(json!({
                "tags": self.0.team.wish(ROLE, name),
                "trust": policy::trust(),
                "inline": [],
                "attached": [],
                "boundary": null,
                "session": SESSION,
                "path": PATH,
                "arn": role.arn,
            })),
        })
    }

    async fn mend(&self, _found: &Found, differences: &[Difference], _known: &Known) -> Result<()> {
        let (iam, name) = (&self.0.clients.iam, &self.0.names.role);
        for difference in differences {
            let done = match difference.fact.as_str() {
                "tags" => iam
                    .tag_role()
                    .role_name(name)
                    .set_tags(Some(tagging::iam(&tagging::wished(difference))))
                    .send()
                    .await
                    .during("TagRole")
                    .map(drop),
                "trust" => iam
                    .update_assume_role_policy()
                    .role_name(name)
                    .policy_document(difference.expected.to_string())
                    .send()
                    .await
                    .during("UpdateAssumeRolePolicy")
                    .map(drop),
                "boundary" => iam
                    .delete_role_permissions_boundary()
                    .role_name(name)
                    .send()
                    .await
                    .during("DeleteRolePermissionsBoundary")
                    .map(drop),
                "session" => iam
                    .update_role()
                    .role_name(name)
                    .max_session_duration(SESSION)
                    .send()
                    .await
                    .during("UpdateRole")
                    .map(drop),
                "inline" => self.mend_inline(difference).await,
                "attached" => self.mend_attached(difference).await,
                other => unreachable!("no fact {other} is wished for"),
            };
            done.explain(|| format!("cannot set {} of the role {name}", difference.fact))?;
        }
        Ok(())
    }

    async fn delete(&self, found: &Found) -> Result<()> {
        let (iam, name) = (&self.0.clients.iam, &self.0.names.role);
        let cannot = || format!("cannot delete the role {name}");
        // After a DeleteConflict this is another try, of which much is done. IAM does not see all
        // of that at once (IAM User Guide, "Changes that I make are not always immediately
        // visible").
        for arn in arns(&found.facts["attached"]) {
            self.detach(arn).await.or_gone().explain(cannot)?;
        }
        for policy in list(&found.facts["inline"]) {
            self.delete_inline(named(policy)).await.or_gone().explain(cannot)?;
        }
        // Somebody's other profile may hold it too.
        for profile in self.profiles().await.explain(cannot)? {
            self.take_out_of(&profile).await.or_gone().explain(cannot)?;
        }
        iam.delete_role().role_name(name).send().await.during("DeleteRole").explain(cannot)?;
        Ok(())
    }

    /// Other instance profiles give it to instances of others.
    async fn strangers(&self, _found: &Found, _known: &Known) -> Strangers {
        let profiles = self.profiles().await.explain(|| {
            format!("cannot read the instance profiles of the role {}", self.0.names.role)
        });
        let others = profiles.map(|all| {
            let others = all.into_iter().filter(|name| *name != self.0.names.profile);
            others
                .map(|name| Found {
                    id: name,
                    facts: facts(json!({"kind": "instance profile", "role": self.0.names.role})),
                })
                .collect()
        });
        Strangers::listed("instance profiles", others)
    }

    /// It may be somebody's for something else: only the role is taken out of it.
    async fn remove_stranger(&self, stranger: &Found, _known: &Known) -> Result<()> {
        let role = &self.0.names.role;
        let cannot = || format!("cannot take the role {role} out of {}", stranger.id);
        self.take_out_of(&stranger.id).await.explain(cannot)
    }
}

impl Role {
    /// The inline policies by name.
    async fn inline(&self) -> Result<Value> {
        let (iam, role) = (&self.0.clients.iam, &self.0.names.role);
        let cannot = || format!("cannot read the policies of the role {role}");
        let mut names = iam.list_role_policies().role_name(role).into_paginator().items().send();
        let mut policies = Vec::new();
        while let Some(name) = names.next().await {
            let name = name.during("ListRolePolicies").explain(cannot)?;
            let answer = iam
                .get_role_policy()
                .role_name(role)
                .policy_name(&name)
                .send()
                .await
                .during("GetRolePolicy")
                .explain(cannot)?;
            policies.push(policy::inline(&name, document(&answer.policy_document)));
        }
        policies.sort_by(|one, other| named(one).cmp(named(other)));
        Ok(Value::Array(policies))
    }

    /// The ARNs of the attached policies.
    async fn attached(&self) -> Result<Vec<String>> {
        let (iam, role) = (&self.0.clients.iam, &self.0.names.role);
        let mut pages =
            iam.list_attached_role_policies().role_name(role).into_paginator().items().send();
        let mut arns = Vec::new();
        while let Some(policy) = pages.next().await {
            let policy = policy
                .during("ListAttachedRolePolicies")
                .explain(|| format!("cannot read the policies of the role {role}"))?;
            arns.extend(policy.policy_arn);
        }
        arns.sort();
        Ok(arns)
    }

    /// Makes its own policies what they shall be, and removes all others.
    async fn mend_inline(&self, one: &Difference) -> Result<()> {
        let (iam, role) = (&self.0.clients.iam, &self.0.names.role);
        let (wanted, there) = (list(&one.expected), list(&one.found));
        for policy in wanted.iter().filter(|policy| !there.contains(policy)) {
            let request = iam
                .put_role_policy()
                .role_name(role)
                .policy_name(named(policy))
                .policy_document(policy["document"].to_string());
            let call = || async { request.clone().send().await.during("PutRolePolicy") };
            self.0.made.once_known(&[ROLE], call).await?;
        }
        for policy in there {
            if !wanted.iter().any(|own| named(own) == named(policy)) {
                self.delete_inline(named(policy)).await?;
            }
        }
        Ok(())
    }

    /// Attaches what is missing, and then detaches what is too much.
    async fn mend_attached(&self, one: &Difference) -> Result<()> {
        let (wanted, there): (Vec<_>, Vec<_>) =
            (arns(&one.expected).collect(), arns(&one.found).collect());
        for arn in wanted.iter().filter(|arn| !there.contains(arn)) {
            let request = self.0.clients.iam.attach_role_policy().role_name(&self.0.names.role);
            let request = request.policy_arn(*arn);
            let call = || async { request.clone().send().await.during("AttachRolePolicy") };
            self.0.made.once_known(&[ROLE], call).await?;
        }
        for arn in there.iter().filter(|arn| !wanted.contains(arn)) {
            self.detach(arn).await?;
        }
        Ok(())
    }

    async fn delete_inline(&self, policy: &str) -> Result<()> {
        let request = self.0.clients.iam.delete_role_policy().role_name(&self.0.names.role);
        request.policy_name(policy).send().await.during("DeleteRolePolicy").map(drop)
    }

    async fn detach(&self, arn: &str) -> Result<()> {
        let request = self.0.clients.iam.detach_role_policy().role_name(&self.0.names.role);
        request.policy_arn(arn).send().await.during("DetachRolePolicy").map(drop)
    }

    /// The names of the instance profiles that hold it.
    async fn profiles(&self) -> Result<Vec<String>> {
        let request = self.0.clients.iam.list_instance_profiles_for_role();
        let mut pages = request.role_name(&self.0.names.role).into_paginator().items().send();
        let mut names = Vec::new();
        while let Some(profile) = pages.next().await {
            match profile.during("ListInstanceProfilesForRole") {
                // It was deleted this moment.
                Err(error) if error.is_not_found() => break,
                profile => names.push(profile?.instance_profile_name),
            }
        }
        Ok(names)
    }

    async fn take_out_of(&self, profile: &str) -> Result<()> {
        let request = self.0.clients.iam.remove_role_from_instance_profile();
        let request = request.instance_profile_name(profile).role_name(&self.0.names.role);
        request.send().await.during("RemoveRoleFromInstanceProfile").map(drop)
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// The name of an inline policy.
fn named(policy: &Value) -> &str {
    policy["name"].as_str().unwrap_or_default()
}

fn arns(value: &Value) -> impl Iterator<Item = &str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str)
}

/// A policy document as IAM gives it: JSON, encoded as in a URL (RFC 3986). What cannot be
/// read stays text, and so differs from any wish.
pub fn document(text: &str) -> Value {
    let plain = urlencoding::decode(text).unwrap_or(text.into());
    serde_json::from_str(&plain).unwrap_or_else(|_| Value::from(plain.into_owned()))
}
