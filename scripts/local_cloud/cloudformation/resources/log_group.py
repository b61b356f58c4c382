"""AWS::Logs::LogGroup; moto's own model cannot be changed."""

from __future__ import annotations

from typing import Any

from . import tags
from .handler import Handler
from .request import Request


class LogGroup(Handler):
    def create(self, request: Request) -> None:
        name = request.properties.get("LogGroupName") or request.generated_name(512)
        tagged = {"tags": request.tags} if request.tags else {}
        request.client("logs").create_log_group(logGroupName=name, **tagged)
        request.identified(name)
        self._retain(request)

    def _retain(self, request: Request) -> None:
        logs, days = request.client("logs"), request.properties.get("RetentionInDays")
        if days:
            logs.put_retention_policy(logGroupName=request.physical_id, retentionInDays=int(days))
        elif request.previous.get("RetentionInDays"):
            logs.delete_retention_policy(logGroupName=request.physical_id)

    def update(self, request: Request) -> None:
        if request.changed("RetentionInDays"):
            self._retain(request)
        put, gone = tags.difference(request)
        arn = self.attribute(request, "Arn").removesuffix(":*")
        if put:
            request.client("logs").tag_resource(resourceArn=arn, tags=put)
        if gone:
            request.client("logs").untag_resource(resourceArn=arn, tagKeys=gone)

    def delete(self, request: Request) -> None:
        request.client("logs").delete_log_group(logGroupName=request.physical_id)

    def attribute(self, request: Request, name: str) -> Any:
        """The ARN ends with `:*`, so that it covers the streams."""
        answer = request.client("logs").describe_log_groups(logGroupNamePrefix=request.physical_id)
        arns = [each["arn"] for each in answer["logGroups"] if each["logGroupName"] == request.physical_id]
        return {"Arn": arns[0].removesuffix(":*") + ":*"}[name]
