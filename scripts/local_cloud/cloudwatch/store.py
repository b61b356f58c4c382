"""The metrics of one region: statistic sets by second."""

from __future__ import annotations

import threading
from collections.abc import Iterable

from moto.cloudwatch.models import CloudWatchBackend

from .metric import Key, StatisticSet

# Enough for 15 days of one-minute data, which is how long CloudWatch keeps them (CloudWatch User Guide, "Metrics
# retention").
KEPT = 15 * 24 * 60

Point = tuple[float, StatisticSet]


class Store:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._series: dict[Key, dict[int, StatisticSet]] = {}

    def at(self, key: Key, moment: float, change: StatisticSet) -> None:
        with self._lock:
            series = self._series.setdefault(key, {})
            series.setdefault(int(moment), StatisticSet()).merge(change)
            while len(series) > KEPT:
                del series[next(iter(series))]

    def put(self, key: Key, moment: float, value: float, unit: str) -> None:
        change = StatisticSet(unit=unit)
        change.add(value)
        self.at(key, moment, change)

    def keys(self) -> list[Key]:
        with self._lock:
            return list(self._series)

    def periods(self, key: Key, start: float, end: float, length: float, unit: str | None = None) -> list[Point]:
        """The periods from start to end that have data, by their beginnings."""
        found: dict[int, StatisticSet] = {}
        with self._lock:
            for moment, statistics in self._series.get(key, {}).items():
                if start <= moment < end and unit in (None, statistics.unit):
                    found.setdefault(int((moment - start) // length), StatisticSet()).merge(statistics)
        return [(start + number * length, found[number]) for number in sorted(found)]


def of(backend: CloudWatchBackend) -> Store:
    store = backend.__dict__.get("ail_store")
    if store is None:
        store = backend.__dict__.setdefault("ail_store", Store())
    return store


def matching(
    keys: Iterable[Key], namespace: str | None, name: str | None, dimensions: list[dict[str, str]]
) -> list[Key]:
    """A dimension without a value matches any value (CloudWatch API Reference, ListMetrics)."""

    def has(key: Key, wanted: dict[str, str]) -> bool:
        return any(wanted["Name"] == found and wanted.get("Value") in (None, value) for found, value in key.dimensions)

    return [
        key
        for key in keys
        if namespace in (None, key.namespace)
        and name in (None, key.name)
        and all(has(key, wanted) for wanted in dimensions)
    ]
