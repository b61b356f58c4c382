"""A stack's group: changed in place, and gone only when its instances are."""

from __future__ import annotations

import time
from typing import Any

from moto.autoscaling.models import AutoScalingBackend, FakeAutoScalingGroup, autoscaling_backends

from . import state

# The handler of the real CloudFormation waits longer; a machine here takes seconds to end.
PATIENCE = 120


def install() -> None:
    FakeAutoScalingGroup.update_from_cloudformation_json = classmethod(update)
    FakeAutoScalingGroup.delete_from_cloudformation_json = classmethod(delete_by_name)
    FakeAutoScalingGroup.delete = delete


def update(
    cls: type[FakeAutoScalingGroup],
    original_resource: FakeAutoScalingGroup,
    new_resource_name: str,
    cloudformation_json: dict[str, Any],
    account_id: str,
    region_name: str,
) -> FakeAutoScalingGroup:
    wish = cloudformation_json["Properties"]
    backend = autoscaling_backends[account_id][region_name]
    if "AutoScalingGroupName" in wish and wish["AutoScalingGroupName"] != original_resource.name:
        made = cls.create_from_cloudformation_json(new_resource_name, cloudformation_json, account_id, region_name)
        _delete(backend, original_resource.name)
        return made
    with state.lock:
        original_resource.update(
            availability_zones=wish.get("AvailabilityZones"),
            vpc_zone_identifier=",".join(wish.get("VPCZoneIdentifier") or []) or None,
            min_size=wish.get("MinSize"),
            max_size=wish.get("MaxSize"),
            desired_capacity=wish.get("DesiredCapacity"),
            launch_config_name=wish.get("LaunchConfigurationName"),
            launch_template=wish.get("LaunchTemplate"),
            mixed_instances_policy=wish.get("MixedInstancesPolicy"),
        )
        if wish.get("Tags"):
            original_resource.tags = wish["Tags"]
    return original_resource


def delete(self: FakeAutoScalingGroup, account_id: str, region_name: str) -> None:
    _delete(autoscaling_backends[account_id][region_name], self.name)


def delete_by_name(
    cls: type[FakeAutoScalingGroup],
    resource_name: str,
    cloudformation_json: dict[str, Any],
    account_id: str,
    region_name: str,
) -> None:
    _delete(autoscaling_backends[account_id][region_name], resource_name)


def _delete(backend: AutoScalingBackend, name: str) -> None:
    """What the group's instances use goes next: subnets and security groups in use could not be deleted."""
    if name not in backend.autoscaling_groups:
        return
    backend.delete_auto_scaling_group(name)
    end = time.monotonic() + PATIENCE
    while name in backend.autoscaling_groups and time.monotonic() < end:
        time.sleep(0.1)
