"""How far a policy moves a group."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

CHANGE, PERCENT, EXACT = "ChangeInCapacity", "PercentChangeInCapacity", "ExactCapacity"
KINDS = (CHANGE, PERCENT, EXACT)


def adjusted(kind: str, current: int, by: int, least: int | None = None) -> int:
    """The capacity that a policy wants (Auto Scaling User Guide, "Scaling adjustment types")."""
    if kind == EXACT:
        return by
    if kind == CHANGE:
        return current + by
    change = current * by / 100
    # Between 0 and 1 up to 1, beyond down to the whole number; and so below zero.
    rounded = math.copysign(max(1, math.floor(abs(change))), change) if change else 0
    if least:
        rounded = math.copysign(max(abs(rounded), least), by)
    return current + int(rounded)


def step(steps: Sequence[Mapping[str, Any]], difference: float) -> int | None:
    """The adjustment of the step in which the difference between metric and threshold lies. Above the threshold the
    lower bound belongs to the step, below it the upper one (Auto Scaling User Guide, "Step adjustments")."""
    for each in steps:
        lower, upper = (each.get(name) for name in ("MetricIntervalLowerBound", "MetricIntervalUpperBound"))
        low, high = -math.inf if lower is None else float(lower), math.inf if upper is None else float(upper)
        if (low <= difference < high) if difference >= 0 else (low < difference <= high):
            return int(each["ScalingAdjustment"])
    return None


def tracking(current: int, value: float, target: float) -> int:
    """The capacity with which a metric that is shared among the instances would be at its target."""
    return math.ceil(current * value / target)
