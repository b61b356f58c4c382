//! Attacks on the group of workers and on the workers in it.

use lib_common::Result;
use lib_common::aws::During;

use super::network::gone;
use crate::attack::Difficulty::{Easy, Hard, Medium};
use crate::attack::Target::{Ec2, Group};
use crate::attack::{Attack, FLEET, changed, extra_in, missing, missing_of};
use crate::hand::Hand;
use crate::rules::{opened, revoke_all};

pub const ATTACKS: &[Attack] = &[
    Attack {
        name: "group-suspended",
        difficulty: Easy,
        does: "suspends launching and terminating in the group",
        symptom: "jobs wait, and no worker comes; dead ones stay",
        finding: extra_in(FLEET, "worker-group", "suspended"),
        mend: "autoscaling:ResumeProcesses",
        target: Group,
        deed: |hand| {
            Box::pin(async move {
                let call = hand.world.autoscaling.suspend_processes();
                let call = call.auto_scaling_group_name(&hand.id);
                let call = call.scaling_processes("Launch").scaling_processes("Terminate");
                call.send().await.during("SuspendProcesses").map(drop)
            })
        },
    },
    Attack {
        name: "group-deaf",
        difficulty: Medium,
        does: "suspends the group's ear for alarms",
        symptom: "alarms sound, and the group neither grows nor shrinks",
        finding: extra_in(FLEET, "worker-group", "suspended"),
        mend: "autoscaling:ResumeProcesses",
        target: Group,
        deed: |hand| {
            Box::pin(async move {
                let call = hand.world.autoscaling.suspend_processes();
                let call = call.auto_scaling_group_name(&hand.id);
                let call = call.scaling_processes("AlarmNotification");
                call.send().await.during("SuspendProcesses").map(drop)
            })
        },
    },
    Attack {
        name: "group-capped",
        difficulty: Medium,
        does: "lets the group have no more than the one worker it has",
        symptom: "under load jobs wait, and no worker comes",
        finding: changed(FLEET, "worker-group", "max"),
        mend: "autoscaling:UpdateAutoScalingGroup",
        target: Group,
        deed: |hand| {
            Box::pin(async move {
                let call = hand.world.autoscaling.update_auto_scaling_group();
                let call = call.auto_scaling_group_name(&hand.id).max_size(1);
                call.send().await.during("UpdateAutoScalingGroup").map(drop)
            })
        },
    },
    Attack {
        name: "group-unbounded",
        difficulty: Hard,
        does: "lets the group have a hundred workers",
        symptom: "nothing, until a load costs a hundred instances",
        finding: changed(FLEET, "worker-group", "max"),
        mend: "autoscaling:UpdateAutoScalingGroup",
        target: Group,
        deed: |hand| {
            Box::pin(async move {
                let call = hand.world.autoscaling.update_auto_scaling_group();
                let call = call.auto_scaling_group_name(&hand.id).max_size(100);
                call.send().await.during("UpdateAutoScalingGroup").map(drop)
            })
        },
    },
    Attack {
        name: "group-emptied",
        difficulty: Easy,
        does: "lets the group have no worker at all",
        symptom: "no worker is there, and none comes",
        finding: changed(FLEET, "worker-group", "max"),
        mend: "autoscaling:UpdateAutoScalingGroup",
        target: Group,
        deed: |hand| {
            Box::pin(async move {
                let call = hand.world.autoscaling.update_auto_scaling_group();
                let call = call.auto_scaling_group_name(&hand.id);
                let call = call.min_size(0).max_size(0).desired_capacity(0);
                call.send().await.during("UpdateAutoScalingGroup").map(drop)
            })
        },
    },
    Attack {
        name: "group-moved-out",
        difficulty: Medium,
        does: "has the group start its workers in the public subnet",
        symptom: "nothing, until a new worker stands where no NAT instance helps it",
        finding: extra_in(FLEET, "worker-group", "subnets"),
        mend: "autoscaling:UpdateAutoScalingGroup",
        target: Group,
        deed: |hand| {
            Box::pin(async move {
                let subnet = hand.other(Ec2("public-subnet"))?;
                let call = hand.world.autoscaling.update_auto_scaling_group();
                let call = call.auto_scaling_group_name(&hand.id).vpc_zone_identifier(subnet);
                call.send().await.during("UpdateAutoScalingGroup").map(drop)
            })
        },
    },
    Attack {
        name: "group-patient",
        difficulty: Medium,
        does: "lets a new worker be unhealthy for two hours",
        symptom: "a dead worker stays, and is counted",
        finding: changed(FLEET, "worker-group", "health_check"),
        mend: "autoscaling:UpdateAutoScalingGroup",
        target: Group,
        deed: |hand| {
            Box::pin(async move {
                let call = hand.world.autoscaling.update_auto_scaling_group();
                let call = call.auto_scaling_group_name(&hand.id).health_check_grace_period(7200);
                call.send().await.during("UpdateAutoScalingGroup").map(drop)
            })
        },
    },
    Attack {
        name: "group-keeps-workers",
        difficulty: Hard,
        does: "protects every new worker from the group's shrinking",
        symptom: "after a load the group stays large",
        finding: changed(FLEET, "worker-group", "protects_new"),
        mend: "autoscaling:UpdateAutoScalingGroup",
        target: Group,
        deed: |hand| {
            Box::pin(async move {
                let call = hand.world.autoscaling.update_auto_scaling_group();
                let call = call.auto_scaling_group_name(&hand.id);
                let call = call.new_instances_protected_from_scale_in(true);
                call.send().await.during("UpdateAutoScalingGroup").map(drop)
            })
        },
    },
    Attack {
        name: "group-slow",
        difficulty: Medium,
        does: "has the group wait an hour between two steps",
        symptom: "the group grows once, and then not for an hour",
        finding: changed(FLEET, "worker-group", "cooldown"),
        mend: "autoscaling:UpdateAutoScalingGroup",
        target: Group,
        deed: |hand| {
            Box::pin(async move {
                let call = hand.world.autoscaling.update_auto_scaling_group();
                let call = call.auto_scaling_group_name(&hand.id).default_cooldown(3600);
                call.send().await.during("UpdateAutoScalingGroup").map(drop)
            })
        },
    },
    Attack {
        name: "worker-protected",
        difficulty: Hard,
        does: "protects a worker from the group's shrinking",
        symptom: "after a load a worker stays that should have gone",
        finding: extra_in(FLEET, "worker-group", "protected"),
        mend: "autoscaling:SetInstanceProtection",
        target: Group,
        deed: |hand| {
            Box::pin(async move {
                let call = hand.world.autoscaling.set_instance_protection();
                let call = call.auto_scaling_group_name(&hand.id).protected_from_scale_in(true);
                let call = call.instance_ids(worker(&hand).await?);
                call.send().await.during("SetInstanceProtection").map(drop)
            })
        },
    },
    Attack {
        name: "worker-on-standby",
        difficulty: Easy,
        does: "puts the worker on standby, and has no other started for it",
        symptom: "the group is smaller than its fewest",
        finding: extra_in(FLEET, "worker-group", "standby"),
        mend: "autoscaling:ExitStandby",
        target: Group,
        deed: |hand| {
            Box::pin(async move {
                let worker = worker(&hand).await?;
                // It may not have fewer than its fewest otherwise.
                let call = hand.world.autoscaling.update_auto_scaling_group();
                let call = call.auto_scaling_group_name(&hand.id).min_size(0);
                call.send().await.during("UpdateAutoScalingGroup")?;
                let call = hand.world.autoscaling.enter_standby().instance_ids(worker);
                let call = call.auto_scaling_group_name(&hand.id);
                let call = call.should_decrement_desired_capacity(true);
                call.send().await.during("EnterStandby").map(drop)
            })
        },
    },
    Attack {
        name: "group-deleted",
        difficulty: Easy,
        does: "deletes the group with its workers",
        symptom: "no worker is there, and none comes",
        finding: missing(FLEET, "worker-group"),
        mend: "autoscaling:CreateAutoScalingGroup",
        target: Group,
        deed: |hand| {
            Box::pin(async move {
                let call = hand.world.autoscaling.delete_auto_scaling_group();
                let call = call.auto_scaling_group_name(&hand.id).force_delete(true);
                call.send().await.during("DeleteAutoScalingGroup").map(drop)
            })
        },
    },
    Attack {
        name: "workers-group-opened",
        difficulty: Medium,
        does: "lets SSH from everywhere into the workers' security group",
        symptom: "nothing; the subnet alone keeps strangers out",
        finding: extra_in(FLEET, "workers-security-group", "inbound"),
        mend: "ec2:RevokeSecurityGroupIngress",
        target: Ec2("workers-security-group"),
        deed: |hand| {
            Box::pin(async move {
                let call = hand.world.ec2.authorize_security_group_ingress().group_id(&hand.id);
                let call = call.ip_permissions(opened(22));
                call.send().await.during("AuthorizeSecurityGroupIngress").map(drop)
            })
        },
    },
    Attack {
        name: "workers-group-mute",
        difficulty: Easy,
        does: "revokes every outbound rule of the workers' security group",
        symptom: "workers run, and take no job",
        finding: missing_of(FLEET, "workers-security-group", "outbound"),
        mend: "ec2:AuthorizeSecurityGroupEgress",
        target: Ec2("workers-security-group"),
        deed: |hand| Box::pin(async move { revoke_all(&hand, true).await }),
    },
];

/// A worker that is in service.
async fn worker(hand: &Hand) -> Result<String> {
    let call = hand.world.autoscaling.describe_auto_scaling_groups();
    let answer = call.auto_scaling_group_names(&hand.id).send().await;
    let answer = answer.during("DescribeAutoScalingGroups")?;
    let mut all = answer.auto_scaling_groups().iter().flat_map(|group| group.instances());
    let works = |state: &str| state == "InService";
    let one = all.find(|one| one.lifecycle_state().is_some_and(|state| works(state.as_str())));
    let id = one.and_then(|one| one.instance_id()).ok_or_else(|| gone("a worker in service"))?;
    hand.touch(id);
    Ok(id.to_owned())
}
