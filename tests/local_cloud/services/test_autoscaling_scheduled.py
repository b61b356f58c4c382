"""Scheduled actions, at a moment or by cron."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from local_cloud.autoscaling import cron
from services import refused


@pytest.mark.parametrize(
    ("text", "moment", "expected"),
    [
        ("* * * * *", "2026-09-01T12:34", True),
        ("30 9 * * 1-5", "2026-09-01T09:30", True),
        ("30 9 * * 1-5", "2026-09-06T09:30", False),
        ("*/15 * * * *", "2026-09-01T12:45", True),
        ("0 0 1 * 0", "2026-09-06T00:00", True),
        ("0 0 1 * 0", "2026-09-02T00:00", False),
        ("0 0 * 1,12 7", "2026-12-06T00:00", True),
    ],
)
def test_a_recurrence_is_read_as_by_cron(text, moment, expected):
    assert cron.matches(text, datetime.fromisoformat(moment)) is expected


@pytest.mark.parametrize("text", ["", "* * * *", "60 * * * *", "a * * * *", "5-1 * * * *"])
def test_what_is_no_recurrence_is_refused(text):
    with pytest.raises(cron.CronError):
        cron.parse(text)


def test_an_action_is_carried_out_once_at_its_time(group):
    group.create()
    group.in_service(1)
    put = group.scaling.put_scheduled_update_group_action
    when = datetime.now(UTC) + timedelta(seconds=2)
    put(AutoScalingGroupName=group.name, ScheduledActionName="grow", StartTime=when, MinSize=2)
    describe = group.scaling.describe_scheduled_actions
    [action] = describe(AutoScalingGroupName=group.name)["ScheduledUpdateGroupActions"]
    assert action["ScheduledActionARN"].endswith(":autoScalingGroupName/workers:scheduledActionName/grow")
    group.in_service(2)
    assert "a scheduled action update of AutoScalingGroup constraints to min: 2" in group.activities()[0]["Cause"]
    assert describe()["ScheduledUpdateGroupActions"] == []


def test_an_impossible_action_is_refused(group):
    put = group.scaling.put_scheduled_update_group_action
    named = {"AutoScalingGroupName": group.name, "ScheduledActionName": "a"}
    assert refused(put, **named, MinSize=1, Recurrence="* * * * *")[1].startswith("AutoScalingGroup name not found")
    group.create(0)
    assert refused(put, **named, Recurrence="* * * * *")[0] == "ValidationError"
    assert refused(put, **named, MinSize=1, Recurrence="daily")[1] == "Given recurrence string is invalid"
    past = datetime(2020, 1, 1, tzinfo=UTC)
    assert refused(put, **named, MinSize=1, StartTime=past)[1] == "Given start time is in the past"
    assert refused(group.scaling.delete_scheduled_action, **named)[1] == "Scheduled action name not found"
