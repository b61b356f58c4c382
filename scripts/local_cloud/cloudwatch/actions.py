"""What an alarm does when its state changes: each kind of action is run by the service that its ARN names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from moto.cloudwatch.models import Alarm, CloudWatchBackend

from . import history
from .evaluation import ALARM, OK


@dataclass(frozen=True)
class Executor:
    run: Callable[[str, Alarm], None]
    """With the action's ARN; raises if it could not be done."""
    repeats: bool
    """Each minute while the state lasts, as for scaling policies (CloudWatch User Guide, "Alarm actions")."""


executors: dict[str, Executor] = {}
"""By the service in the ARN: arn:aws:SERVICE:…"""


def of(alarm: Alarm) -> list[str]:
    if not alarm.actions_enabled:
        return []
    return {OK: alarm.ok_actions, ALARM: alarm.alarm_actions}.get(alarm.state_value, alarm.insufficient_data_actions)


def run(backend: CloudWatchBackend, alarm: Alarm, transition: bool) -> None:
    for arn in of(alarm):
        executor = executors.get(arn.split(":")[2] if arn.count(":") >= 5 else "")
        if not transition and not (executor and executor.repeats):
            continue
        failure: str | None = None
        try:
            if executor is not None:
                executor.run(arn, alarm)
        except Exception as error:  # whatever a target says, the alarm goes on
            failure = _words(error)
        if transition or failure:
            history.acted(backend, alarm, arn, failure)


def _words(error: Any) -> str:
    return str(getattr(error, "message", "") or error or type(error).__name__)
