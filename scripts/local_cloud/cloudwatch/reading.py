"""PutMetricData, GetMetricData, GetMetricStatistics and ListMetrics on our own store."""

from __future__ import annotations

import time
from typing import Any

from moto.cloudwatch.exceptions import InvalidParameterCombination, InvalidParameterValue, ValidationError
from moto.cloudwatch.models import CloudWatchBackend, MetricDatum
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import ActionResult

from . import periods, queries, store
from .metric import Key, StatisticSet

# CloudWatch API Reference, ListMetrics and GetMetricStatistics.
LISTED = 500
MOST_DATAPOINTS = 1440


def install() -> None:
    CloudWatchBackend.put_metric_data = put_metric_data
    CloudWatchResponse.get_metric_data = get_metric_data
    CloudWatchResponse.get_metric_statistics = get_metric_statistics
    CloudWatchResponse.list_metrics = list_metrics


def put_metric_data(self: CloudWatchBackend, namespace: str, metric_data: list[dict[str, Any]]) -> None:
    for number, datum in enumerate(metric_data, 1):
        self._validate_parameters_put_metric_data(datum, number)
    for datum in metric_data:
        change = StatisticSet(unit=datum.get("Unit") or "None")
        if statistics := datum.get("StatisticValues"):
            change.add_set(*(float(statistics[name]) for name in ("SampleCount", "Sum", "Minimum", "Maximum")))
        elif values := datum.get("Values"):
            for value, times in zip(values, datum.get("Counts") or [1] * len(values), strict=True):
                change.add(float(value), float(times))
        else:
            change.add(float(datum.get("Value", 0)))
        moment = periods.moment(datum["Timestamp"]) if datum.get("Timestamp") else time.time()
        key = Key.of(namespace, datum["MetricName"], datum.get("Dimensions") or [])
        store.of(self).at(key, moment, change)


def _with_providers(backend: CloudWatchBackend) -> store.Store:
    """What moto itself measures (the sizes of buckets) is computed when it is asked for."""
    kept = store.of(backend)
    for datum in backend.aws_metric_data:
        if isinstance(datum, MetricDatum):
            dimensions = [{"Name": each.name, "Value": each.value} for each in datum.dimensions]
            key = Key.of(datum.namespace, datum.name, dimensions)
            at = periods.moment(datum.timestamp)
            if not kept.periods(key, int(at), int(at) + 1, 1):
                kept.put(key, at, datum.value, datum.unit or "None")
    return kept


def _range(parameters: dict[str, Any]) -> tuple[float, float]:
    return periods.moment(parameters["StartTime"]), periods.moment(parameters["EndTime"])


def get_metric_data(self: CloudWatchResponse) -> ActionResult:
    parameters = self._get_params()
    asked = parameters.get("MetricDataQueries") or []
    for number, query in enumerate(asked, 1):
        if "MetricStat" not in query and "Expression" not in query:
            # AWS also returns the empty line.
            raise ValidationError(f"The parameter MetricDataQueries.member.{number}.MetricStat is required.\n")
    start, end = _range(parameters)
    if start >= end:
        adjective = "not equal" if start == end else "be less than"
        raise ValidationError(f"The parameter StartTime must {adjective} parameter EndTime.")
    aligned = periods.beginnings(start, end, periods.length(queries.period_of(asked)))
    newest_first = parameters.get("ScanBy", "TimestampDescending") == "TimestampDescending"
    answered = []
    for result in queries.run(_with_providers(self.cloudwatch_backend), asked, aligned[0], end):
        if not result.returned:
            continue
        moments = sorted(result.series, reverse=newest_first)
        answered.append(
            {
                "Id": result.id,
                "Label": result.label,
                "Timestamps": [periods.time(moment) for moment in moments],
                "Values": [result.series[moment] for moment in moments],
                "StatusCode": "Complete",
            }
        )
    return ActionResult({"MetricDataResults": answered, "Messages": []})


def get_metric_statistics(self: CloudWatchResponse) -> ActionResult:
    parameters = self._get_params()
    statistics, extended = parameters.get("Statistics") or [], parameters.get("ExtendedStatistics") or []
    if not statistics and not extended:
        raise InvalidParameterCombination("Must specify either Statistics or ExtendedStatistics")
    start, end = _range(parameters)
    if start >= end:
        raise InvalidParameterValue("The parameter StartTime must be less than the parameter EndTime.")
    period = int(parameters["Period"])
    count = int((end - start) / period)
    if count > MOST_DATAPOINTS:
        raise InvalidParameterCombination(
            f"You have requested up to {count:,} datapoints, which exceeds the limit of {MOST_DATAPOINTS:,}. You may"
            " reduce the datapoints requested by increasing Period, or decreasing the time range."
        )
    real = periods.length(period)
    name = parameters["MetricName"]
    key = Key.of(parameters["Namespace"], name, parameters.get("Dimensions") or [])
    kept = _with_providers(self.cloudwatch_backend)
    datapoints = []
    for at, found in kept.periods(key, periods.beginnings(start, end, real)[0], end, real, parameters.get("Unit")):
        point: dict[str, Any] = {"Timestamp": periods.time(at), "Unit": found.unit}
        point |= {statistic: found.statistic(statistic) for statistic in statistics}
        if extended:
            point["ExtendedStatistics"] = {statistic: found.statistic(statistic) for statistic in extended}
        datapoints.append(point)
    return ActionResult({"Label": name, "Datapoints": datapoints})


def list_metrics(self: CloudWatchResponse) -> ActionResult:
    parameters = self._get_params()
    found = store.matching(
        _with_providers(self.cloudwatch_backend).keys(),
        parameters.get("Namespace"),
        parameters.get("MetricName"),
        parameters.get("Dimensions") or [],
    )
    try:
        start = int(parameters.get("NextToken") or 0)
    except ValueError:
        raise InvalidParameterValue("Request parameter NextToken is invalid") from None
    end = start + LISTED
    return ActionResult(
        {
            "Metrics": [key.described() for key in found[start:end]],
            "NextToken": str(end) if len(found) > end else None,
        }
    )
