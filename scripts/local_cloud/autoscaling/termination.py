"""Which instance a group ends first (Auto Scaling User Guide, "Configure termination policies")."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from moto.autoscaling.models import FakeAutoScalingGroup, InstanceState

from . import state

HOUR = 3600


def victims(group: FakeAutoScalingGroup, count: int) -> list[InstanceState]:
    chosen: list[InstanceState] = []
    left = [member for member in state.counted(group) if not member.protected_from_scale_in]
    for _ in range(min(count, len(left))):
        victim = _next(group, left)
        left.remove(victim)
        chosen.append(victim)
    return chosen


def _next(group: FakeAutoScalingGroup, members: list[InstanceState]) -> InstanceState:
    unhealthy = [member for member in members if member.health_status != "Healthy"]
    if unhealthy:
        return unhealthy[0]
    zones = Counter(member.availability_zone for member in members)
    fullest = max(zones.values())
    candidates = [member for member in members if zones[member.availability_zone] == fullest]
    for policy in group.termination_policies:
        for order in _ORDERS.get(policy, ()):
            smallest = min(order(group, member) for member in candidates)
            candidates = [member for member in candidates if order(group, member) == smallest]
    # "If there are several, at random": here the one that has been there longest, so that a run can be repeated.
    return candidates[0]


def _age(_: FakeAutoScalingGroup, member: InstanceState) -> float:
    return member.instance.launch_time.timestamp()


def _youth(group: FakeAutoScalingGroup, member: InstanceState) -> float:
    return -_age(group, member)


def _template_age(group: FakeAutoScalingGroup, member: InstanceState) -> tuple[int, float]:
    """Those of a launch configuration, then those of another template, then by version."""
    template = state.life(member).launch_template
    if template is None:
        return 0, 0
    current = group.ec2_launch_template
    own = current is not None and template["LaunchTemplateId"] == current.id
    return (2, float(template["Version"])) if own else (1, 0)


def _configuration_age(group: FakeAutoScalingGroup, member: InstanceState) -> float:
    name = state.life(member).launch_configuration
    configuration = group.autoscaling_backend.launch_configurations.get(name or "")
    return configuration.created_time.timestamp() if configuration else 0.0


def _until_hour(group: FakeAutoScalingGroup, member: InstanceState) -> int:
    """In whole minutes: nobody is billed by the second here."""
    return int((HOUR - (time.time() - _age(group, member)) % HOUR) / 60)


_ORDERS: dict[str, tuple[Callable[[FakeAutoScalingGroup, InstanceState], Any], ...]] = {
    "Default": (_template_age, _configuration_age, _until_hour),
    "OldestInstance": (_age,),
    "NewestInstance": (_youth,),
    "OldestLaunchTemplate": (_template_age,),
    "OldestLaunchConfiguration": (_configuration_age,),
    "ClosestToNextInstanceHour": (_until_hour,),
}
