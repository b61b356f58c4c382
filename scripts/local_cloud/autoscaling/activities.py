"""Scaling activities, with their causes worded as the service words them."""

from __future__ import annotations

import json
import time
import uuid
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from moto.autoscaling.models import AutoScalingBackend, FakeAutoScalingGroup
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult

from ..cloudwatch import periods
from . import paging

# Auto Scaling keeps them for six weeks; here a number bounds them.
KEPT = 5000
UNDER_WAY = ("PreInService", "InProgress", "MidLifecycleAction")


@dataclass
class Activity:
    group: str
    group_arn: str
    description: str
    cause: str
    status: str = "InProgress"
    message: str | None = None
    progress: int = 50
    details: dict[str, str] = field(default_factory=dict)
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    started: float = field(default_factory=time.time)
    ended: float | None = None
    group_deleted: bool = False

    @property
    def under_way(self) -> bool:
        return self.status in UNDER_WAY

    def end(self, status: str = "Successful", message: str | None = None) -> None:
        if self.under_way:
            self.status, self.message, self.progress, self.ended = status, message, 100, time.time()

    def described(self) -> dict[str, Any]:
        return {
            "ActivityId": self.id,
            "AutoScalingGroupName": self.group,
            "Description": self.description,
            "Cause": self.cause,
            "StartTime": periods.time(self.started),
            "EndTime": periods.time(self.ended) if self.ended else None,
            "StatusCode": self.status,
            "StatusMessage": self.message,
            "Progress": self.progress,
            "Details": json.dumps(self.details, separators=(",", ":")),
            "AutoScalingGroupState": "Deleted" if self.group_deleted else None,
            "AutoScalingGroupARN": self.group_arn,
        }


def install() -> None:
    AutoScalingResponse.describe_scaling_activities = describe_scaling_activities


def of(backend: AutoScalingBackend) -> deque[Activity]:
    return backend.__dict__.setdefault("ail_activities", deque(maxlen=KEPT))


def begin(group: FakeAutoScalingGroup, description: str, cause: str, status: str = "InProgress") -> Activity:
    activity = Activity(group.name, group.arn, description, cause, status)
    of(group.autoscaling_backend).append(activity)
    return activity


def under_way(group: FakeAutoScalingGroup) -> list[Activity]:
    return [each for each in of(group.autoscaling_backend) if each.group_arn == group.arn and each.under_way]


def describe_scaling_activities(self: AutoScalingResponse) -> ActionResult:
    parameters = self._get_params()
    name, ids = parameters.get("AutoScalingGroupName"), parameters.get("ActivityIds")
    deleted_too = parameters.get("IncludeDeletedGroups", False)
    found = [
        activity
        for activity in reversed(of(self.autoscaling_backend))
        if name in (None, activity.group)
        and (not ids or activity.id in ids)
        and (deleted_too or not activity.group_deleted)
    ]
    page, token = paging.page(found, parameters, default=100)
    return ActionResult({"Activities": [activity.described() for activity in page], "NextToken": token})
