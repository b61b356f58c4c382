"""Groups: what is checked when one is made, changed or deleted. What follows from it is the engine's work."""

from __future__ import annotations

import re
import time
from collections import OrderedDict
from typing import Any

from moto.autoscaling.models import AutoScalingBackend, FakeAutoScalingGroup
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import utcnow
from moto.ec2.exceptions import EC2ClientError

from . import activities, engine, hooks, launching, policies, state
from .errors import error, invalid, no_such_group

_create, _delete = AutoScalingBackend.create_auto_scaling_group, AutoScalingBackend.delete_auto_scaling_group
_set_launch = FakeAutoScalingGroup._set_launch_configuration
_describe = AutoScalingResponse.describe_auto_scaling_groups
_create_response = AutoScalingResponse.create_auto_scaling_group

_init = AutoScalingBackend.__init__

_NAME = re.compile("[^:\x00-\x1f]{1,255}")


class Groups(OrderedDict[str, FakeAutoScalingGroup]):
    """Wherever moto looks up a group that is not there, the service's own error comes of it."""

    def __missing__(self, name: str) -> FakeAutoScalingGroup:
        raise no_such_group(name)


def init(self: AutoScalingBackend, *arguments: Any, **options: Any) -> None:
    _init(self, *arguments, **options)
    self.autoscaling_groups = Groups()


def install() -> None:
    AutoScalingBackend.__init__ = init
    FakeAutoScalingGroup.set_desired_capacity = set_desired_capacity
    FakeAutoScalingGroup.update = update
    FakeAutoScalingGroup._set_launch_configuration = set_launch_configuration
    AutoScalingBackend.create_auto_scaling_group = create_auto_scaling_group
    AutoScalingBackend.delete_auto_scaling_group = delete_auto_scaling_group
    # The health check notices it.
    AutoScalingBackend.notify_terminate_instances = lambda self, instance_ids: None
    AutoScalingResponse.create_auto_scaling_group = answer_create
    AutoScalingResponse.update_auto_scaling_group = answer_update
    AutoScalingResponse.set_desired_capacity = answer_set_desired_capacity
    AutoScalingResponse.delete_auto_scaling_group = answer_delete
    AutoScalingResponse.describe_auto_scaling_groups = answer_describe


def bounds(smallest: int, largest: int, desired: int) -> None:
    if smallest > largest:
        raise invalid(f"Max bound, {largest}, must be greater than or equal to min bound, {smallest}")
    if not smallest <= desired <= largest:
        raise invalid(
            f"Desired capacity:{desired} must be between the specified min size:{smallest} and max size:{largest}"
        )


def set_launch_configuration(
    self: FakeAutoScalingGroup, name: str | None, template: dict[str, Any] | None, mixed_instances_policy: Any
) -> None:
    """A group has one of them: a new one takes the other's place."""
    if name and name not in self.autoscaling_backend.launch_configurations:
        raise invalid(
            f"Launch configuration name not found - A launch configuration with the name: {name} does not exist"
        )
    try:
        _set_launch(self, name, template, mixed_instances_policy)
        if template or mixed_instances_policy:
            launching.check(self)
    except ServiceException as refusal:
        # From EC2 or IAM.
        raise invalid(
            f"You must use a valid fully-formed launch template. {getattr(refusal, 'message', refusal)}"
        ) from refusal
    if name:
        self.ec2_launch_template = None
    elif template or mixed_instances_policy:
        self.launch_config, self.launch_configuration_name = None, None


def create_auto_scaling_group(self: AutoScalingBackend, name: str, **options: Any) -> FakeAutoScalingGroup:
    """Also CloudFormation makes its groups by this."""
    with state.lock:
        if not _NAME.fullmatch(name or ""):
            raise invalid("Group name is not valid: it has 1 to 255 characters and no colon.")
        if name in self.autoscaling_groups:
            raise error(
                "AlreadyExists",
                f"AutoScalingGroup by this name already exists - A group with the name {name} already exists",
            )
        smallest, largest = int(options["min_size"]), int(options["max_size"])
        asked = options.get("desired_capacity")
        desired = smallest if asked is None else int(asked)
        bounds(smallest, largest, desired)
        try:
            group = _create(self, name=name, **{**options, "desired_capacity": desired})
        except EC2ClientError as refusal:
            raise invalid(getattr(refusal, "message", str(refusal))) from refusal
        # moto gives a new group 300 s; the API's own default is 0 (Auto Scaling API Reference, CreateAutoScalingGroup).
        group.health_check_grace_period = int(options.get("health_check_period") or 0)
        group.created_time = utcnow().isoformat()
        if desired:
            engine.why(group, "a user request created an AutoScalingGroup", 0, desired)
        return group


