"""Periods as they are asked for, and as long as they last in this cloud."""

from __future__ import annotations

import math
from datetime import UTC, datetime

from .. import minutes


def length(period: float) -> float:
    """Real seconds; data are kept by the second."""
    return max(1.0, minutes.scaled(period))


def beginnings(start: float, end: float, real: float) -> list[float]:
    """Of all periods from start to end, which begin at multiples of their length."""
    first = math.floor(start / real)
    return [number * real for number in range(first, math.ceil(end / real))]


def moment(naive: datetime) -> float:
    """Seconds of a time that moto reckons in UTC without saying so."""
    return naive.replace(tzinfo=naive.tzinfo or UTC).timestamp()


def time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)
