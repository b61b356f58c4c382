"""Health: an instance that is not running any more is found within a minute, and replaced."""

from __future__ import annotations

import time

from moto.autoscaling.models import FakeAutoScalingGroup
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult, EmptyResult

from .. import minutes
from . import engine, state
from .errors import invalid

INTERVAL = 30
HEALTHY, UNHEALTHY = "Healthy", "Unhealthy"


def install() -> None:
    AutoScalingResponse.set_instance_health = set_instance_health


def check(group: FakeAutoScalingGroup) -> None:
    known, now = state.of(group), time.time()
    if known.deleting or now - known.checked < minutes.scaled(INTERVAL):
        return
    known.checked = now
    for member in list(group.instance_states):
        if member.lifecycle_state != state.IN_SERVICE:
            continue
        stopped = member.instance._state.name not in ("running", "pending")
        if stopped and not state.is_suspended(group, "HealthCheck"):
            member.health_status = UNHEALTHY
        # What replaces has to terminate, too.
        halted = state.is_suspended(group, "ReplaceUnhealthy") or state.is_suspended(group, "Terminate")
        if member.health_status == UNHEALTHY and not halted:
            found = (
                "an EC2 health check indicating it has been terminated or stopped" if stopped else "a user health-check"
            )
            engine.terminate(
                group, member, f"At {state.stamp()} an instance was taken out of service in response to {found}."
            )


def set_instance_health(self: AutoScalingResponse) -> ActionResult:
    parameters = self._get_params()
    status = parameters["HealthStatus"]
    if status not in (HEALTHY, UNHEALTHY):
        raise invalid(f"Invalid health status {status}: valid values are Healthy and Unhealthy.")
    found = state.member_of(self.autoscaling_backend, parameters["InstanceId"])
    if found is None:
        raise invalid(f"Instance Id not found - No managed instance found for instance ID {parameters['InstanceId']}")
    group, member = found
    in_grace = time.time() - (state.life(member).in_service or time.time()) < minutes.scaled(
        group.health_check_grace_period or 0
    )
    # Auto Scaling API Reference, SetInstanceHealth: the grace period is respected unless told otherwise.
    if not (in_grace and parameters.get("ShouldRespectGracePeriod", True)):
        member.health_status = status
    return EmptyResult()