def answer_create(self: AutoScalingResponse) -> ActionResult:
    parameters = self._get_params()
    answer = _create_response(self)
    group = self.autoscaling_backend.autoscaling_groups[parameters["AutoScalingGroupName"]]
    _settings(group, parameters)
    if specifications := parameters.get("LifecycleHookSpecificationList"):
        for specification in specifications:
            self.params = {**specification, "AutoScalingGroupName": group.name}
            hooks.put_lifecycle_hook(self)
    return answer


def _settings(group: FakeAutoScalingGroup, parameters: dict[str, Any]) -> None:
    """What moto's calls do not take, or take only at creation."""
    for parameter, attribute in (
        ("DefaultCooldown", "default_cooldown"),
        ("TerminationPolicies", "termination_policies"),
        ("PlacementGroup", "placement_group"),
        ("CapacityRebalance", "capacity_rebalance"),
        ("DefaultInstanceWarmup", "default_instance_warmup"),
        ("MaxInstanceLifetime", "max_instance_lifetime"),
        ("ServiceLinkedRoleARN", "service_linked_role_arn"),
        ("HealthCheckGracePeriod", "health_check_grace_period"),
        ("HealthCheckType", "health_check_type"),
        ("NewInstancesProtectedFromScaleIn", "new_instances_protected_from_scale_in"),
    ):
        if parameters.get(parameter) is not None:
            setattr(group, attribute, parameters[parameter])


def set_desired_capacity(self: FakeAutoScalingGroup, new_capacity: int | None) -> None:
    """Only the wish: the engine makes it so."""
    self.desired_capacity = self.min_size if new_capacity is None else new_capacity
    engine.wake()


def update(self: FakeAutoScalingGroup, **options: Any) -> None:
    before = self.desired_capacity or 0
    smallest = self.min_size if options.get("min_size") is None else int(options["min_size"])
    largest = self.max_size if options.get("max_size") is None else int(options["max_size"])
    asked = options.get("desired_capacity")
    # Bounds that exclude the desired capacity move it, unless it is given too.
    desired = min(max(before, smallest), largest) if asked is None else int(asked)
    bounds(smallest, largest, desired)
    try:
        self._set_azs_and_vpcs(options.get("availability_zones") or [], options.get("vpc_zone_identifier"), update=True)
    except EC2ClientError as refusal:
        raise invalid(getattr(refusal, "message", str(refusal))) from refusal
    self._set_launch_configuration(
        options.get("launch_config_name"), options.get("launch_template"), options.get("mixed_instances_policy")
    )
    self.mixed_instances_policy = options.get("mixed_instances_policy") or (
        None if options.get("launch_template") or options.get("launch_config_name") else self.mixed_instances_policy
    )
    self.min_size, self.max_size = smallest, largest
    if desired != before:
        constraints = f"min: {smallest}, max: {largest}, desired: {desired}"
        engine.why(self, f"a user request update of AutoScalingGroup constraints to {constraints}", before, desired)


