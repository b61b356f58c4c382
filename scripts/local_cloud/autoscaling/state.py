"""What is known of a group and of its instances beyond moto's models, and the lock that guards it all."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from moto.autoscaling.models import AutoScalingBackend, FakeAutoScalingGroup, InstanceState, autoscaling_backends

from .. import running
from .errors import no_such_group

if TYPE_CHECKING:
    from .activities import Activity
    from .hooks import Wait
    from .refresh import Refresh

lock = running.api_lock
"""Groups are made of instances: they share EC2's lock. Every request of Auto Scaling holds it."""

PENDING, PENDING_WAIT, PENDING_PROCEED = "Pending", "Pending:Wait", "Pending:Proceed"
IN_SERVICE = "InService"
TERMINATING, TERMINATING_WAIT, TERMINATING_PROCEED = "Terminating", "Terminating:Wait", "Terminating:Proceed"
COUNTED = (PENDING, PENDING_WAIT, PENDING_PROCEED, IN_SERVICE)
"""The states that count towards the desired capacity."""


@dataclass
class Life:
    """Of one instance in its group."""

    activity: Activity | None = None
    waits: list[Wait] = field(default_factory=list)
    launch_template: dict[str, Any] | None = None
    launch_configuration: str | None = None
    joined: float = field(default_factory=time.time)
    in_service: float | None = None


@dataclass
class GroupState:
    why: str = ""
    """Why the desired capacity is what it is: the first sentence of an activity's cause."""
    deleting: bool = False
    launch_after: float = 0.0
    failures: int = 0
    """Launches that failed in a row."""
    cooling: float | None = None
    """The cooldown that begins when the activities under way have ended, in the cloud's seconds."""
    cooldown_until: float = 0.0
    checked: float = 0.0
    suspended_at: dict[str, float] = field(default_factory=dict)
    refreshes: list[Refresh] = field(default_factory=list)


def of(group: FakeAutoScalingGroup) -> GroupState:
    return group.__dict__.setdefault("ail_state", GroupState())


def life(member: InstanceState) -> Life:
    return member.__dict__.setdefault("ail_life", Life())


def counted(group: FakeAutoScalingGroup) -> list[InstanceState]:
    return [member for member in group.instance_states if member.lifecycle_state in COUNTED]


def is_suspended(group: FakeAutoScalingGroup, process: str) -> bool:
    return process in group._suspended_processes


def group_named(backend: AutoScalingBackend, name: str) -> FakeAutoScalingGroup:
    if name not in backend.autoscaling_groups:
        raise no_such_group(name)
    return backend.autoscaling_groups[name]


def member_of(backend: AutoScalingBackend, instance_id: str) -> tuple[FakeAutoScalingGroup, InstanceState] | None:
    for group in backend.autoscaling_groups.values():
        for member in group.instance_states:
            if member.instance_id == instance_id:
                return group, member
    return None


def all_groups() -> Iterator[FakeAutoScalingGroup]:
    for regions in list(autoscaling_backends.values()):
        for backend in list(regions.values()):
            yield from list(backend.autoscaling_groups.values())


def stamp(seconds: float | None = None) -> str:
    """As causes have it."""
    return datetime.fromtimestamp(time.time() if seconds is None else seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
