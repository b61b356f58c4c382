//! What is on the group and nobody planned: policies, hooks, schedules, notifications, alarms, and
//! workers that were taken out of it.

use aws_sdk_autoscaling::types::ScalingPolicy;
use aws_sdk_cloudwatch::types::{AlarmType, MetricAlarm};
use lib_common::aws::{During, Explain};
use lib_common::reconcile::{Found, Strangers};
use lib_common::{Error, Exit, Result};
use serde_json::{Value, json};

use super::policies::STEPS;
use super::{BACKLOG, facts, group, instances, master};
use crate::world::{HOOK, World};

/// What a stranger is, as its fact `kind` says.
const POLICY: &str = "scaling policy";
const LIFECYCLE: &str = "lifecycle hook";
const SCHEDULE: &str = "scheduled action";
const NOTIFICATION: &str = "notification";
const ALARM: &str = "alarm";
const WORKER: &str = "instance";

/// What alarms that stop, end or restart an instance name as their action (CloudWatch User Guide,
/// "Create alarms to stop, terminate, reboot, or recover an EC2 instance").
const ACTION_ON_INSTANCE: &str = "arn:aws:automate:";

/// Each list by itself: one that may not be read hides nothing of the others.
pub async fn of_group(world: &World) -> Strangers {
    let (policies, hooks, schedules, notifications, alarms, workers) = futures::join!(
        policies(world),
        hooks(world),
        schedules(world),
        notifications(world),
        alarms_on_instances(world),
        instances::detached(world),
    );
    [
        Strangers::listed("scaling policies", policies),
        Strangers::listed("lifecycle hooks", hooks),
        Strangers::listed("scheduled actions", schedules),
        Strangers::listed("notifications", notifications),
        Strangers::listed("alarms", alarms),
        Strangers::listed(
            "workers outside the group",
            workers.map(|all| all.into_iter().map(detached).collect()),
        ),
    ]
    .into_iter()
    .collect()
}

/// The call that removes it.
pub fn call(stranger: &Found) -> Option<&'static str> {
    match kind(stranger) {
        POLICY => Some("autoscaling:DeletePolicy"),
        LIFECYCLE => Some("autoscaling:DeleteLifecycleHook"),
        SCHEDULE => Some("autoscaling:DeleteScheduledAction"),
        NOTIFICATION => Some("autoscaling:DeleteNotificationConfiguration"),
        ALARM => Some("cloudwatch:DeleteAlarms"),
        WORKER => Some("ec2:TerminateInstances"),
        _ => None,
    }
}

/// Whether it sends the workers away or keeps them from work, now or when its time comes.
pub fn stops_work(stranger: &Found) -> bool {
    ![NOTIFICATION, WORKER].contains(&kind(stranger))
}

/// Removes it.
pub async fn remove(world: &World, stranger: &Found) -> Result<()> {
    let (client, group) = (&world.clients.autoscaling, &world.names.group);
    let name = stranger.facts.get("name").and_then(Value::as_str).unwrap_or_default();
    let removed = match kind(stranger) {
        POLICY => {
            let request = client.delete_policy().auto_scaling_group_name(group);
            request.policy_name(name).send().await.during("DeletePolicy").map(drop)
        }
        LIFECYCLE => {
            let request = client.delete_lifecycle_hook().auto_scaling_group_name(group);
            let request = request.lifecycle_hook_name(name);
            request.send().await.during("DeleteLifecycleHook").map(drop)
        }
        SCHEDULE => {
            let request = client.delete_scheduled_action().auto_scaling_group_name(group);
            let request = request.scheduled_action_name(name);
            request.send().await.during("DeleteScheduledAction").map(drop)
        }
        NOTIFICATION => {
            let request = client.delete_notification_configuration();
            let request = request.auto_scaling_group_name(group).topic_arn(name);
            request.send().await.during("DeleteNotificationConfiguration").map(drop)
        }
        ALARM => {
            let request = world.clients.cloudwatch.delete_alarms().alarm_names(name);
            request.send().await.during("DeleteAlarms").map(drop)
        }
        WORKER => master::terminate(world, &[&stranger.id]).await,
        other => Err(Error::new(Exit::Failed, format!("nothing removes a {other}"))),
    };
    match removed {
        // Somebody else was quicker: Auto Scaling has one code for all that it refuses.
        Err(error) if error.what().contains("not found") => Ok(()),
        removed => removed
            .explain(|| format!("cannot remove {} of {group} ({})", stranger.id, world.place())),
    }
}

fn kind(stranger: &Found) -> &str {
    stranger.facts.get("kind").and_then(Value::as_str).unwrap_or_default()
}

/// `what` names it among those of the group (`hook wait`).
fn stranger(world: &World, kind: &str, what: &str, name: Option<&str>, more: Value) -> Found {
    let name = name.unwrap_or_default();
    let told = json!({"kind": kind, "name": name, "on": world.names.group});
    let mut told = facts(told);
    told.extend(facts(more));
    Found { id: format!("{what} {name}"), facts: told }
}

fn detached(instance: Found) -> Found {
    let mut told = instance.facts;
    told.insert("kind".to_owned(), Value::from(WORKER));
    Found { id: instance.id, facts: told }
}

fn cannot(world: &World, what: &str) -> String {
    format!("cannot read the {what} of {} ({})", world.names.group, world.place())
}

