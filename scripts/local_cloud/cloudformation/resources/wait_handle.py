"""AWS::CloudFormation::WaitConditionHandle: an address to report to, and nothing that costs or stays."""

from __future__ import annotations

from urllib.parse import quote

from .handler import Handler
from .request import Request


class WaitHandle(Handler):
    def create(self, request: Request) -> None:
        region = request.caller.region
        host = f"cloudformation-waitcondition-{region}.s3.{region}.amazonaws.com"
        path = f"{request.stack_name}/{request.resource.logical_id}/{request.token}"
        request.identified(f"https://{host}/{quote(path)}")

    def delete(self, request: Request) -> None:
        """Nothing was made that could go."""
