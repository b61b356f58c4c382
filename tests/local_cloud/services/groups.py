"""A group of Auto Scaling, and what its tests ask of it."""

from __future__ import annotations

from typing import Any

import pytest
from services import IMAGE, Cloud, eventually


class Group:
    name = "workers"

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.scaling = cloud.client("autoscaling")
        self.ec2 = cloud.client("ec2")
        self.cloudwatch = cloud.client("cloudwatch")
        self.sqs = cloud.client("sqs")

    def template(self, name: str = "template", **data: Any) -> str:
        wish = {"ImageId": IMAGE, "InstanceType": "t3.micro", **data}
        made = self.ec2.create_launch_template(LaunchTemplateName=name, LaunchTemplateData=wish)
        return made["LaunchTemplate"]["LaunchTemplateId"]

    def subnet(self) -> str:
        return self.ec2.describe_subnets()["Subnets"][0]["SubnetId"]

    def create(self, smallest: int = 1, largest: int = 4, **options: Any) -> None:
        wish = {
            "AutoScalingGroupName": self.name,
            "MinSize": smallest,
            "MaxSize": largest,
            "VPCZoneIdentifier": self.subnet(),
            **options,
        }
        if not {"LaunchConfigurationName", "LaunchTemplate"} & options.keys():
            wish["LaunchTemplate"] = {"LaunchTemplateId": self.template()}
        self.scaling.create_auto_scaling_group(**wish)

    def described(self) -> dict[str, Any]:
        found = self.scaling.describe_auto_scaling_groups(AutoScalingGroupNames=[self.name])["AutoScalingGroups"]
        return found[0] if found else {}

    def states(self) -> list[str]:
        return sorted(instance["LifecycleState"] for instance in self.described().get("Instances", []))

    def ids(self) -> list[str]:
        return [instance["InstanceId"] for instance in self.described().get("Instances", [])]

    def reach(self, *states: str) -> list[str]:
        eventually(lambda: self.states() == sorted(states), told=self.activities)
        return self.ids()

    def in_service(self, count: int) -> list[str]:
        return self.reach(*["InService"] * count)

    def activities(self) -> list[dict[str, Any]]:
        return self.scaling.describe_scaling_activities(AutoScalingGroupName=self.name)["Activities"]

    def desire(self, count: int) -> None:
        self.scaling.set_desired_capacity(AutoScalingGroupName=self.name, DesiredCapacity=count)


@pytest.fixture
def group(cloud: Cloud) -> Group:
    return Group(cloud)
