//! What the group has beside its settings, each by a call of its own: metrics and balancers.

use lib_common::Result;
use lib_common::aws::During;
use lib_common::reconcile::Difference;
use serde_json::Value;

use crate::world::World;

/// Has the group's metrics kept that are asked for, and no others.
pub async fn keep_metrics(world: &World, one: &Difference) -> Result<()> {
    let (client, name) = (&world.clients.autoscaling, &world.names.group);
    let beyond = |these: &Value, those: &Value| -> Vec<String> {
        let those = those.as_array().map(Vec::as_slice).unwrap_or_default();
        let these = these.as_array().into_iter().flatten();
        let these = these.filter(|metric| !those.contains(metric)).filter_map(Value::as_str);
        these.map(str::to_owned).collect()
    };
    let (missing, extra) = (beyond(&one.expected, &one.found), beyond(&one.found, &one.expected));
    if !missing.is_empty() {
        let request = client.enable_metrics_collection().auto_scaling_group_name(name);
        let request = request.granularity("1Minute").set_metrics(Some(missing));
        request.send().await.during("EnableMetricsCollection")?;
    }
    if !extra.is_empty() {
        let request = client.disable_metrics_collection().auto_scaling_group_name(name);
        let request = request.set_metrics(Some(extra));
        request.send().await.during("DisableMetricsCollection")?;
    }
    Ok(())
}

/// Takes the group out of what would send it traffic, and judge its health.
pub async fn detach_balancers(world: &World, found: &Value) -> Result<()> {
    let (client, name) = (&world.clients.autoscaling, &world.names.group);
    let all = found.as_array().into_iter().flatten().filter_map(Value::as_str);
    let (targets, classic): (Vec<_>, Vec<_>) =
        all.map(str::to_owned).partition(|one| one.starts_with("arn:"));
    if !targets.is_empty() {
        let request = client.detach_load_balancer_target_groups().auto_scaling_group_name(name);
        let request = request.set_target_group_arns(Some(targets)).send();
        request.await.during("DetachLoadBalancerTargetGroups")?;
    }
    if !classic.is_empty() {
        let request = client.detach_load_balancers().auto_scaling_group_name(name);
        let request = request.set_load_balancer_names(Some(classic)).send();
        request.await.during("DetachLoadBalancers")?;
    }
    Ok(())
}
