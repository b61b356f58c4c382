"""The state of an alarm from its data points (CloudWatch User Guide, "Configuring how alarms treat missing data")."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass

OK, ALARM, INSUFFICIENT_DATA = "OK", "ALARM", "INSUFFICIENT_DATA"
COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanOrEqualToThreshold": operator.le,
    "LessThanThreshold": operator.lt,
}
# For 3 periods the guide shows 5 points looked at: late points count as if they had come in time.
EXTRA_PERIODS = 2


@dataclass(frozen=True)
class Point:
    at: float
    value: float


@dataclass(frozen=True)
class Rule:
    comparison: str
    threshold: float
    periods: int
    to_alarm: int
    missing: str = "missing"

    def breached_by(self, value: float) -> bool:
        return COMPARISONS[self.comparison](value, self.threshold)


@dataclass(frozen=True)
class Verdict:
    state: str | None
    """None keeps the state that is."""
    points: tuple[Point, ...]
    """The newest of those that there are, which decided."""
    unknown: int


def evaluate(rule: Rule, points: Sequence[Point]) -> Verdict:
    """`points` are those of the periods and of EXTRA_PERIODS before them; there may be holes."""
    known = tuple(sorted(points, key=lambda point: point.at)[-rule.periods :])
    unknown = rule.periods - len(known)
    breaching = sum(rule.breached_by(point.value) for point in known)
    if unknown == 0:
        return Verdict(ALARM if breaching >= rule.to_alarm else OK, known, 0)
    if rule.missing == "breaching":
        return Verdict(ALARM if breaching + unknown >= rule.to_alarm else OK, known, unknown)
    if breaching >= rule.to_alarm:
        return Verdict(ALARM, known, unknown)
    if rule.missing == "notBreaching":
        return Verdict(OK, known, unknown)
    if not known:
        return Verdict(None if rule.missing == "ignore" else INSUFFICIENT_DATA, known, unknown)
    if breaching < len(known):
        return Verdict(OK, known, unknown)
    # Too few, but all that there are.
    return Verdict(None if rule.missing == "ignore" else ALARM, known, unknown)
