//! The instances of the group: whether each was started as the group starts them now, and does
//! its share.

use aws_sdk_autoscaling::types::{AutoScalingGroup, Instance, LifecycleState, RefreshPreferences};
use lib_common::Result;
use lib_common::aws::{During, Explain};
use lib_common::reconcile::{Difference, Facts, Known};
use serde_json::{Value, json};

use super::group::described;
use super::{CONFIGURATION, TEMPLATE, facts, instances, launch};
use crate::world::World;

/// SetInstanceProtection takes 50 (Auto Scaling API Reference), ExitStandby at least as many as
/// a page has.
const AT_ONCE: usize = 20;

/// What starts an instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Starter {
    /// This version of this template.
    Template(String, String),
    /// The launch configuration of this name.
    Configuration(String),
}

impl Starter {
    /// What the group shall start its instances by.
    fn wanted(world: &World, known: &Known) -> Self {
        match world.wish.classic {
            true => Self::Configuration(known.id(CONFIGURATION)),
            false => Self::Template(
                known.id(TEMPLATE),
                known.text(TEMPLATE, "version").unwrap_or_default(),
            ),
        }
    }

    /// Whether this is what started the instance.
    fn started(&self, instance: &Instance) -> bool {
        match self {
            Self::Template(id, version) => instance.launch_template().is_some_and(|template| {
                template.launch_template_id() == Some(id) && template.version() == Some(version)
            }),
            Self::Configuration(name) => instance.launch_configuration_name() == Some(name),
        }
    }
}

/// The facts of the instances: those that something else started, unless they are being
/// replaced (`renews`), those that the group may not end, and those that it sends no work.
pub fn seen(group: &AutoScalingGroup, starter: Option<&Starter>, renews: bool) -> Facts {
    let outdated = match starter {
        Some(starter) if !renews => ids(group, |instance| !starter.started(instance)),
        _ => Vec::new(),
    };
    facts(json!({
        "outdated": outdated,
        // One that only starts cannot be told otherwise yet.
        "protected": ids(group, |instance| {
            instance.protected_from_scale_in().unwrap_or(false)
                && (is_in(instance, LifecycleState::InService) || is_on_standby(instance))
        }),
        "standby": ids(group, is_on_standby),
    }))
}

/// Those that were started as they shall be, and are no longer so.
pub async fn tampered(
    world: &World,
    group: &AutoScalingGroup,
    starter: Option<&Starter>,
    started: &Value,
) -> Result<Value> {
    let by = |instance: &Instance| starter.is_some_and(|starter| starter.started(instance));
    instances::tampered(world, &ids(group, by), started).await
}

/// Ends those whose credentials went with a role or profile that this run made anew: the group may
/// have started some since the sweep.
pub async fn end_bereaved(world: &World) -> Result<()> {
    match described(world).await? {
        Some(group) => instances::end_bereaved(world, &ids(&group, |_| true)).await,
        None => Ok(()),
    }
}

/// Mends one of the facts; the outdated are replaced by [`replace_outdated`].
pub async fn mend(world: &World, one: &Difference, known: &Known) -> Result<()> {
    if one.fact == "tampered" {
        return instances::restore(world, &one.found, &launch::wish(world, known)).await;
    }
    let (client, name) = (&world.clients.autoscaling, &world.names.group);
    let ids: Vec<_> =
        one.found.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for some in ids.chunks(AT_ONCE) {
        let some = Some(some.iter().map(|id| (*id).to_owned()).collect());
        match one.fact.as_str() {
            "protected" => {
                let request = client.set_instance_protection().auto_scaling_group_name(name);
                let request = request.protected_from_scale_in(false).set_instance_ids(some);
                request.send().await.during("SetInstanceProtection")?;
            }
            _ => {
                let request = client.exit_standby().auto_scaling_group_name(name);
                request.set_instance_ids(some).send().await.during("ExitStandby")?;
            }
        }
    }
    Ok(())
}

/// Replaces the instances that were started otherwise than they shall be, one after another;
/// each drains.
pub async fn replace_outdated(world: &World, known: &Known) -> Result<()> {
    let wanted = Starter::wanted(world, known);
    let group = described(world).await?;
    if group.is_none_or(|group| ids(&group, |instance| !wanted.started(instance)).is_empty()) {
        return Ok(());
    }
    let (client, name) = (&world.clients.autoscaling, &world.names.group);
    // A launch configuration says nothing of an instance: none matches.
    let skip = !world.wish.classic;
    let preferences = RefreshPreferences::builder().skip_matching(skip).build();
    let request = client.start_instance_refresh().auto_scaling_group_name(name);
    let answer = request.preferences(preferences).send().await.during("StartInstanceRefresh");
    match answer {
        // Another run, which wants the same, was faster.
        Err(error) if error.code() == Some("InstanceRefreshInProgress") => Ok(()),
        answer => answer
            .explain(|| format!("cannot replace the instances of {name} ({})", world.place()))
            .map(drop),
    }
}

/// Those instances that stay, of which this is so.
fn ids(group: &AutoScalingGroup, so: impl Fn(&Instance) -> bool) -> Vec<String> {
    let stays = |instance: &&Instance| {
        let state = instance.lifecycle_state().map_or("", LifecycleState::as_str);
        !state.starts_with("Terminat") && !state.starts_with("Detach")
    };
    let those = group.instances().iter().filter(stays).filter(|instance| so(instance));
    let mut ids: Vec<_> =
        those.filter_map(|instance| instance.instance_id().map(str::to_owned)).collect();
    ids.sort();
    ids
}

fn is_in(instance: &Instance, state: LifecycleState) -> bool {
    instance.lifecycle_state() == Some(&state)
}

fn is_on_standby(instance: &Instance) -> bool {
    is_in(instance, LifecycleState::Standby) || is_in(instance, LifecycleState::EnteringStandby)
}
