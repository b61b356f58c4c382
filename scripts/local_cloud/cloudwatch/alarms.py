"""Alarms: made without data, described in pages, set by hand, evaluated each minute."""

from __future__ import annotations

import json
import threading
from typing import Any

from moto.cloudwatch.exceptions import InvalidParameterCombination, ValidationError
from moto.cloudwatch.models import Alarm, CloudWatchBackend, cloudwatch_backends
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import utcnow

from . import actions, clock, evaluation, history, paging, periods, queries, reason, store
from .evaluation import COMPARISONS, INSUFFICIENT_DATA, Point, Rule
from .metric import Key

_put, _delete = CloudWatchBackend.put_metric_alarm, CloudWatchBackend.delete_alarms
_put_response = CloudWatchResponse.put_metric_alarm

# CloudWatch API Reference, PutMetricAlarm, Period; those of 60 are beside them.
SHORT_PERIODS = (10, 20, 30)

_lock = threading.RLock()
"""Guards alarms and their states; never held while an action runs."""


def install() -> None:
    CloudWatchBackend.put_metric_alarm = put_metric_alarm
    CloudWatchBackend.delete_alarms = delete_alarms
    CloudWatchResponse.put_metric_alarm = answer_put_metric_alarm
    CloudWatchResponse.describe_alarms = describe_alarms
    CloudWatchResponse.describe_alarms_for_metric = describe_alarms_for_metric
    CloudWatchResponse.set_alarm_state = set_alarm_state
    clock.evaluators.append(evaluate_all)


def answer_put_metric_alarm(self: CloudWatchResponse) -> ActionResult:
    parameters = self._get_params()
    if "AlarmRule" in parameters:
        return _put_response(self)
    comparison = parameters.get("ComparisonOperator")
    if comparison not in COMPARISONS:
        raise ValidationError(
            f"1 validation error detected: Value '{comparison}' at 'comparisonOperator' failed to satisfy constraint:"
            f" Member must satisfy enum value set: [{', '.join(COMPARISONS)}]"
        )
    if parameters.get("Metrics"):
        taken = [name for name in ("MetricName", "Namespace", "Statistic", "Period") if name in parameters]
        if taken:
            raise InvalidParameterCombination(f"Metrics list and {taken[0]} cannot be specified together.")
    elif not ("Statistic" in parameters or "ExtendedStatistic" in parameters):
        raise ValidationError("Exactly one of the elements in Statistic or ExtendedStatistic must be specified.")
    period = parameters.get("Period")
    if period is not None and period not in SHORT_PERIODS and (period <= 0 or period % 60):
        raise ValidationError("Period must be 10, 20, 30 or a multiple of 60")
    if parameters.get("DatapointsToAlarm", 1) > parameters["EvaluationPeriods"]:
        raise ValidationError("DatapointsToAlarm must be less than or equal to EvaluationPeriods.")
    with _lock:
        answer = _put_response(self)
        # As they were given: moto's own forget some members.
        self.cloudwatch_backend.alarms[parameters["AlarmName"]].metric_data_queries = parameters.get("Metrics")
    return answer


def put_metric_alarm(self: CloudWatchBackend, name: str, **options: Any) -> Alarm:
    with _lock:
        before = self.alarms.get(name)
        if before is not None:
            # CloudWatch API Reference, PutMetricAlarm: tags given in an update are ignored, the state stays.
            options.pop("tags", None)
        alarm = _put(self, name=name, **options)
        if before is None:
            alarm.state_value, alarm.state_reason_data = INSUFFICIENT_DATA, None
            alarm.state_transitioned_timestamp = alarm.state_updated_timestamp
        else:
            for member in (
                "state_value",
                "state_reason",
                "state_reason_data",
                "state_updated_timestamp",
                "state_transitioned_timestamp",
            ):
                setattr(alarm, member, getattr(before, member))
        history.configured(self, name, "created" if before is None else "updated", alarm)
        return alarm


def delete_alarms(self: CloudWatchBackend, alarm_names: list[str]) -> None:
    with _lock:
        for name in alarm_names:
            if alarm := self.alarms.get(name):
                history.configured(self, name, "deleted")
                self.tagger.delete_all_tags_for_resource(alarm.alarm_arn)
        _delete(self, alarm_names)


def describe_alarms(self: CloudWatchResponse) -> ActionResult:
    """All conditions hold together; composite alarms come only when they are asked for."""
    parameters = self._get_params()
    names, prefix = parameters.get("AlarmNames"), parameters.get("AlarmNamePrefix") or ""
    kinds = parameters.get("AlarmTypes") or ["MetricAlarm"]
    if names and prefix:
        raise InvalidParameterCombination("AlarmNames and AlarmNamePrefix cannot be specified together.")
    found = [
        alarm
        for name, alarm in sorted(self.cloudwatch_backend.alarms.items())
        if (not names or name in names)
        and name.startswith(prefix)
        and parameters.get("StateValue") in (None, alarm.state_value)
        and ("MetricAlarm" if alarm.rule is None else "CompositeAlarm") in kinds
        and (not parameters.get("ActionPrefix") or _acts_on(alarm, parameters["ActionPrefix"]))
    ]
    page, token = paging.page(found, parameters)
    return ActionResult(
        {
            "MetricAlarms": [alarm for alarm in page if alarm.rule is None],
            "CompositeAlarms": [alarm for alarm in page if alarm.rule is not None],
            "NextToken": token,
        }
    )


