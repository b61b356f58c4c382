"""MetricDataQueries, of GetMetricData, of alarms and of target tracking alike: each id with its series."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from moto.cloudwatch.exceptions import ValidationError

from . import expression, periods
from .expression import Series
from .metric import Key
from .store import Store

DEFAULT_PERIOD = 60


@dataclass
class Result:
    id: str
    label: str
    series: Series
    returned: bool


def period_of(queries: Sequence[Mapping[str, Any]]) -> int:
    """An expression has the period of the metrics it uses (CloudWatch API Reference, MetricDataQuery)."""
    stated = [query["MetricStat"]["Period"] for query in queries if "MetricStat" in query]
    stated += [query["Period"] for query in queries if query.get("Period")]
    return int(max(stated, default=DEFAULT_PERIOD))


def run(store: Store, queries: Sequence[Mapping[str, Any]], start: float, end: float) -> list[Result]:
    """`start` begins the first period of each query; the caller has aligned it."""
    found: dict[str, Series] = {}
    for query in queries:
        if "MetricStat" in query:
            found[query["Id"]] = _metric(store, query["MetricStat"], start, end)
    period = period_of(queries)
    real = periods.length(period)
    count = max(0, round((end - start) / real))
    all_periods = [start + number * real for number in range(count)]
    waiting = [query for query in queries if "MetricStat" not in query]
    # An expression may use another one, whatever their order.
    while waiting:
        left = []
        for query in waiting:
            try:
                found[query["Id"]] = expression.evaluate(query.get("Expression") or "", found, all_periods, period)
            except expression.ExpressionError as error:
                failure = error
                left.append(query)
        if len(left) == len(waiting):
            raise ValidationError(f"Error in expression '{left[0]['Id']}': {failure}")
        waiting = left
    return [
        Result(query["Id"], query.get("Label") or _label(query), found[query["Id"]], query.get("ReturnData", True))
        for query in queries
    ]


def _label(query: Mapping[str, Any]) -> str:
    return query["MetricStat"]["Metric"]["MetricName"] if "MetricStat" in query else query["Id"]


def _metric(store: Store, asked: Mapping[str, Any], start: float, end: float) -> Series:
    metric = asked["Metric"]
    key = Key.of(metric["Namespace"], metric["MetricName"], metric.get("Dimensions") or [])
    points = store.periods(key, start, end, periods.length(asked["Period"]), asked.get("Unit"))
    values = ((at, statistics.statistic(asked["Stat"])) for at, statistics in points)
    return {at: value for at, value in values if value is not None}
