//! Attacks on what steers the group of workers: its policies, hooks and scheduled actions.

use lib_common::aws::During;

use crate::attack::Difficulty::{Easy, Hard, Medium};
use crate::attack::Target::Group;
use crate::attack::{Attack, FLEET, changed, extra, missing};

pub const ATTACKS: &[Attack] = &[
    Attack {
        name: "policy-deleted",
        difficulty: Easy,
        does: "deletes the policy by which the group grows",
        symptom: "the alarm sounds, and no worker comes",
        finding: missing(FLEET, "scale-out"),
        mend: "autoscaling:PutScalingPolicy",
        target: Group,
        deed: |hand| {
            Box::pin(async move {
                let call = hand.world.autoscaling.delete_policy();
                let call = call.auto_scaling_group_name(&hand.id);
                let call = call.policy_name(format!("{}-scale-out", hand.id));
                call.send().await.during("DeletePolicy").map(drop)
            })
        },
    },
    Attack {
        name: "policy-reversed",
        difficulty: Hard,
        does: "has the policy by which the group grows shrink it",
        symptom: "the more jobs wait, the fewer workers there are",
        finding: changed(FLEET, "scale-out", "instances"),
        mend: "autoscaling:PutScalingPolicy",
        target: Group,
        deed: |hand| {
            Box::pin(async move {
                let call = hand.world.autoscaling.put_scaling_policy();
                let call = call.auto_scaling_group_name(&hand.id);
                let call = call.policy_name(format!("{}-scale-out", hand.id));
                let call = call.policy_type("SimpleScaling").adjustment_type("ChangeInCapacity");
                let call = call.scaling_adjustment(-1).cooldown(60);
                call.send().await.during("PutScalingPolicy").map(drop)
            })
        },
    },
    Attack {
        name: "policy-off",
        difficulty: Medium,
        does: "switches the policy off by which the group shrinks",
        symptom: "after a load the group stays large",
        finding: changed(FLEET, "scale-in", "enabled"),
        mend: "autoscaling:PutScalingPolicy",
        target: Group,
        deed: |hand| {
            Box::pin(async move {
                let call = hand.world.autoscaling.put_scaling_policy();
                let call = call.auto_scaling_group_name(&hand.id);
                let call = call.policy_name(format!("{}-scale-in", hand.id));
                let call = call.policy_type("SimpleScaling").adjustment_type("ChangeInCapacity");
                let call = call.scaling_adjustment(-1).cooldown(60).enabled(false);
                call.send().await.during("PutScalingPolicy").map(drop)
            })
        },
    },
    Attack {
        name: "policy-added",
        difficulty: Medium,
        does: "leaves a policy on the group that takes all workers away",
        symptom: "nothing, until something runs it",
        finding: extra(FLEET, "worker-group"),
        mend: "autoscaling:DeletePolicy",
        target: Group,
        deed: |hand| {
            Box::pin(async move {
                let call = hand.world.autoscaling.put_scaling_policy();
                let call = call.auto_scaling_group_name(&hand.id).policy_name("maintenance");
                let call = call.policy_type("SimpleScaling").adjustment_type("ExactCapacity");
                let call = call.scaling_adjustment(0);
                let made = call.send().await.during("PutScalingPolicy")?;
                hand.touch(made.policy_arn.unwrap_or_default());
                Ok(())
            })
        },
    },
    Attack {
        name: "hook-deleted",
        difficulty: Medium,
        does: "deletes the hook at which a worker finishes its jobs",
        symptom: "jobs are worked twice whenever the group shrinks",
        finding: missing(FLEET, "drain-hook"),
        mend: "autoscaling:PutLifecycleHook",
        target: Group,
        deed: |hand| {
            Box::pin(async move {
                let call = hand.world.autoscaling.delete_lifecycle_hook();
                let call = call.auto_scaling_group_name(&hand.id).lifecycle_hook_name("drain");
                call.send().await.during("DeleteLifecycleHook").map(drop)
            })
        },
    },
    Attack {
        name: "hook-endless",
        difficulty: Hard,
        does: "has a worker that ends be waited for for two hours",
        symptom: "workers that should be gone are there for hours",
        finding: changed(FLEET, "drain-hook", "timeout"),
        mend: "autoscaling:PutLifecycleHook",
        target: Group,
        deed: |hand| {
            Box::pin(async move {
                let call = hand.world.autoscaling.put_lifecycle_hook();
                let call = call.auto_scaling_group_name(&hand.id).lifecycle_hook_name("drain");
                let call = call.lifecycle_transition("autoscaling:EC2_INSTANCE_TERMINATING");
                let call = call.heartbeat_timeout(7200).default_result("CONTINUE");
                call.send().await.during("PutLifecycleHook").map(drop)
            })
        },
    },
    Attack {
        name: "hook-added",
        difficulty: Hard,
        does: "holds every new worker back at a hook, and then gives it up",
        symptom: "workers start, never work, and are replaced",
        finding: extra(FLEET, "worker-group"),
        mend: "autoscaling:DeleteLifecycleHook",
        target: Group,
        deed: |hand| {
            Box::pin(async move {
                let call = hand.world.autoscaling.put_lifecycle_hook();
                let call = call.auto_scaling_group_name(&hand.id).lifecycle_hook_name("warm-up");
                let call = call.lifecycle_transition("autoscaling:EC2_INSTANCE_LAUNCHING");
                let call = call.heartbeat_timeout(300).default_result("ABANDON");
                call.send().await.during("PutLifecycleHook").map(drop)
            })
        },
    },
    Attack {
        name: "schedule-added",
        difficulty: Hard,
        does: "has the group emptied every night",
        symptom: "nothing, until the night",
        finding: extra(FLEET, "worker-group"),
        mend: "autoscaling:DeleteScheduledAction",
        target: Group,
        deed: |hand| {
            Box::pin(async move {
                let call = hand.world.autoscaling.put_scheduled_update_group_action();
                let call = call.auto_scaling_group_name(&hand.id).scheduled_action_name("night");
                let call = call.recurrence("0 3 * * *").min_size(0).max_size(0);
                let call = call.desired_capacity(0);
                call.send().await.during("PutScheduledUpdateGroupAction").map(drop)
            })
        },
    },
];
