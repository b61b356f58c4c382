"""Scaling policies: stored by group and name, each with an ARN of its own, with the alarms that point at them."""

from __future__ import annotations

import uuid
from typing import Any

from moto.autoscaling.models import AutoScalingBackend, FakeScalingPolicy, autoscaling_backends
from moto.autoscaling.responses import AutoScalingResponse
from moto.cloudwatch.models import Alarm, cloudwatch_backends
from moto.core.responses import ActionResult, EmptyResult

from . import paging, state, target_tracking
from .adjustment import KINDS
from .errors import invalid

SIMPLE, STEP, TRACKING = "SimpleScaling", "StepScaling", "TargetTrackingScaling"


def install() -> None:
    FakeScalingPolicy.arn = property(arn)
    FakeScalingPolicy.policy_arn = FakeScalingPolicy.arn
    FakeScalingPolicy.alarms = property(lambda policy: [_named(alarm) for alarm in alarms_of(policy)])
    for operation in (put_scaling_policy, describe_policies, delete_policy, describe_adjustment_types):
        setattr(AutoScalingResponse, operation.__name__, operation)


def arn(policy: FakeScalingPolicy) -> str:
    backend = policy.autoscaling_backend
    identity = policy.__dict__.setdefault("ail_id", str(uuid.uuid4()))
    return (
        f"arn:aws:autoscaling:{backend.region_name}:{backend.account_id}:scalingPolicy:{identity}"
        f":autoScalingGroupName/{policy.auto_scaling_group_name}:policyName/{policy.name}"
    )


def by_arn(wanted: str) -> FakeScalingPolicy | None:
    _, _, _, region, account, *_ = wanted.split(":")
    policies = autoscaling_backends[account][region].policies.values()
    return next((policy for policy in policies if policy.arn == wanted), None)


def alarms_of(policy: FakeScalingPolicy) -> list[Alarm]:
    backend = policy.autoscaling_backend
    every = list(cloudwatch_backends[backend.account_id][backend.region_name].alarms.values())
    own = policy.arn
    return [each for each in every if own in (*each.alarm_actions, *each.ok_actions, *each.insufficient_data_actions)]


def _named(alarm: Alarm) -> dict[str, str]:
    return {"AlarmName": alarm.name, "AlarmARN": alarm.alarm_arn}


def remove(policy: FakeScalingPolicy) -> None:
    target_tracking.remove_alarms(policy)
    policy.autoscaling_backend.policies.pop(_key(policy.auto_scaling_group_name, policy.name), None)


def _key(group: str, name: str) -> str:
    return f"{group}/{name}"


def put_scaling_policy(self: AutoScalingResponse) -> ActionResult:
    parameters, backend = self._get_params(), self.autoscaling_backend
    group = state.group_named(backend, parameters["AutoScalingGroupName"])
    kind = parameters.get("PolicyType", SIMPLE)
    _check(kind, parameters)
    name = parameters["PolicyName"]
    before = backend.policies.get(_key(group.name, name))
    policy = FakeScalingPolicy(
        name=name,
        policy_type=kind,
        metric_aggregation_type=parameters.get("MetricAggregationType") or ("Average" if kind == STEP else None),
        adjustment_type=parameters.get("AdjustmentType"),
        as_name=group.name,
        min_adjustment_magnitude=parameters.get("MinAdjustmentMagnitude"),
        scaling_adjustment=parameters.get("ScalingAdjustment"),
        cooldown=parameters.get("Cooldown"),
        target_tracking_config=parameters.get("TargetTrackingConfiguration") or {},
        step_adjustments=parameters.get("StepAdjustments") or [],
        estimated_instance_warmup=parameters.get("EstimatedInstanceWarmup"),
        predictive_scaling_configuration=None,
        autoscaling_backend=backend,
    )
    # moto shows the default where none was given.
    policy.cooldown = parameters.get("Cooldown")
    policy.enabled = parameters.get("Enabled", True)
    if before is not None:
        policy.__dict__["ail_id"] = before.__dict__["ail_id"]
        target_tracking.remove_alarms(before)
    backend.policies[_key(group.name, name)] = policy
    made = target_tracking.make_alarms(policy) if kind == TRACKING else []
    return ActionResult({"PolicyARN": policy.arn, "Alarms": [_named(alarm) for alarm in made]})


def _check(kind: str, parameters: dict[str, Any]) -> None:
    if kind not in (SIMPLE, STEP, TRACKING):
        raise invalid(f"PolicyType {kind} is not supported: valid ones are {SIMPLE}, {STEP} and {TRACKING}.")
    if kind == TRACKING:
        target_tracking.check(parameters)
        return
    adjustment = parameters.get("AdjustmentType")
    if adjustment not in KINDS:
        raise invalid(f"AdjustmentType {adjustment} is not valid: valid ones are {', '.join(KINDS)}.")
    if kind == SIMPLE and "ScalingAdjustment" not in parameters:
        raise invalid("ScalingAdjustment must be specified for policies of type SimpleScaling.")
    if kind == STEP and not parameters.get("StepAdjustments"):
        raise invalid("You must specify at least one step adjustment for policies of type StepScaling.")
    if kind == STEP and "Cooldown" in parameters:
        raise invalid("Cooldown is not supported for policies of type StepScaling.")


def describe_policies(self: AutoScalingResponse) -> ActionResult:
    parameters, backend = self._get_params(), self.autoscaling_backend
    names = parameters.get("PolicyNames")
    if group := parameters.get("AutoScalingGroupName"):
        state.group_named(backend, group)
    found = [
        policy
        for policy in backend.describe_policies(group, None, parameters.get("PolicyTypes"))
        if not names or policy.name in names or policy.arn in names
    ]
    page, token = paging.page(found, parameters)
    return ActionResult({"ScalingPolicies": page, "NextToken": token})


def find(backend: AutoScalingBackend, parameters: dict[str, Any]) -> FakeScalingPolicy:
    """By ARN, or by name in a group."""
    wanted, group = parameters["PolicyName"], parameters.get("AutoScalingGroupName")
    for policy in backend.policies.values():
        if policy.arn == wanted or (policy.name == wanted and group in (None, policy.auto_scaling_group_name)):
            return policy
    raise invalid(f"PolicyName is not found: {wanted}")


def delete_policy(self: AutoScalingResponse) -> ActionResult:
    remove(find(self.autoscaling_backend, self._get_params()))
    return EmptyResult()


def describe_adjustment_types(self: AutoScalingResponse) -> ActionResult:
    return ActionResult({"AdjustmentTypes": [{"AdjustmentType": kind} for kind in KINDS]})
