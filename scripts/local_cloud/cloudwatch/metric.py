"""A metric's identity, and what CloudWatch keeps of the values that fall into the same second."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Key:
    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, namespace: str, name: str, dimensions: Iterable[Mapping[str, str]] = ()) -> Key:
        return cls(namespace, name, tuple(sorted((each["Name"], each["Value"]) for each in dimensions)))

    def described(self) -> dict[str, object]:
        return {
            "Namespace": self.namespace,
            "MetricName": self.name,
            "Dimensions": [{"Name": name, "Value": value} for name, value in self.dimensions],
        }


@dataclass
class StatisticSet:
    count: float = 0.0
    total: float = 0.0
    smallest: float = math.inf
    largest: float = -math.inf
    unit: str = "None"
    values: Counter[float] = field(default_factory=Counter)
    """For percentiles; a value that was given as a statistic set is not among them."""

    def add(self, value: float, times: float = 1) -> None:
        self.add_set(times, value * times, value, value)
        self.values[value] += int(times)

    def add_set(self, count: float, total: float, smallest: float, largest: float) -> None:
        self.count += count
        self.total += total
        self.smallest = min(self.smallest, smallest)
        self.largest = max(self.largest, largest)

    def merge(self, other: StatisticSet) -> None:
        self.add_set(other.count, other.total, other.smallest, other.largest)
        self.values.update(other.values)
        self.unit = other.unit

    def statistic(self, name: str) -> float | None:
        """None where there is no such value."""
        if self.count == 0:
            return None
        match name:
            case "SampleCount":
                return self.count
            case "Sum":
                return self.total
            case "Minimum":
                return self.smallest
            case "Maximum":
                return self.largest
            case "Average":
                return self.total / self.count
        if name.startswith("p"):
            return self._percentile(float(name[1:]))
        return None

    def _percentile(self, percent: float) -> float | None:
        """The nearest rank."""
        rank = math.ceil(percent / 100 * self.values.total())
        for value in sorted(self.values):
            rank -= self.values[value]
            if rank <= 0:
                return value
        return None
