"""Why an alarm is in its state, in the service's own words and as its JSON."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from .evaluation import ALARM, INSUFFICIENT_DATA, OK, Point, Rule, Verdict

_WORDS = {
    "GreaterThanOrEqualToThreshold": "greater than or equal to",
    "GreaterThanThreshold": "greater than",
    "LessThanOrEqualToThreshold": "less than or equal to",
    "LessThanThreshold": "less than",
}


def text(rule: Rule, verdict: Verdict, before: str) -> str:
    if verdict.state == INSUFFICIENT_DATA:
        were = "was" if verdict.unknown == 1 else "were"
        return f"Insufficient Data: {_count(verdict.unknown, 'datapoint')} {were} unknown."
    if not verdict.points:
        treated = {"breaching": "Breaching", "notBreaching": "NonBreaching"}.get(rule.missing, "Missing")
        were = "was" if rule.periods == 1 else "were"
        return (
            f"Threshold Crossed: no datapoints were received for {_count(rule.periods, 'period')} and"
            f" {_count(rule.periods, 'missing datapoint')} {were} treated as [{treated}]."
        )
    deciding = [point for point in verdict.points if rule.breached_by(point.value) == (verdict.state == ALARM)]
    shown = deciding or list(verdict.points)
    # In the order of the service: the newest first.
    listed = ", ".join(f"{float(point.value)} ({_stamp(point)})" for point in reversed(shown))
    were = "was" if len(shown) == 1 else "were"
    crossed = f"{were} {'' if verdict.state == ALARM else 'not '}{_WORDS[rule.comparison]} the threshold"
    threshold = f"({float(rule.threshold)})"
    if before == INSUFFICIENT_DATA and verdict.state == OK:
        return f"Threshold Crossed: {_count(len(shown), 'datapoint')} [{listed}] {crossed} {threshold}."
    # "the last 1 datapoints" is how the service says it.
    needed = rule.to_alarm if verdict.state == ALARM else rule.periods - rule.to_alarm + 1
    return (
        f"Threshold Crossed: {len(shown)} out of the last {rule.periods} datapoints [{listed}] {crossed}"
        f" {threshold} (minimum {_count(needed, 'datapoint')} for {_leaving(verdict.state)} transition)."
    )


def data(rule: Rule, verdict: Verdict, moment: float, statistic: str | None, period: int, unit: str | None) -> str:
    found: dict[str, Any] = {"version": "1.0", "queryDate": _date(moment)}
    if verdict.points:
        found["startDate"] = _date(verdict.points[0].at)
    if unit:
        found["unit"] = unit
    if statistic:
        found["statistic"] = statistic
    found |= {
        "period": period,
        "recentDatapoints": [float(point.value) for point in verdict.points],
        "threshold": float(rule.threshold),
        "evaluatedDatapoints": [
            {"timestamp": _date(point.at), "value": float(point.value)} for point in reversed(verdict.points)
        ],
    }
    return json.dumps(found, separators=(",", ":"))


def _leaving(state: str | None) -> str:
    return "OK -> ALARM" if state == ALARM else "ALARM -> OK"


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _stamp(point: Point) -> str:
    return datetime.fromtimestamp(point.at, UTC).strftime("%d/%m/%y %H:%M:%S")


def _date(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")
