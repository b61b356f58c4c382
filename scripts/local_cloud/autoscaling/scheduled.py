"""Scheduled actions: kept by group and name, and carried out when they are due, by the real clock."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

from moto.autoscaling.models import AutoScalingBackend, FakeAutoScalingGroup, FakeScheduledAction

from ..cloudwatch import periods
from . import cron, engine, state
from .errors import invalid


def install() -> None:
    AutoScalingBackend.put_scheduled_update_group_action = put
    AutoScalingBackend.delete_scheduled_action = delete
    FakeScheduledAction.scheduled_action_arn = property(arn)


def arn(action: FakeScheduledAction) -> str:
    return str(action.__dict__.get("ail_arn"))


def _key(group: str, name: str) -> str:
    return f"{group}/{name}"


def put(self: AutoScalingBackend, name: str, scheduled_action_name: str, **wish: Any) -> FakeScheduledAction:
    """What is not given keeps its value in an action that is there already."""
    group = state.group_named(self, name)
    key = _key(name, scheduled_action_name)
    before = self.scheduled_actions.get(key)
    action = FakeScheduledAction(
        autos_caling_group_name=name,
        scheduled_action_name=scheduled_action_name,
        start_time=wish.get("start_time"),
        end_time=wish.get("end_time"),
        recurrence=wish.get("recurrence"),
        time_zone=wish.get("timezone"),
        **{size: _number(wish.get(size)) for size in ("min_size", "max_size", "desired_capacity")},
    )
    if before is not None:
        for member, value in vars(before).items():
            if vars(action).get(member) is None:
                setattr(action, member, value)
    _check(action)
    action.__dict__.setdefault(
        "ail_arn",
        f"arn:aws:autoscaling:{group.region}:{group.account_id}:scheduledUpdateGroupAction:{group._id}"
        f":autoScalingGroupName/{name}:scheduledActionName/{scheduled_action_name}",
    )
    self.scheduled_actions[key] = action
    return action


def _number(value: Any) -> int | None:
    return None if value is None else int(value)


def _check(action: FakeScheduledAction) -> None:
    if (action.min_size, action.max_size, action.desired_capacity) == (None, None, None):
        raise invalid("At least one of minSize, maxSize or desiredCapacity must be specified")
    if action.recurrence:
        try:
            cron.parse(action.recurrence)
        except cron.CronError:
            raise invalid("Given recurrence string is invalid") from None
    elif action.start_time is None:
        raise invalid("Either a start time or a recurrence must be specified")
    elif periods.moment(action.start_time) < time.time():
        raise invalid("Given start time is in the past")


def delete(self: AutoScalingBackend, auto_scaling_group_name: str, scheduled_action_name: str) -> None:
    if self.scheduled_actions.pop(_key(auto_scaling_group_name, scheduled_action_name), None) is None:
        raise invalid("Scheduled action name not found")


def step(group: FakeAutoScalingGroup) -> None:
    now = time.time()
    for key, action in list(group.autoscaling_backend.scheduled_actions.items()):
        if action.auto_scaling_group_name != group.name:
            continue
        if action.end_time is not None and periods.moment(action.end_time) <= now:
            del group.autoscaling_backend.scheduled_actions[key]
        elif _is_due(action, now) and not state.is_suspended(group, "ScheduledActions"):
            if not action.recurrence:
                del group.autoscaling_backend.scheduled_actions[key]
            _carry_out(group, action)


def _is_due(action: FakeScheduledAction, now: float) -> bool:
    if action.start_time is not None and periods.moment(action.start_time) > now:
        return False
    if not action.recurrence:
        return True
    minute = int(now // 60)
    if action.__dict__.get("ail_done") == minute or not cron.matches(
        action.recurrence, datetime.fromtimestamp(now, UTC)
    ):
        return False
    action.__dict__["ail_done"] = minute
    return True


def _carry_out(group: FakeAutoScalingGroup, action: FakeScheduledAction) -> None:
    before = group.desired_capacity or 0
    smallest = group.min_size if action.min_size is None else action.min_size
    largest = group.max_size if action.max_size is None else action.max_size
    group.min_size, group.max_size = min(smallest, largest), largest
    wanted = before if action.desired_capacity is None else action.desired_capacity
    after = min(max(wanted, group.min_size), group.max_size)
    if after != before:
        sizes = f"min: {group.min_size}, max: {group.max_size}, desired: {after}"
        reason = f"a scheduled action update of AutoScalingGroup constraints to {sizes}"
        engine.why(group, reason, before, after)
