"""Processes of a group, suspended and resumed."""

from __future__ import annotations

import time
from typing import Any

from moto.autoscaling.models import FakeAutoScalingGroup
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult, EmptyResult

from . import engine, state
from .errors import invalid

PROCESSES = (
    "AZRebalance",
    "AddToLoadBalancer",
    "AlarmNotification",
    "HealthCheck",
    "InstanceRefresh",
    "Launch",
    "ReplaceUnhealthy",
    "ScheduledActions",
    "Terminate",
)


def install() -> None:
    for operation in (suspend_processes, resume_processes, describe_scaling_process_types):
        setattr(AutoScalingResponse, operation.__name__, operation)
    FakeAutoScalingGroup.suspended_processes = property(described, _set)


def _set(self: FakeAutoScalingGroup, processes: list[str]) -> None:
    self._suspended_processes = processes


def described(group: FakeAutoScalingGroup) -> list[dict[str, str]]:
    since = state.of(group).suspended_at
    return [
        {"ProcessName": name, "SuspensionReason": f"User suspended at {state.stamp(since.get(name))}"}
        for name in sorted(group._suspended_processes)
    ]


def _asked(self: AutoScalingResponse) -> tuple[FakeAutoScalingGroup, set[str]]:
    """None named means all."""
    parameters: dict[str, Any] = self._get_params()
    group = state.group_named(self.autoscaling_backend, parameters["AutoScalingGroupName"])
    names = set(parameters.get("ScalingProcesses") or PROCESSES)
    if unknown := names - set(PROCESSES):
        raise invalid(f"Invalid scaling process {sorted(unknown)[0]}: valid ones are {', '.join(PROCESSES)}.")
    return group, names


def suspend_processes(self: AutoScalingResponse) -> ActionResult:
    group, names = _asked(self)
    since = state.of(group).suspended_at
    for name in names - set(group._suspended_processes):
        since[name] = time.time()
    group._suspended_processes = sorted({*group._suspended_processes, *names})
    return EmptyResult()


def resume_processes(self: AutoScalingResponse) -> ActionResult:
    group, names = _asked(self)
    group._suspended_processes = [name for name in group._suspended_processes if name not in names]
    engine.wake()
    return EmptyResult()


def describe_scaling_process_types(self: AutoScalingResponse) -> ActionResult:
    return ActionResult({"Processes": [{"ProcessName": name} for name in PROCESSES]})
