"""Launch configurations: refused as in today's accounts, unless the cloud is told to be an old one."""

from __future__ import annotations

from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult

from .. import running
from .errors import error, invalid

_create, _delete = AutoScalingResponse.create_launch_configuration, AutoScalingResponse.delete_launch_configuration


def install() -> None:
    AutoScalingResponse.create_launch_configuration = create_launch_configuration
    AutoScalingResponse.delete_launch_configuration = delete_launch_configuration


def create_launch_configuration(self: AutoScalingResponse) -> ActionResult:
    if not running.cloud().settings.launch_configurations:
        raise error(
            "UnsupportedOperation",
            "The Launch Configuration creation operation is not available in your account. Use launch templates to"
            " create configuration templates for your Auto Scaling groups.",
        )
    name = self._get_param("LaunchConfigurationName")
    if name in self.autoscaling_backend.launch_configurations:
        raise error(
            "AlreadyExists",
            "Launch Configuration by this name already exists - A launch configuration already exists with the name"
            f" {name}",
        )
    return _create(self)


def delete_launch_configuration(self: AutoScalingResponse) -> ActionResult:
    name, backend = self._get_param("LaunchConfigurationName"), self.autoscaling_backend
    if name not in backend.launch_configurations:
        raise invalid(f"Launch configuration name not found - Launch configuration {name} not found")
    for group in backend.autoscaling_groups.values():
        if group.launch_config is not None and group.launch_config.name == name:
            raise error(
                "ResourceInUse",
                f"Cannot delete launch configuration {name} because it is attached to AutoScalingGroup {group.name}",
            )
    return _delete(self)
