//! What the group is told by its one call of update: how many workers, where, and which end first.

use aws_sdk_autoscaling::operation::update_auto_scaling_group::builders::UpdateAutoScalingGroupFluentBuilder;
use aws_sdk_autoscaling::types::AutoScalingGroup;
use lib_common::reconcile::{Difference, Facts, Severity};
use serde_json::{Value, json};

use super::{facts, instances};
use crate::world::World;

/// A worker boots in one to two minutes; what is unhealthy before that only boots.
pub const GRACE: i32 = 120;

/// The service's own choices, which nobody has a reason to change here (Auto Scaling API
/// Reference, CreateAutoScalingGroup).
const COOLDOWN: i32 = 300;
const TERMINATION: &str = "Default";

/// What takes a setting back to none (Auto Scaling API Reference, UpdateAutoScalingGroup).
const NO_WARMUP: i32 = -1;
const NO_LIFETIME: i32 = 0;

/// What it shall be.
pub fn wish(world: &World) -> Facts {
    facts(json!({
        "subnets": sorted(subnets(world)),
        "min": world.wish.min,
        "max": world.wish.max,
        "health_check": {"type": "EC2", "grace": GRACE},
        "protects_new": false,
        "cooldown": COOLDOWN,
        "warmup": null,
        "termination": TERMINATION,
        "rebalance": false,
        "lifetime": null,
        "mixed": null,
    }))
}

/// What it is.
pub fn of(group: &AutoScalingGroup) -> Facts {
    let zones = group.vpc_zone_identifier().unwrap_or_default();
    let zones = zones.split(',').map(str::trim).filter(|id| !id.is_empty());
    facts(json!({
        "subnets": sorted(zones.collect()),
        "min": group.min_size,
        "max": group.max_size,
        "health_check": {
            "type": group.health_check_type, "grace": group.health_check_grace_period,
        },
        "protects_new": group.new_instances_protected_from_scale_in.unwrap_or(false),
        "cooldown": group.default_cooldown.unwrap_or(COOLDOWN),
        "warmup": group.default_instance_warmup.filter(|seconds| *seconds > NO_WARMUP),
        "termination": group.termination_policies().join(", "),
        "rebalance": group.capacity_rebalance.unwrap_or(false),
        "lifetime": group.max_instance_lifetime.filter(|seconds| *seconds > NO_LIFETIME),
        "mixed": mixed(group),
    }))
}

/// How bad it is that a fact of the group is not as it shall be: these, or what they are for,
/// stop the work or have something else do it.
pub fn severity(fact: &str) -> Severity {
    match fact {
        "suspended" | "max" | "subnets" | "launch" | "template" | "configuration" | "mixed"
        | "refresh" | "outdated" | "tampered" => Severity::Critical,
        "min" | "standby" | "health_check" | "balancers" | "lifetime" => Severity::High,
        "tags" => Severity::Low,
        _ => Severity::Medium,
    }
}

/// The call that mends a fact of the group.
pub fn call(difference: &Difference) -> &'static str {
    match difference.fact.as_str() {
        "suspended" => "autoscaling:ResumeProcesses",
        "tags" => "autoscaling:CreateOrUpdateTags",
        "protected" => "autoscaling:SetInstanceProtection",
        "standby" => "autoscaling:ExitStandby",
        "outdated" => "autoscaling:StartInstanceRefresh",
        "tampered" => instances::call(&difference.found),
        "refresh" => "autoscaling:CancelInstanceRefresh",
        "warm_pool" => "autoscaling:DeleteWarmPool",
        "balancers" => "autoscaling:DetachLoadBalancerTargetGroups",
        "metrics" if difference.expected.is_null() => "autoscaling:DisableMetricsCollection",
        "metrics" => "autoscaling:EnableMetricsCollection",
        _ => "autoscaling:UpdateAutoScalingGroup",
    }
}

/// The call with one more setting, unless it is none of these.
pub fn with(
    world: &World,
    fact: &str,
    update: UpdateAutoScalingGroupFluentBuilder,
) -> UpdateAutoScalingGroupFluentBuilder {
    match fact {
        "subnets" => update.vpc_zone_identifier(zones(world)),
        // One beyond the other is refused: they go together.
        "min" | "max" => update.min_size(number(world.wish.min)).max_size(number(world.wish.max)),
        "health_check" => update.health_check_type("EC2").health_check_grace_period(GRACE),
        "protects_new" => update.new_instances_protected_from_scale_in(false),
        "cooldown" => update.default_cooldown(COOLDOWN),
        "warmup" => update.default_instance_warmup(NO_WARMUP),
        "termination" => update.termination_policies(TERMINATION),
        "rebalance" => update.capacity_rebalance(false),
        "lifetime" => update.max_instance_lifetime(NO_LIFETIME),
        other => unreachable!("no fact {other} is wished for"),
    }
}

/// The subnets as a call names them.
pub fn zones(world: &World) -> String {
    subnets(world).join(",")
}

/// Sizes are checked when they are given, and are far smaller.
pub fn number(size: u32) -> i32 {
    i32::try_from(size).unwrap_or(i32::MAX)
}

fn subnets(world: &World) -> Vec<&str> {
    world.network.private_subnets.iter().map(|subnet| subnet.id.as_str()).collect()
}

fn sorted(mut ids: Vec<&str>) -> Vec<&str> {
    ids.sort_unstable();
    ids
}

/// What a policy of mixed instances starts, beside or instead of the template's own.
fn mixed(group: &AutoScalingGroup) -> Value {
    let Some(template) = group.mixed_instances_policy().and_then(|it| it.launch_template()) else {
        return match group.mixed_instances_policy() {
            Some(_) => json!({}),
            None => Value::Null,
        };
    };
    let specification = template.launch_template_specification();
    let types = template.overrides().iter().filter_map(|one| one.instance_type());
    json!({
        "template": specification.and_then(|it| it.launch_template_id()),
        "version": specification.and_then(|it| it.version()),
        "types": types.collect::<Vec<_>>(),
    })
}
