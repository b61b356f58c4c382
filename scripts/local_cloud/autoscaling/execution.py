"""Policies at work: an alarm, or a person, has one executed."""

from __future__ import annotations

import time

from moto.autoscaling.models import FakeAutoScalingGroup, FakeScalingPolicy
from moto.autoscaling.responses import AutoScalingResponse
from moto.cloudwatch.models import Alarm
from moto.core.responses import ActionResult, EmptyResult

from .. import minutes
from ..cloudwatch import actions
from . import activities, adjustment, engine, policies, state
from .errors import error


def install() -> None:
    AutoScalingResponse.execute_policy = execute_policy
    actions.executors["autoscaling"] = actions.Executor(run_for_alarm, repeats=True)


def run_for_alarm(arn: str, alarm: Alarm) -> None:
    with state.lock:
        policy = policies.by_arn(arn)
        if policy is None:
            raise LookupError(f"No policy found with ARN: {arn}")
        group = state.group_named(policy.autoscaling_backend, policy.auto_scaling_group_name)
        if state.is_suspended(group, "AlarmNotification") or not policy.enabled or is_cooling(group, policy):
            return
        reason = f"a monitor alarm {alarm.name} in state {alarm.state_value} triggered policy {policy.name}"
        value = getattr(alarm, "ail_value", None)
        difference = 0.0 if value is None else value - float(alarm.threshold)
        _execute(group, policy, reason, wanted(group, policy, difference, value))


def execute_policy(self: AutoScalingResponse) -> ActionResult:
    parameters = self._get_params()
    policy = policies.find(self.autoscaling_backend, parameters)
    group = state.group_named(self.autoscaling_backend, policy.auto_scaling_group_name)
    if parameters.get("HonorCooldown") and is_cooling(group, policy):
        raise error("ScalingActivityInProgress", f"A scaling activity of group {group.name}, or its cooldown, goes on.")
    value, threshold = parameters.get("MetricValue"), parameters.get("BreachThreshold")
    difference = float(value) - float(threshold) if None not in (value, threshold) else 0.0
    capacity = wanted(group, policy, difference, value)
    _execute(group, policy, f"a user request executed policy {policy.name}", capacity)
    return EmptyResult()


def is_cooling(group: FakeAutoScalingGroup, policy: FakeScalingPolicy) -> bool:
    """Only simple policies wait for each other (Auto Scaling User Guide, "Scaling cooldowns")."""
    if policy.policy_type != policies.SIMPLE:
        return False
    known = state.of(group)
    return bool(known.why or known.cooling is not None or time.time() < known.cooldown_until) or any(
        activity.under_way for activity in activities.under_way(group)
    )


def wanted(
    group: FakeAutoScalingGroup, policy: FakeScalingPolicy, difference: float, value: float | None
) -> int | None:
    """None where the policy leaves the group as it is."""
    desired = group.desired_capacity or 0
    if policy.policy_type == policies.SIMPLE:
        return adjustment.adjusted(
            policy.adjustment_type, desired, policy.scaling_adjustment, policy.min_adjustment_magnitude
        )
    # What is not warm yet is on its way already: it is neither counted nor ended.
    warming = _warming(group, policy)
    base = desired - warming
    if policy.policy_type == policies.STEP:
        by = adjustment.step(policy.step_adjustments, difference)
        if by is None:
            return None
        if by < 0 and warming:
            return None
        capacity = adjustment.adjusted(policy.adjustment_type, base, by, policy.min_adjustment_magnitude)
        return max(desired, capacity) if warming else capacity
    if value is None:
        return None
    capacity = adjustment.tracking(max(base, 1), value, float(policy.target_tracking_configuration.TargetValue))
    return max(desired, capacity) if warming or difference > 0 else min(desired, capacity)


def _warming(group: FakeAutoScalingGroup, policy: FakeScalingPolicy) -> int:
    seconds = policy.estimated_instance_warmup
    if seconds is None:
        seconds = getattr(group, "default_instance_warmup", None)
    if seconds is None:
        seconds = group.default_cooldown
    since = time.time() - minutes.scaled(seconds)
    members = state.counted(group)
    starting = max(0, (group.desired_capacity or 0) - len(members))
    return starting + sum((state.life(member).in_service or time.time()) > since for member in members)


def _execute(group: FakeAutoScalingGroup, policy: FakeScalingPolicy, reason: str, capacity: int | None) -> None:
    """A policy may ask for more than the bounds allow; it gets what they do."""
    before = group.desired_capacity or 0
    if capacity is None or state.of(group).deleting:
        return
    after = min(max(capacity, group.min_size or 0), group.max_size or 0)
    if after == before:
        return
    engine.why(group, reason, before, after)
    if policy.policy_type == policies.SIMPLE:
        cooldown = group.default_cooldown if policy.cooldown is None else policy.cooldown
        state.of(group).cooling = float(cooldown)
