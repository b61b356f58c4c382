//! The launch configuration of the workers, as groups had it before there were templates.
//!
//! It cannot be changed, and takes no tags. A new one is made beside the old one, under a name
//! with the hash of what it starts; it is ours if it starts with the team's security group.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_autoscaling::types::{
    InstanceMetadataEndpointState, InstanceMetadataHttpTokensState, InstanceMetadataOptions,
    InstanceMonitoring, LaunchConfiguration,
};
use lib_common::aws::{During, Explain};
use lib_common::reconcile::{Call, Difference, Facts, Found, Key, Known, Resource};
use lib_common::{Error, Exit, Result};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{CONFIGURATION, IMAGE, PROFILE, SECURITY, facts, launch, security};
use crate::user_data::hex;
use crate::world::World;
use crate::{classic, profile_known, tagging};

pub struct Configuration(pub Arc<World>);

#[async_trait]
impl Resource for Configuration {
    fn name(&self) -> &str {
        CONFIGURATION
    }

    fn kind(&self) -> &'static str {
        "launch configuration"
    }

    fn needs(&self) -> Vec<String> {
        [IMAGE, PROFILE, SECURITY].map(str::to_owned).into()
    }

    async fn find(&self, key: Key<'_>, _known: &Known) -> Result<Vec<Found>> {
        let mut all = self.described().await?;
        match key {
            Key::Tags if all.is_empty() => {}
            Key::Tags => {
                let ours = tagging::filters(&self.0.team, SECURITY);
                let ours = security::described(&self.0, ours).await?;
                let ours: Vec<_> = ours.iter().filter_map(|group| group.group_id()).collect();
                all.retain(|one| {
                    one.security_groups().iter().any(|group| ours.contains(&group.as_str()))
                });
            }
            Key::Id(id) => all.retain(|one| one.launch_configuration_name() == Some(id)),
            Key::Nature => {
                let name = &self.0.names.configuration;
                return match all.iter().any(|one| one.launch_configuration_name() == Some(name)) {
                    false => Ok(Vec::new()),
                    true => Err(Error::new(
                        Exit::Exists,
                        format!(
                            "the name of the launch configuration is taken by {name} ({})",
                            self.0.place()
                        ),
                    )
                    .because("it does not start workers of the team")
                    .next("remove it, or choose another team with --team")),
                };
            }
        }
        // Of several, the newest is the one that is wanted.
        all.sort_by_key(|one| std::cmp::Reverse(one.created_time().map(|time| time.secs())));
        Ok(all.into_iter().map(found).collect())
    }

    fn wish(&self, known: &Known) -> Facts {
        facts(json!({"launch": launch::wish(&self.0, known)}))
    }

    fn mends(&self, _fact: &str) -> bool {
        false
    }

    fn coexists(&self) -> bool {
        true
    }

    fn call(&self, call: &Call<'_>) -> Option<&'static str> {
        match call {
            Call::Create | Call::Mend(_) => Some("autoscaling:CreateLaunchConfiguration"),
            Call::Delete => Some("autoscaling:DeleteLaunchConfiguration"),
            Call::Remove(_) => None,
        }
    }

    async fn create(&self, known: &Known) -> Result<Found> {
        let plain = &self.0.names.configuration;
        let there = self.described().await?;
        let taken =
            |name: &str| there.iter().any(|one| one.launch_configuration_name() == Some(name));
        let launch = launch::wish(&self.0, known);
        let hash = hex(&Sha256::digest(launch.to_string()));
        let name = match taken(plain) {
            // With a space, which no team has in its name.
            true => format!("{plain} {}", &hash[..8]),
            false => plain.clone(),
        };
        // One of this hash is what an earlier run made and did not come to use.
        if !taken(&name) {
            let task = self.0.context.progress().task(CONFIGURATION);
            let what = "Auto Scaling to know the new instance profile";
            profile_known::wait(&self.0.context, &task, what, || self.make(&name, known)).await?;
            task.done("made");
        }
        Ok(Found { id: name, facts: self.wish(known) })
    }

    async fn mend(
        &self,
        _found: &Found,
        _differences: &[Difference],
        _known: &Known,
    ) -> Result<()> {
        unreachable!("it is made anew")
    }

    async fn delete(&self, found: &Found) -> Result<()> {
        let client = &self.0.clients.autoscaling;
        let request = client.delete_launch_configuration().launch_configuration_name(&found.id);
        let cannot =
            || format!("cannot delete the launch configuration {} ({})", found.id, self.0.place());
        match request.send().await.during("DeleteLaunchConfiguration") {
            Err(error) if error.to_string().contains("not found") => Ok(()),
            answer => answer.explain(cannot).map(drop),
        }
    }
}

impl Configuration {
    /// All that have the name, or the name and a hash.
    async fn described(&self) -> Result<Vec<LaunchConfiguration>> {
        let name = &self.0.names.configuration;
        let request = self.0.clients.autoscaling.describe_launch_configurations();
        let mut pages = request.into_paginator().items().send();
        let mut all = Vec::new();
        while let Some(one) = pages.next().await {
            let one = one.during("DescribeLaunchConfigurations").explain(|| {
                format!("cannot look for the launch configuration {name} ({})", self.0.place())
            })?;
            let rest = one.launch_configuration_name().and_then(|it| it.strip_prefix(&**name));
            if rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(' ')) {
                all.push(one);
            }
        }
        Ok(all)
    }

    async fn make(&self, name: &str, known: &Known) -> Result<()> {
        let world = &self.0;
        let metadata = InstanceMetadataOptions::builder()
            .http_endpoint(InstanceMetadataEndpointState::Enabled)
            .http_tokens(InstanceMetadataHttpTokensState::Optional)
            .http_put_response_hop_limit(1);
        world
            .clients
            .autoscaling
            .create_launch_configuration()
            .launch_configuration_name(name)
            .image_id(known.id(IMAGE))
            .instance_type(&world.wish.instance_type)
            .iam_instance_profile(&world.names.profile)
            .security_groups(known.id(SECURITY))
            .key_name(&world.network.key_pair.name)
            .metadata_options(metadata.build())
            // Switched on, and paid for, where nothing is said.
            .instance_monitoring(InstanceMonitoring::builder().enabled(false).build())
            .send()
            .await
            .during("CreateLaunchConfiguration")
            .map_err(|error| {
                let what =
                    format!("cannot create the launch configuration {name} ({})", world.place());
                classic::advise(error.context(what), &world.wish)
            })
            .map(drop)
    }
}

/// What the launch configuration of this name starts; null where it is not there.
pub async fn started(world: &World, name: &str) -> Result<Value> {
    let request = world.clients.autoscaling.describe_launch_configurations();
    let answer = request
        .launch_configuration_names(name)
        .send()
        .await
        .during("DescribeLaunchConfigurations")
        .explain(|| format!("cannot read the launch configuration {name} ({})", world.place()))?;
    let one = answer.launch_configurations.unwrap_or_default().pop();
    Ok(one.map_or(Value::Null, |one| launch::of_configuration(&one)))
}

fn found(one: LaunchConfiguration) -> Found {
    let told = json!({"launch": launch::of_configuration(&one)});
    Found { id: one.launch_configuration_name.unwrap_or_default(), facts: facts(told) }
}
