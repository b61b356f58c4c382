"""Instance refresh: the instances of before are replaced, some at a time, by instances of the group's template."""

from __future__ import annotations

import math
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from moto.autoscaling.models import FakeAutoScalingGroup, InstanceState
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult

from .. import minutes
from ..cloudwatch import periods
from . import engine, launching, paging, state
from .errors import error

# Auto Scaling API Reference, RefreshPreferences.
MIN_HEALTHY = 90


@dataclass
class Refresh:
    group: str
    preferences: dict[str, Any]
    warmup: int
    to_replace: set[str]
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    status: str = "InProgress"
    reason: str | None = None
    started: float = field(default_factory=time.time)
    ended: float | None = None
    total: int = 0
    desired: dict[str, Any] | None = None
    """What the group starts from now on, where the refresh was asked to bring something else."""

    def end(self, status: str, reason: str | None = None) -> None:
        self.status, self.reason, self.ended = status, reason, time.time()

    def described(self) -> dict[str, Any]:
        done = 100 if self.status == "Successful" else 100 * (self.total - len(self.to_replace)) // max(self.total, 1)
        return {
            "InstanceRefreshId": self.id,
            "AutoScalingGroupName": self.group,
            "Status": self.status,
            "StatusReason": self.reason,
            "StartTime": periods.time(self.started),
            "EndTime": periods.time(self.ended) if self.ended else None,
            "PercentageComplete": done,
            "InstancesToUpdate": len(self.to_replace),
            "Preferences": self.preferences,
            "DesiredConfiguration": self.desired,
            "Strategy": "Rolling",
        }


def install() -> None:
    for operation in (start_instance_refresh, describe_instance_refreshes, cancel_instance_refresh):
        setattr(AutoScalingResponse, operation.__name__, operation)


def _active(group: FakeAutoScalingGroup) -> Refresh | None:
    return next((each for each in state.of(group).refreshes if each.ended is None), None)


def start_instance_refresh(self: AutoScalingResponse) -> ActionResult:
    parameters = self._get_params()
    group = state.group_named(self.autoscaling_backend, parameters["AutoScalingGroupName"])
    if _active(group):
        raise error(
            "InstanceRefreshInProgress",
            "An Instance Refresh is already in progress and blocks the execution of this Instance Refresh.",
        )
    desired = parameters.get("DesiredConfiguration")
    if template := (desired or {}).get("LaunchTemplate"):
        group._set_launch_configuration(None, template, None)
    preferences = {"MinHealthyPercentage": MIN_HEALTHY, **(parameters.get("Preferences") or {})}
    warmup = preferences.get("InstanceWarmup")
    if warmup is None:
        warmup = getattr(group, "default_instance_warmup", None) or group.health_check_grace_period or 0
    skip = preferences.get("SkipMatching", False)
    old = {
        member.instance_id
        for member in state.counted(group)
        if not (skip and _matches(group, member) and not member.protected_from_scale_in)
    }
    refresh = Refresh(group.name, preferences, int(warmup), old, total=len(old), desired=desired)
    state.of(group).refreshes.append(refresh)
    return ActionResult({"InstanceRefreshId": refresh.id})


def _matches(group: FakeAutoScalingGroup, member: InstanceState) -> bool:
    version = launching.template_version(group)
    life = state.life(member)
    if version is None:
        return life.launch_configuration == group.launch_config.name
    own = life.launch_template
    return own is not None and (own["LaunchTemplateId"], own["Version"]) == (version.template.id, str(version.number))


def describe_instance_refreshes(self: AutoScalingResponse) -> ActionResult:
    parameters = self._get_params()
    group = state.group_named(self.autoscaling_backend, parameters["AutoScalingGroupName"])
    ids = parameters.get("InstanceRefreshIds")
    found = [each for each in reversed(state.of(group).refreshes) if not ids or each.id in ids]
    page, token = paging.page(found, parameters)
    return ActionResult({"InstanceRefreshes": [each.described() for each in page], "NextToken": token})


def cancel_instance_refresh(self: AutoScalingResponse) -> ActionResult:
    parameters = self._get_params()
    group = state.group_named(self.autoscaling_backend, parameters["AutoScalingGroupName"])
    refresh = _active(group)
    if refresh is None:
        raise error(
            "ActiveInstanceRefreshNotFound",
            f"No in progress or pending Instance Refresh found for Auto Scaling group {group.name}",
        )
    refresh.end("Cancelled", "Cancelled by the user.")
    return ActionResult({"InstanceRefreshId": refresh.id})


def step(group: FakeAutoScalingGroup) -> None:
    refresh = _active(group)
    if refresh is None or state.is_suspended(group, "InstanceRefresh"):
        return
    members = state.counted(group)
    refresh.to_replace &= {member.instance_id for member in members}
    healthy = [member for member in members if _is_warm(refresh, member)]
    desired = group.desired_capacity or 0
    if len(healthy) < desired:
        spare = len(healthy) - math.ceil(desired * refresh.preferences["MinHealthyPercentage"] / 100)
    else:
        # Whatever the share is, a whole group gives one away at a time at least.
        spare = max(1, len(healthy) - math.ceil(desired * refresh.preferences["MinHealthyPercentage"] / 100))
        if not refresh.to_replace:
            refresh.end("Successful")
            return
    for member in [each for each in healthy if each.instance_id in refresh.to_replace][: max(0, spare)]:
        engine.terminate(
            group,
            member,
            f"At {state.stamp()} an instance was taken out of service in response to an instance refresh.",
        )


def _is_warm(refresh: Refresh, member: InstanceState) -> bool:
    since = state.life(member).in_service
    if since is None or member.lifecycle_state != state.IN_SERVICE:
        return False
    return member.instance_id in refresh.to_replace or time.time() - since >= minutes.scaled(refresh.warmup)
