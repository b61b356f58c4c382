"""AWS::CloudWatch::Alarm and AWS::AutoScaling::ScalingPolicy: each one call, made again to change it."""

from __future__ import annotations

from typing import Any

from . import tags
from .arguments import typed
from .handler import Handler
from .request import Request


class Alarm(Handler):
    def create(self, request: Request) -> None:
        name = request.properties.get("AlarmName") or request.generated_name(255)
        self._put(request, name, {"Tags": tags.pairs(request.tags)} if request.tags else {})
        request.identified(name)

    def _put(self, request: Request, name: str, tagged: dict[str, Any]) -> None:
        cloudwatch = request.client("cloudwatch")
        arguments = {key: value for key, value in request.properties.items() if key != "Tags"}
        arguments |= {"AlarmName": name, **tagged}
        cloudwatch.put_metric_alarm(**typed(cloudwatch, "put_metric_alarm", arguments))

    def update(self, request: Request) -> None:
        cloudwatch = request.client("cloudwatch")
        self._put(request, request.physical_id, {})
        arn = self.attribute(request, "Arn")
        put, gone = tags.difference(request)
        if put:
            cloudwatch.tag_resource(ResourceARN=arn, Tags=tags.pairs(put))
        if gone:
            cloudwatch.untag_resource(ResourceARN=arn, TagKeys=gone)

    def delete(self, request: Request) -> None:
        request.client("cloudwatch").delete_alarms(AlarmNames=[request.physical_id])

    def attribute(self, request: Request, name: str) -> Any:
        found = request.client("cloudwatch").describe_alarms(AlarmNames=[request.physical_id])
        return {"Arn": found["MetricAlarms"][0]["AlarmArn"]}[name]


class ScalingPolicy(Handler):
    def create(self, request: Request) -> None:
        name = request.generated_name()
        self._put(request, name)
        answer = request.client("autoscaling").describe_policies(
            AutoScalingGroupName=request.properties["AutoScalingGroupName"], PolicyNames=[name]
        )
        request.identified(answer["ScalingPolicies"][0]["PolicyARN"])

    def _put(self, request: Request, name: str) -> None:
        autoscaling = request.client("autoscaling")
        arguments = {"PolicyName": name, **request.properties}
        autoscaling.put_scaling_policy(**typed(autoscaling, "put_scaling_policy", arguments))

    def update(self, request: Request) -> None:
        self._put(request, self.attribute(request, "PolicyName"))

    def delete(self, request: Request) -> None:
        request.client("autoscaling").delete_policy(
            AutoScalingGroupName=request.previous["AutoScalingGroupName"],
            PolicyName=self.attribute(request, "PolicyName"),
        )

    def attribute(self, request: Request, name: str) -> Any:
        return {
            "Arn": request.physical_id,
            "PolicyName": request.physical_id.rsplit("policyName/", 1)[-1],
        }[name]