def answer_update(self: AutoScalingResponse) -> ActionResult:
    parameters = self._get_params()
    group = state.group_named(self.autoscaling_backend, parameters["AutoScalingGroupName"])
    if state.of(group).deleting:
        raise error("ScalingActivityInProgress", f"AutoScalingGroup '{group.name}' is being deleted")
    given = [
        name for name in ("LaunchConfigurationName", "LaunchTemplate", "MixedInstancesPolicy") if name in parameters
    ]
    if len(given) > 1:
        raise invalid(
            "Valid requests must contain either LaunchTemplate, LaunchConfigurationName or MixedInstancesPolicy"
            " parameter."
        )
    group.update(
        availability_zones=parameters.get("AvailabilityZones"),
        vpc_zone_identifier=parameters.get("VPCZoneIdentifier"),
        min_size=parameters.get("MinSize"),
        max_size=parameters.get("MaxSize"),
        desired_capacity=parameters.get("DesiredCapacity"),
        launch_config_name=parameters.get("LaunchConfigurationName"),
        launch_template=parameters.get("LaunchTemplate"),
        mixed_instances_policy=parameters.get("MixedInstancesPolicy"),
    )
    _settings(group, parameters)
    return EmptyResult()


def answer_set_desired_capacity(self: AutoScalingResponse) -> ActionResult:
    parameters = self._get_params()
    group = state.group_named(self.autoscaling_backend, parameters["AutoScalingGroupName"])
    asked = int(parameters["DesiredCapacity"])
    for beyond, side, bound in ((asked > group.max_size, "above max", group.max_size),
                                (asked < group.min_size, "below min", group.min_size)):  # fmt: skip
        if beyond:
            raise invalid(f"New SetDesiredCapacity value {asked} is {side} value {bound} for the AutoScalingGroup.")
    if parameters.get("HonorCooldown") and time.time() < state.of(group).cooldown_until:
        raise error("ScalingActivityInProgress", "The group is in a cooldown, which the request asks to honor.")
    if asked != group.desired_capacity:
        reason = "a user request explicitly set group desired capacity"
        engine.why(group, reason, group.desired_capacity or 0, asked)
    return EmptyResult()


def answer_delete(self: AutoScalingResponse) -> ActionResult:
    parameters = self._get_params()
    self.autoscaling_backend.delete_auto_scaling_group(
        parameters["AutoScalingGroupName"], force=bool(parameters.get("ForceDelete"))
    )
    return EmptyResult()


def delete_auto_scaling_group(self: AutoScalingBackend, group_name: str, force: bool = True) -> None:
    """CloudFormation, which does not say, means what it deletes."""
    with state.lock:
        group = state.group_named(self, group_name)
        if not force and group.instance_states:
            if activities.under_way(group):
                raise error(
                    "ScalingActivityInProgress",
                    "You cannot delete an AutoScalingGroup while there are scaling activities in progress for that"
                    " group.",
                )
            raise error(
                "ResourceInUse",
                "You cannot delete an AutoScalingGroup while there are instances or pending Spot instance request(s)"
                " still in the group.",
            )
        _forget(self, group)
        known = state.of(group)
        known.deleting, group.status = True, "Delete in progress"
        known.why = f"At {state.stamp()} a user request force deleted the AutoScalingGroup."
        group.desired_capacity = group.min_size = group.max_size = 0
        for member in list(group.instance_states):
            # Force deletes the outstanding lifecycle actions too (Auto Scaling API Reference, DeleteAutoScalingGroup).
            ending = member.lifecycle_state in (state.TERMINATING, state.TERMINATING_PROCEED)
            if not ending:
                engine.terminate(group, member, known.why, with_hooks=False)
        if not group.instance_states:
            engine.step(group)
        engine.wake()


def _forget(backend: AutoScalingBackend, group: FakeAutoScalingGroup) -> None:
    """Policies with their alarms, hooks and scheduled actions go with their group."""
    for policy in backend.describe_policies(group.name):
        policies.remove(policy)
    for name, hook in list(backend.lifecycle_hooks.items()):
        if hook.auto_scaling_group_name == group.name:
            del backend.lifecycle_hooks[name]
    for name, action in list(backend.scheduled_actions.items()):
        if action.auto_scaling_group_name == group.name:
            del backend.scheduled_actions[name]


def answer_describe(self: AutoScalingResponse) -> ActionResult:
    largest = self._get_int_param("MaxRecords", 50)
    if not 1 <= largest <= 100:
        raise invalid(f"MaxRecords {largest} is out of range: it must be between 1 and 100.")
    token = self._get_param("NextToken")
    if token and token not in self.autoscaling_backend.autoscaling_groups:
        raise error("InvalidNextToken", "The specified token is invalid.")
    return _describe(self)
