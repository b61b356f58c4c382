//! The instance profile: what gives the role to instances.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_iam::primitives::DateTime;
use lib_common::aws::{During, Explain, OrGone};
use lib_common::reconcile::{
    Call, Difference, Facts, Found, Key, Known, Resource, Severity, Wrong,
};
use lib_common::{Error, Exit, Result};
use serde_json::{Value, json};

use super::{PROFILE, ROLE, facts};
use crate::tagging;
use crate::world::World;

pub struct Profile(pub Arc<World>);

/// Since when it gives the credentials that it gives now: since it and its role are there. None
/// while one of the two is not there.
pub async fn given(world: &World) -> Result<Option<DateTime>> {
    let (iam, name) = (&world.clients.iam, &world.names.profile);
    let request = iam.get_instance_profile().instance_profile_name(name);
    let profile = match request.send().await.during("GetInstanceProfile") {
        Err(error) if error.is_not_found() => None,
        answer => {
            answer.explain(|| format!("cannot read the instance profile {name}"))?.instance_profile
        }
    };
    let Some(profile) = profile else { return Ok(None) };
    let role = match profile.roles.first() {
        Some(role) => Some(role.create_date),
        // It was taken out, and is put in again, or it is gone.
        None => match iam.get_role().role_name(&world.names.role).send().await.during("GetRole") {
            Err(error) if error.is_not_found() => None,
            answer => answer
                .explain(|| format!("cannot read the role {}", world.names.role))?
                .role
                .map(|role| role.create_date),
        },
    };
    Ok(role.map(|made| made.max(profile.create_date)))
}

#[async_trait]
impl Resource for Profile {
    fn name(&self) -> &str {
        PROFILE
    }

    fn kind(&self) -> &'static str {
        "instance profile"
    }

    fn needs(&self) -> Vec<String> {
        vec![ROLE.to_owned()]
    }

    async fn find(&self, key: Key<'_>, _known: &Known) -> Result<Vec<Found>> {
        let name = &self.0.names.profile;
        let request = self.0.clients.iam.get_instance_profile().instance_profile_name(name);
        let profile = match request.send().await.during("GetInstanceProfile") {
            Ok(answer) => answer.instance_profile,
            Err(error) if error.is_not_found() => None,
            Err(error) => {
                return Err(error.context(format!("cannot read the instance profile {name}")));
            }
        };
        let seen = profile.map(|profile| {
            let tags = tagging::of_iam(profile.tags);
            let mut roles: Vec<_> = profile.roles.into_iter().map(|role| role.role_id).collect();
            roles.sort();
            let told = json!({
                "tags": tagging::fact(&tags), "roles": roles, "arn": profile.arn,
            });
            (Found { id: profile.instance_profile_id, facts: facts(told) }, tags)
        });
        self.0.claim(key, self.kind(), PROFILE, seen)
    }

    fn wish(&self, known: &Known) -> Facts {
        facts(json!({
            "tags": self.0.team.wish(PROFILE, &self.0.names.profile),
            "roles": [known.id(ROLE)],
        }))
    }

    fn is_dangerous(&self, difference: &Difference) -> bool {
        difference.fact == "roles"
    }

    fn severity(&self, wrong: &Wrong<'_>) -> Severity {
        match wrong {
            Wrong::Fact(_, difference) if difference.fact == "roles" => Severity::Critical,
            wrong => wrong.usual_severity(),
        }
    }

    fn call(&self, call: &Call<'_>) -> Option<&'static str> {
        match call {
            Call::Create => Some("iam:CreateInstanceProfile"),
            Call::Delete => Some("iam:DeleteInstanceProfile"),
            Call::Remove(_) => None,
            Call::Mend(difference) => Some(match difference.fact.as_str() {
                "tags" => "iam:TagInstanceProfile",
                _ if difference.expected.is_null() => "iam:RemoveRoleFromInstanceProfile",
                _ => "iam:AddRoleToInstanceProfile",
            }),
        }
    }

    async fn create(&self, _known: &Known) -> Result<Found> {
        let name = &self.0.names.profile;
        let answer = self
            .0
            .clients
            .iam
            .create_instance_profile()
            .instance_profile_name(name)
            .set_tags(Some(tagging::iam(&self.0.tags(PROFILE, name))))
            .send()
            .await
            .during("CreateInstanceProfile")
            .explain(|| format!("cannot create the instance profile {name}"))?;
        let profile = answer.instance_profile.ok_or_else(|| {
            Error::new(Exit::Refused, "CreateInstanceProfile: no profile in the answer")
        })?;
        self.0.made.note(PROFILE);
        Ok(Found {
            id: profile.instance_profile_id,
            facts: facts(json!({
                "tags": self.0.team.wish(PROFILE, name), "roles": [], "arn": profile.arn,
            })),
        })
    }

    async fn mend(&self, _found: &Found, differences: &[Difference], _known: &Known) -> Result<()> {
        let (iam, name) = (&self.0.clients.iam, &self.0.names.profile);
        for difference in differences {
            let cannot =
                || format!("cannot set {} of the instance profile {name}", difference.fact);
            match difference.fact.as_str() {
                "tags" => {
                    iam.tag_instance_profile()
                        .instance_profile_name(name)
                        .set_tags(Some(tagging::iam(&tagging::wished(difference))))
                        .send()
                        .await
                        .during("TagInstanceProfile")
                        .explain(cannot)?;
                }
                _ => {
                    // A profile holds one role at most.
                    if difference.found.as_array().is_some_and(|roles| !roles.is_empty()) {
                        self.empty().await.explain(cannot)?;
                    }
                    let request = iam.add_role_to_instance_profile();
                    let request = request.instance_profile_name(name);
                    let request = request.role_name(&self.0.names.role);
                    let operation = "AddRoleToInstanceProfile";
                    let call = || async { request.clone().send().await.during(operation) };
                    self.0.made.once_known(&[ROLE, PROFILE], call).await.explain(cannot)?;
                }
            }
        }
        Ok(())
    }

    async fn delete(&self, found: &Found) -> Result<()> {
        let name = &self.0.names.profile;
        let cannot = || format!("cannot delete the instance profile {name}");
        if found.facts["roles"] != Value::Array(Vec::new()) {
            self.empty().await.explain(cannot)?;
        }
        let request = self.0.clients.iam.delete_instance_profile().instance_profile_name(name);
        request.send().await.during("DeleteInstanceProfile").explain(cannot).map(drop)
    }
}

impl Profile {
    /// Takes out whatever role it holds. An earlier try may have done so.
    async fn empty(&self) -> Result<()> {
        let (iam, name) = (&self.0.clients.iam, &self.0.names.profile);
        let request = iam.get_instance_profile().instance_profile_name(name);
        let answer = request.send().await.during("GetInstanceProfile");
        let profile = answer.map(|answer| answer.instance_profile).or_gone()?;
        for role in profile.into_iter().flat_map(|profile| profile.roles) {
            let request = iam.remove_role_from_instance_profile().instance_profile_name(name);
            let request = request.role_name(role.role_name);
            let operation = "RemoveRoleFromInstanceProfile";
            request.send().await.during(operation).map(drop).or_gone()?;
        }
        Ok(())
    }
}
