"""Instances of groups: described with what they were started from, ended by request, protected, attached, detached."""

from __future__ import annotations

from typing import Any

from moto.autoscaling.models import FakeAutoScalingGroup, InstanceState
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult, EmptyResult

from . import engine, paging, state
from .errors import error, invalid

_detach = AutoScalingResponse.detach_instances


def install() -> None:
    InstanceState.launch_template = property(lambda member: state.life(member).launch_template)
    InstanceState.launch_configuration_name = property(lambda member: state.life(member).launch_configuration)
    InstanceState.image_id = property(lambda member: member.instance.image_id)
    for operation in (
        describe_auto_scaling_instances,
        terminate_instance_in_auto_scaling_group,
        set_instance_protection,
        detach_instances,
    ):
        setattr(AutoScalingResponse, operation.__name__, operation)


def describe_auto_scaling_instances(self: AutoScalingResponse) -> ActionResult:
    parameters = self._get_params()
    # The detail of one instance says HEALTHY where that of a group says Healthy.
    members = self.autoscaling_backend.describe_auto_scaling_instances(parameters.get("InstanceIds") or [])
    page, token = paging.page(members, parameters)
    return ActionResult({"AutoScalingInstances": [_detail(member) for member in page], "NextToken": token})


def _detail(member: InstanceState) -> dict[str, Any]:
    life = state.life(member)
    return {
        "InstanceId": member.instance_id,
        "InstanceType": member.instance_type,
        "AutoScalingGroupName": member.auto_scaling_group_name,
        "AvailabilityZone": member.availability_zone,
        "LifecycleState": member.lifecycle_state,
        "HealthStatus": member.health_status.upper(),
        "LaunchConfigurationName": life.launch_configuration,
        "LaunchTemplate": life.launch_template,
        "ImageId": member.instance.image_id,
        "ProtectedFromScaleIn": bool(member.protected_from_scale_in),
    }


def terminate_instance_in_auto_scaling_group(self: AutoScalingResponse) -> ActionResult:
    parameters = self._get_params()
    found = state.member_of(self.autoscaling_backend, parameters["InstanceId"])
    if found is None:
        raise invalid(f"Instance Id not found - No managed instance found for instance ID: {parameters['InstanceId']}")
    group, member = found
    if member.lifecycle_state not in (*state.COUNTED, "Standby"):
        raise error("ScalingActivityInProgress", f"Instance {member.instance_id} is being terminated already.")
    cause = f"At {state.stamp()} instance {member.instance_id} was taken out of service in response to a user request"
    if parameters.get("ShouldDecrementDesiredCapacity"):
        cause += _decrement(group)
    activity = engine.terminate(group, member, f"{cause}.")
    engine.wake()
    return ActionResult({"Activity": activity.described()})


def _decrement(group: FakeAutoScalingGroup) -> str:
    before = group.desired_capacity or 0
    if before - 1 < (group.min_size or 0):
        raise invalid(
            "Currently, desiredSize equals minSize "
            f"({group.min_size}). Terminating instance without replacement will violate group's min size constraint."
            " Either set shouldDecrementDesiredCapacity flag to false or lower group's min size."
        )
    group.desired_capacity = before - 1
    return f", shrinking the capacity from {before} to {before - 1}"


def set_instance_protection(self: AutoScalingResponse) -> ActionResult:
    parameters = self._get_params()
    group = state.group_named(self.autoscaling_backend, parameters["AutoScalingGroupName"])
    members = {member.instance_id: member for member in group.instance_states}
    for instance_id in parameters["InstanceIds"]:
        if instance_id not in members:
            raise invalid(f"The instance {instance_id} is not part of Auto Scaling group {group.name}.")
        if members[instance_id].lifecycle_state not in (state.IN_SERVICE, "Standby"):
            raise invalid(f"The instance {instance_id} is not in InService or EnteringStandby or Standby.")
    for instance_id in parameters["InstanceIds"]:
        members[instance_id].protected_from_scale_in = parameters["ProtectedFromScaleIn"]
    return EmptyResult()


def detach_instances(self: AutoScalingResponse) -> ActionResult:
    parameters = self._get_params()
    group = state.group_named(self.autoscaling_backend, parameters["AutoScalingGroupName"])
    ids = {member.instance_id for member in group.instance_states}
    for instance_id in parameters.get("InstanceIds") or []:
        if instance_id not in ids:
            raise invalid(f"The instance {instance_id} is not part of Auto Scaling group {group.name}.")
    return _detach(self)
