"""Notifications: which topics are told of a group's instances. Nobody is told here: there are no topics."""

from __future__ import annotations

from moto.autoscaling.models import FakeAutoScalingGroup
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult, EmptyResult

from . import paging, state
from .errors import invalid

TYPES = (
    "autoscaling:EC2_INSTANCE_LAUNCH",
    "autoscaling:EC2_INSTANCE_LAUNCH_ERROR",
    "autoscaling:EC2_INSTANCE_TERMINATE",
    "autoscaling:EC2_INSTANCE_TERMINATE_ERROR",
    "autoscaling:TEST_NOTIFICATION",
)


def install() -> None:
    for operation in (
        put_notification_configuration,
        describe_notification_configurations,
        delete_notification_configuration,
        describe_auto_scaling_notification_types,
    ):
        setattr(AutoScalingResponse, operation.__name__, operation)


def _of(group: FakeAutoScalingGroup) -> dict[str, list[str]]:
    """Types by topic."""
    topics: dict[str, list[str]] = group.__dict__.setdefault("ail_notifications", {})
    return topics


def put_notification_configuration(self: AutoScalingResponse) -> ActionResult:
    """It overwrites what the topic was told of."""
    parameters = self._get_params()
    group = state.group_named(self.autoscaling_backend, parameters["AutoScalingGroupName"])
    types = parameters["NotificationTypes"]
    if unknown := sorted(set(types) - set(TYPES)):
        raise invalid(f"{unknown[0]} is not a valid notification type.")
    _of(group)[parameters["TopicARN"]] = sorted(set(types))
    return EmptyResult()


def describe_notification_configurations(self: AutoScalingResponse) -> ActionResult:
    parameters, backend = self._get_params(), self.autoscaling_backend
    names = parameters.get("AutoScalingGroupNames")
    found = [
        {"AutoScalingGroupName": group.name, "TopicARN": topic, "NotificationType": kind}
        for group in backend.autoscaling_groups.values()
        if not names or group.name in names
        for topic, kinds in _of(group).items()
        for kind in kinds
    ]
    page, token = paging.page(found, parameters)
    return ActionResult({"NotificationConfigurations": page, "NextToken": token})


def delete_notification_configuration(self: AutoScalingResponse) -> ActionResult:
    parameters = self._get_params()
    group = state.group_named(self.autoscaling_backend, parameters["AutoScalingGroupName"])
    if _of(group).pop(parameters["TopicARN"], None) is None:
        raise invalid(f"Notification Configuration not found for topic {parameters['TopicARN']}")
    return EmptyResult()


def describe_auto_scaling_notification_types(self: AutoScalingResponse) -> ActionResult:
    return ActionResult({"AutoScalingNotificationTypes": list(TYPES)})
