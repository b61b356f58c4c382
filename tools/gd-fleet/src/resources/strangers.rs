//! What is on the group and nobody planned: policies, hooks, schedules.

use lib_common::Result;
use lib_common::aws::{During, Explain};
use lib_common::reconcile::Found;
use serde_json::json;

use super::policies::STEPS;
use super::{BACKLOG, facts};
use crate::world::{HOOK, World};

/// The group's policies, hooks and scheduled actions that are not of the fleet.
pub async fn of_group(world: &World) -> Result<Vec<Found>> {
    let (client, group) = (&world.clients.autoscaling, &world.names.group);
    let cannot = |what: &str| format!("cannot read the {what} of {group} ({})", world.place());
    let stranger = |what: &str, name: Option<String>| {
        let id = format!("{what} {}", name.unwrap_or_default());
        Found { id, facts: facts(json!({"on": group})) }
    };
    // Those of the other way of scaling are found as parts that are not wanted.
    let own = STEPS.iter().map(|step| step.policy).chain([BACKLOG]);
    let own: Vec<_> = own.map(|policy| world.names.of_group(policy)).collect();
    let mut strangers = Vec::new();

    let mut policies =
        client.describe_policies().auto_scaling_group_name(group).into_paginator().items().send();
    while let Some(policy) = policies.next().await {
        let policy = policy.during("DescribePolicies").explain(|| cannot("policies"))?;
        if !policy.policy_name.as_ref().is_some_and(|name| own.contains(name)) {
            strangers.push(stranger("policy", policy.policy_name));
        }
    }

    let hooks = client.describe_lifecycle_hooks().auto_scaling_group_name(group).send().await;
    let hooks = hooks.during("DescribeLifecycleHooks").explain(|| cannot("hooks"))?;
    let others = hooks.lifecycle_hooks.unwrap_or_default().into_iter();
    let others = others.filter(|hook| hook.lifecycle_hook_name.as_deref() != Some(HOOK));
    strangers.extend(others.map(|hook| stranger("hook", hook.lifecycle_hook_name)));

    let mut schedules = client
        .describe_scheduled_actions()
        .auto_scaling_group_name(group)
        .into_paginator()
        .items()
        .send();
    while let Some(action) = schedules.next().await {
        let action = action.during("DescribeScheduledActions").explain(|| cannot("schedules"))?;
        strangers.push(stranger("schedule", action.scheduled_action_name));
    }
    Ok(strangers)
}