def describe_alarms_for_metric(self: CloudWatchResponse) -> ActionResult:
    """Of the very metric: one with other dimensions is another one."""
    parameters = self._get_params()
    wanted = Key.of(parameters["Namespace"], parameters["MetricName"], parameters.get("Dimensions") or [])
    statistic = parameters.get("Statistic") or parameters.get("ExtendedStatistic")
    found = [
        alarm
        for _, alarm in sorted(self.cloudwatch_backend.alarms.items())
        if alarm.rule is None
        and not alarm.metric_data_queries
        and _key(alarm) == wanted
        and statistic in (None, alarm.statistic, alarm.extended_statistic)
        and parameters.get("Period") in (None, alarm.period)
    ]
    return ActionResult({"MetricAlarms": found})


def _key(alarm: Alarm) -> Key:
    dimensions = [{"Name": each.name, "Value": each.value} for each in alarm.dimensions]
    return Key.of(alarm.namespace, alarm.metric_name, dimensions)


def _acts_on(alarm: Alarm, prefix: str) -> bool:
    every = [*alarm.alarm_actions, *alarm.ok_actions, *alarm.insufficient_data_actions]
    return any(arn.startswith(prefix) for arn in every)


def set_alarm_state(self: CloudWatchResponse) -> ActionResult:
    parameters, backend = self._get_params(), self.cloudwatch_backend
    alarm = backend.alarms.get(parameters["AlarmName"])
    before = (alarm.state_value, alarm.state_reason) if alarm else None
    with _lock:
        # Which refuses what does not exist.
        backend.set_alarm_state(
            parameters["AlarmName"],
            parameters["StateReason"],
            parameters.get("StateReasonData"),
            parameters["StateValue"],
        )
        if alarm is not None:
            alarm.ail_value = _value_given(parameters.get("StateReasonData"))
    if alarm is not None and before is not None and alarm.state_value != before[0]:
        _changed(backend, alarm, *before)
    return EmptyResult()


def _value_given(reason_data: str | None) -> float | None:
    """A step policy executed by hand finds the metric's value where an evaluation leaves it."""
    found = json.loads(reason_data or "{}")
    recent = found.get("recentDatapoints") if isinstance(found, dict) else None
    return float(recent[-1]) if recent else None


def evaluate_all(minute: float) -> None:
    for regions in list(cloudwatch_backends.values()):
        for backend in list(regions.values()):
            for alarm in list(backend.alarms.values()):
                if alarm.rule is None:
                    _evaluate(backend, alarm, minute)


def _evaluate(backend: CloudWatchBackend, alarm: Alarm, end: float) -> None:
    rule = Rule(
        alarm.comparison_operator,
        float(alarm.threshold),
        int(alarm.evaluation_periods),
        int(alarm.datapoints_to_alarm or alarm.evaluation_periods),
        alarm.treat_missing_data or "missing",
    )
    with _lock:
        if backend.alarms.get(alarm.name) is not alarm:
            return
        period = _period(alarm)
        verdict = evaluation.evaluate(rule, _points(backend, alarm, rule, end, period))
        alarm.ail_value = verdict.points[-1].value if verdict.points else None
        old, old_reason = alarm.state_value, alarm.state_reason
        transition = verdict.state not in (None, old)
        if transition:
            data = reason.data(rule, verdict, end, alarm.statistic, period, alarm.unit)
            alarm.update_state(reason.text(rule, verdict, old), data, verdict.state)
    if transition:
        _changed(backend, alarm, old, old_reason)
    else:
        actions.run(backend, alarm, transition=False)


def _changed(backend: CloudWatchBackend, alarm: Alarm, old: str, old_reason: str) -> None:
    alarm.state_transitioned_timestamp = utcnow()
    history.changed_state(backend, alarm, old, old_reason)
    actions.run(backend, alarm, transition=True)


def _period(alarm: Alarm) -> int:
    return queries.period_of(alarm.metric_data_queries) if alarm.metric_data_queries else int(alarm.period)


def _points(backend: CloudWatchBackend, alarm: Alarm, rule: Rule, end: float, period: int) -> list[Point]:
    length = periods.length(period)
    start = end - length * (rule.periods + evaluation.EXTRA_PERIODS)
    kept = store.of(backend)
    if alarm.metric_data_queries:
        results = queries.run(kept, alarm.metric_data_queries, start, end)
        watched = next(result for result in results if result.returned)
        return [Point(at, value) for at, value in watched.series.items()]
    statistic = alarm.statistic or alarm.extended_statistic
    found = kept.periods(_key(alarm), start, end, length, alarm.unit)
    values = ((at, statistics.statistic(statistic)) for at, statistics in found)
    return [Point(at, value) for at, value in values if value is not None]
