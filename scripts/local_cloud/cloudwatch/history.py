"""DescribeAlarmHistory, which moto lacks. A deleted alarm's history stays."""

from __future__ import annotations

import json
import time
from collections import deque
from dataclasses import dataclass
from typing import Any

from moto.cloudwatch.models import Alarm, CloudWatchBackend
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import ActionResult

from . import paging, periods

CONFIGURATION, STATE, ACTION = "ConfigurationUpdate", "StateUpdate", "Action"
# CloudWatch keeps 30 days; here a number bounds it.
KEPT = 10_000


@dataclass(frozen=True)
class Event:
    alarm: str
    kind: str
    summary: str
    data: str
    moment: float

    def described(self) -> dict[str, Any]:
        return {
            "AlarmName": self.alarm,
            "AlarmType": "MetricAlarm",
            "Timestamp": periods.time(self.moment),
            "HistoryItemType": self.kind,
            "HistorySummary": self.summary,
            "HistoryData": self.data,
        }


def install() -> None:
    CloudWatchResponse.describe_alarm_history = describe_alarm_history


def of(backend: CloudWatchBackend) -> deque[Event]:
    return backend.__dict__.setdefault("ail_alarm_history", deque(maxlen=KEPT))


def configured(backend: CloudWatchBackend, name: str, verb: str, changed: Alarm | None = None) -> None:
    type_of_change = {"created": "Create", "updated": "Update", "deleted": "Delete"}[verb]
    data = {"version": "1.0", "type": type_of_change, "alarmName": name}
    if changed is not None:
        data["alarmArn"] = changed.alarm_arn
    _note(backend, name, CONFIGURATION, f'Alarm "{name}" {verb}', data)


def changed_state(backend: CloudWatchBackend, alarm: Alarm, old: str, old_reason: str) -> None:
    new = {"stateValue": alarm.state_value, "stateReason": alarm.state_reason}
    if alarm.state_reason_data:
        new["stateReasonData"] = json.loads(alarm.state_reason_data)
    data = {"version": "1.0", "oldState": {"stateValue": old, "stateReason": old_reason}, "newState": new}
    _note(backend, alarm.name, STATE, f"Alarm updated from {old} to {alarm.state_value}", data)


def acted(backend: CloudWatchBackend, alarm: Alarm, action: str, failure: str | None) -> None:
    summary = f"Failed to execute action {action}" if failure else f"Successfully executed action {action}"
    data = {"actionState": "Failed" if failure else "Succeeded", "notificationResource": action}
    _note(backend, alarm.name, ACTION, summary, data | ({"error": failure} if failure else {}))


def _note(backend: CloudWatchBackend, name: str, kind: str, summary: str, data: dict[str, Any]) -> None:
    of(backend).append(Event(name, kind, summary, json.dumps(data, separators=(",", ":")), time.time()))


def describe_alarm_history(self: CloudWatchResponse) -> ActionResult:
    parameters = self._get_params()
    start = periods.moment(parameters["StartDate"]) if parameters.get("StartDate") else 0.0
    end = periods.moment(parameters["EndDate"]) if parameters.get("EndDate") else time.time() + 1
    found = [
        event
        for event in list(of(self.cloudwatch_backend))
        if parameters.get("AlarmName") in (None, event.alarm)
        and parameters.get("HistoryItemType") in (None, event.kind)
        and start <= event.moment <= end
    ]
    if parameters.get("ScanBy") != "TimestampAscending":
        found.reverse()
    page, token = paging.page(found, parameters)
    return ActionResult({"AlarmHistoryItems": [event.described() for event in page], "NextToken": token})
