"""Target tracking makes and owns two alarms: one above the target, one well below it."""

from __future__ import annotations

import uuid
from typing import Any

from moto.autoscaling.models import FakeScalingPolicy
from moto.cloudwatch.models import Alarm, CloudWatchBackend, cloudwatch_backends

from .errors import invalid

# As the service makes them: 3 minutes above the target, 15 minutes below nine tenths of it (Auto Scaling User Guide,
# "Target tracking scaling policies").
HIGH_PERIODS, LOW_PERIODS, LOW_SHARE = 3, 15, 0.9
PERIOD = 60
PREDEFINED = {
    "ASGAverageCPUUtilization": "CPUUtilization",
    "ASGAverageNetworkIn": "NetworkIn",
    "ASGAverageNetworkOut": "NetworkOut",
}


def check(parameters: dict[str, Any]) -> None:
    wish = parameters.get("TargetTrackingConfiguration")
    if not wish or "TargetValue" not in wish:
        raise invalid("TargetTrackingConfiguration must be specified for policies of type TargetTrackingScaling.")
    if ("PredefinedMetricSpecification" in wish) == ("CustomizedMetricSpecification" in wish):
        raise invalid("Exactly one of PredefinedMetricSpecification and CustomizedMetricSpecification is required.")
    if "PredefinedMetricSpecification" in wish:
        kind = wish["PredefinedMetricSpecification"].get("PredefinedMetricType")
        if kind not in PREDEFINED:
            raise invalid(f"The predefined metric type {kind} is not available here: {', '.join(PREDEFINED)} are.")
    else:
        metrics = wish["CustomizedMetricSpecification"].get("Metrics")
        if metrics and sum(each.get("ReturnData", True) for each in metrics) != 1:
            raise invalid("Exactly one element of the metrics list must return data.")


def _backend(policy: FakeScalingPolicy) -> CloudWatchBackend:
    scaling = policy.autoscaling_backend
    return cloudwatch_backends[scaling.account_id][scaling.region_name]


def make_alarms(policy: FakeScalingPolicy) -> list[Alarm]:
    wish = policy.target_tracking_configuration
    target = float(wish.TargetValue)
    made = [_make(policy, "AlarmHigh", target, "GreaterThanThreshold", HIGH_PERIODS)]
    if not getattr(wish, "DisableScaleIn", False):
        made.append(_make(policy, "AlarmLow", target * LOW_SHARE, "LessThanThreshold", LOW_PERIODS))
    policy.__dict__["ail_alarms"] = [alarm.name for alarm in made]
    return made


def remove_alarms(policy: FakeScalingPolicy) -> None:
    _backend(policy).delete_alarms(policy.__dict__.pop("ail_alarms", []))


def _make(policy: FakeScalingPolicy, which: str, threshold: float, comparison: str, evaluated: int) -> Alarm:
    name = f"TargetTracking-{policy.auto_scaling_group_name}-{which}-{uuid.uuid4()}"
    metric, queries = _metric(policy)
    alarm = _backend(policy).put_metric_alarm(
        name=name,
        **metric,
        comparison_operator=comparison,
        evaluation_periods=evaluated,
        threshold=threshold,
        description=f"DO NOT EDIT OR DELETE. For TargetTrackingScaling policy {policy.arn}.",
        alarm_actions=[policy.arn],
    )
    alarm.metric_data_queries = queries
    return alarm


def _metric(policy: FakeScalingPolicy) -> tuple[dict[str, Any], list[dict[str, Any]] | None]:
    """One metric, or a list of queries."""
    wish = policy.target_tracking_configuration
    if predefined := getattr(wish, "PredefinedMetricSpecification", None):
        return {
            "namespace": "AWS/EC2",
            "metric_name": PREDEFINED[predefined["PredefinedMetricType"]],
            "dimensions": [{"Name": "AutoScalingGroupName", "Value": policy.auto_scaling_group_name}],
            "statistic": "Average",
            "period": PERIOD,
        }, None
    custom = wish.CustomizedMetricSpecification
    if custom.get("Metrics"):
        none: dict[str, Any] = dict.fromkeys(("namespace", "metric_name", "statistic", "period"))
        return {**none, "dimensions": []}, [_with_period(each) for each in custom["Metrics"]]
    return {
        "namespace": custom["Namespace"],
        "metric_name": custom["MetricName"],
        "dimensions": custom.get("Dimensions") or [],
        "statistic": custom["Statistic"],
        "unit": custom.get("Unit"),
        "period": custom.get("Period") or PERIOD,
    }, None


def _with_period(query: dict[str, Any]) -> dict[str, Any]:
    if "MetricStat" not in query:
        return query
    return {**query, "MetricStat": {"Period": PERIOD, **query["MetricStat"]}}
