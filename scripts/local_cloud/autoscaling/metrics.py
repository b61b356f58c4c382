"""The metrics of a group, once they are switched on: AWS/AutoScaling, by AutoScalingGroupName."""

from __future__ import annotations

from collections import Counter

from moto.autoscaling.models import FakeAutoScalingGroup
from moto.autoscaling.responses import AutoScalingResponse
from moto.cloudwatch.models import cloudwatch_backends
from moto.core.responses import ActionResult, EmptyResult

from ..cloudwatch import clock, store
from ..cloudwatch.metric import Key
from . import state
from .errors import invalid

NAMESPACE = "AWS/AutoScaling"
METRICS = (
    "GroupMinSize",
    "GroupMaxSize",
    "GroupDesiredCapacity",
    "GroupInServiceInstances",
    "GroupPendingInstances",
    "GroupStandbyInstances",
    "GroupTerminatingInstances",
    "GroupTotalInstances",
)


def install() -> None:
    for operation in (enable_metrics_collection, disable_metrics_collection):
        setattr(AutoScalingResponse, operation.__name__, operation)
    clock.publishers.append(publish)


def publish(minute: float) -> None:
    for group in state.all_groups():
        if group.metrics:
            with state.lock:
                values = _values(group)
            kept = store.of(cloudwatch_backends[group.account_id][group.region])
            for name in group.metrics:
                key = Key(NAMESPACE, name, (("AutoScalingGroupName", group.name),))
                kept.put(key, minute, values.get(name, 0), "None")


def _values(group: FakeAutoScalingGroup) -> dict[str, float]:
    states = Counter(member.lifecycle_state.split(":")[0] for member in group.instance_states)
    return {
        "GroupMinSize": group.min_size or 0,
        "GroupMaxSize": group.max_size or 0,
        "GroupDesiredCapacity": group.desired_capacity or 0,
        "GroupInServiceInstances": states["InService"],
        "GroupPendingInstances": states["Pending"],
        "GroupStandbyInstances": states["Standby"],
        "GroupTerminatingInstances": states["Terminating"],
        "GroupTotalInstances": sum(states.values()),
    }


def enable_metrics_collection(self: AutoScalingResponse) -> ActionResult:
    parameters = self._get_params()
    group = state.group_named(self.autoscaling_backend, parameters["AutoScalingGroupName"])
    if parameters.get("Granularity") != "1Minute":
        raise invalid("Invalid granularity: the only valid one is 1Minute.")
    group.metrics = sorted({*group.metrics, *(parameters.get("Metrics") or METRICS)})
    return EmptyResult()


def disable_metrics_collection(self: AutoScalingResponse) -> ActionResult:
    parameters = self._get_params()
    group = state.group_named(self.autoscaling_backend, parameters["AutoScalingGroupName"])
    gone = parameters.get("Metrics") or METRICS
    group.metrics = [name for name in group.metrics if name not in gone]
    return EmptyResult()