/// Policies that are not of the fleet, and alarms that are not and run one that is.
async fn policies(world: &World) -> Result<Vec<Found>> {
    // Those of the other way of scaling are found as parts that are not wanted.
    let steps: Vec<_> = STEPS.iter().map(|step| world.names.of_group(step.policy)).collect();
    let backlog = world.names.of_group(BACKLOG);
    let alarms: Vec<_> = STEPS.iter().map(|step| world.names.of_group(step.alarm)).collect();
    let request = world.clients.autoscaling.describe_policies();
    let request = request.auto_scaling_group_name(&world.names.group);
    let mut pages = request.into_paginator().items().send();
    let mut strangers = Vec::new();
    while let Some(policy) = pages.next().await {
        let policy = policy.during("DescribePolicies").explain(|| cannot(world, "policies"))?;
        let name = policy.policy_name().unwrap_or_default();
        if steps.iter().any(|step| step == name) {
            // Those of target tracking are the service's own, and facts of their policy.
            let runs = policy.alarms().iter().filter_map(|alarm| alarm.alarm_name());
            let others = runs.filter(|alarm| !alarms.iter().any(|own| own == alarm));
            strangers.extend(
                others.map(|alarm| {
                    stranger(world, ALARM, "alarm", Some(alarm), json!({"runs": name}))
                }),
            );
        } else if name != backlog {
            strangers.push(stranger(world, POLICY, "policy", Some(name), of_policy(&policy)));
        }
    }
    // One may run both steps.
    strangers.sort_by(|one, other| one.id.cmp(&other.id));
    strangers.dedup_by(|one, other| one.id == other.id);
    Ok(strangers)
}

fn of_policy(policy: &ScalingPolicy) -> Value {
    json!({
        "type": policy.policy_type(),
        "adjustment": policy.adjustment_type(),
        "instances": policy.scaling_adjustment(),
    })
}

async fn hooks(world: &World) -> Result<Vec<Found>> {
    let request = world.clients.autoscaling.describe_lifecycle_hooks();
    let answer = request.auto_scaling_group_name(&world.names.group).send().await;
    let answer = answer.during("DescribeLifecycleHooks").explain(|| cannot(world, "hooks"))?;
    // In 2014 there was none; the part that is not wanted is found by itself.
    let others = answer.lifecycle_hooks.unwrap_or_default().into_iter();
    let others = others.filter(|hook| hook.lifecycle_hook_name() != Some(HOOK));
    Ok(others
        .map(|hook| {
            let more = json!({
                "transition": hook.lifecycle_transition(), "timeout": hook.heartbeat_timeout(),
            });
            stranger(world, LIFECYCLE, "hook", hook.lifecycle_hook_name(), more)
        })
        .collect())
}

async fn schedules(world: &World) -> Result<Vec<Found>> {
    let request = world.clients.autoscaling.describe_scheduled_actions();
    let request = request.auto_scaling_group_name(&world.names.group);
    let mut pages = request.into_paginator().items().send();
    let mut strangers = Vec::new();
    while let Some(action) = pages.next().await {
        let action =
            action.during("DescribeScheduledActions").explain(|| cannot(world, "schedules"))?;
        let more = json!({
            "recurrence": action.recurrence(),
            "min": action.min_size(),
            "max": action.max_size(),
            "desired": action.desired_capacity(),
        });
        let name = action.scheduled_action_name();
        strangers.push(stranger(world, SCHEDULE, "schedule", name, more));
    }
    Ok(strangers)
}

/// Topics that are told of every instance.
async fn notifications(world: &World) -> Result<Vec<Found>> {
    let request = world.clients.autoscaling.describe_notification_configurations();
    let request = request.auto_scaling_group_names(&world.names.group);
    let mut pages = request.into_paginator().items().send();
    let mut topics = Vec::new();
    while let Some(one) = pages.next().await {
        let one = one
            .during("DescribeNotificationConfigurations")
            .explain(|| cannot(world, "notifications"))?;
        topics.extend(one.topic_arn);
    }
    // One for each type of notification.
    topics.sort();
    topics.dedup();
    let told = topics
        .iter()
        .map(|topic| stranger(world, NOTIFICATION, "notification", Some(topic), json!({})));
    Ok(told.collect())
}

/// Alarms that stop or end an instance of the group.
async fn alarms_on_instances(world: &World) -> Result<Vec<Found>> {
    let request = world.clients.cloudwatch.describe_alarms().alarm_types(AlarmType::MetricAlarm);
    let mut pages = request.action_prefix(ACTION_ON_INSTANCE).into_paginator().send();
    let mut alarms: Vec<MetricAlarm> = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.during("DescribeAlarms").explain(|| cannot(world, "alarms"))?;
        alarms.extend(page.metric_alarms.unwrap_or_default());
    }
    if alarms.is_empty() {
        return Ok(Vec::new());
    }
    let members = group::described(world).await?.and_then(|group| group.instances);
    let members = members.unwrap_or_default();
    let is_ours = |id: Option<&str>| members.iter().any(|one| one.instance_id() == id);
    let of_ours = |alarm: &&MetricAlarm| {
        alarm
            .dimensions()
            .iter()
            .any(|one| one.name() == Some("InstanceId") && is_ours(one.value()))
    };
    Ok(alarms
        .iter()
        .filter(of_ours)
        .map(|alarm| {
            let more = json!({"actions": alarm.alarm_actions()});
            stranger(world, ALARM, "alarm", alarm.alarm_name(), more)
        })
        .collect())
}
