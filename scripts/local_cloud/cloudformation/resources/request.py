"""One request to a resource handler, and the ways in which it can fail."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from ..clients import Caller
from ..stack import Resource

# The service names that the SDK of the real handlers prints.
_SERVICE_NAMES = {
    "autoscaling": "AutoScaling",
    "cloudfront": "CloudFront",
    "cloudwatch": "CloudWatch",
    "codebuild": "CodeBuild",
    "ec2": "Ec2",
    "iam": "Iam",
    "logs": "CloudWatchLogs",
    "s3": "S3",
    "sqs": "Sqs",
    "wafv2": "Wafv2",
}
_EXISTS = ("AlreadyExists", "AlreadyOwnedByYou", ".Duplicate", "QueueNameExists")
_DENIED = ("AccessDenied", "UnauthorizedOperation", "OptInRequired")
_THROTTLED = ("RequestLimitExceeded", "Throttling", "SlowDown")


class ResourceFailure(Exception):
    """A resource could not be made, changed or deleted; its text is the event's reason."""


class Cancelled(Exception):
    """The stack gave up on this resource because another one failed."""


@dataclass
class Request:
    """What a handler is told: the resource, its evaluated properties, all its tags."""

    stack_name: str
    resource: Resource
    properties: dict[str, Any]
    tags: dict[str, str]
    token: str
    caller: Caller
    stopping: threading.Event
    identified: Callable[[str], None]
    name_suffix: str = ""

    def client(self, service: str) -> Any:
        return self.caller.client(service)

    @property
    def physical_id(self) -> str:
        return self.resource.physical_id

    @property
    def previous(self) -> dict[str, Any]:
        return self.resource.properties

    def changed(self, name: str) -> bool:
        return self.properties.get(name) != self.previous.get(name)

    def generated_name(self, limit: int = 64) -> str:
        """`stack-logical-SUFFIX`, the name of a resource that was given none."""
        tail = f"-{self.resource.logical_id}-{self.name_suffix}"
        return self.stack_name[: limit - len(tail)] + tail

    def deadline(self, seconds: float) -> Callable[[], bool]:
        """A question that answers yes once so many seconds are over."""
        end = time.monotonic() + seconds
        return lambda: time.monotonic() > end

    def wait(self, what: str, ready: Callable[[], bool], seconds: float) -> None:
        """Poll until ready; the handler's own deadline fails the resource."""
        given_up = self.deadline(seconds)
        pause = 0.1
        while not ready():
            if given_up():
                raise ResourceFailure(
                    f'Resource handler returned message: "Exceeded attempts to wait: {what}"'
                    f" (RequestToken: {self.token}, HandlerErrorCode: NotStabilized)"
                )
            if self.stopping.wait(pause):
                raise Cancelled
            pause = min(pause * 1.5, 1.0)


def refused(error: Exception, token: str, creating: bool) -> str:
    """The reason of a failed resource, as the service words what an API answered."""
    if isinstance(error, ResourceFailure):
        return str(error)
    if isinstance(error, ClientError):
        answer = error.response
        meta = answer.get("ResponseMetadata", {})
        service = _SERVICE_NAMES.get(meta.get("Service", ""), meta.get("Service", ""))
        text = (
            f"{answer['Error'].get('Message', '')} (Service: {service},"
            f" Status Code: {meta.get('HTTPStatusCode', 400)},"
            f" Request ID: {meta.get('RequestId', 'null')}) (SDK Attempt Count: 1)"
        )
        return _handler_message(text, token, _handler_code(error, creating))
    kind = "GeneralServiceException" if isinstance(error, BotoCoreError) else "InternalFailure"
    return _handler_message(str(error) or type(error).__name__, token, kind)


def failure(request: Request, message: str, code: str) -> ResourceFailure:
    """A failure that the handler finds by itself."""
    return ResourceFailure(_handler_message(message, request.token, code))


def _handler_message(text: str, token: str, code: str) -> str:
    return f'Resource handler returned message: "{text}" (RequestToken: {token}, HandlerErrorCode: {code})'


def _handler_code(error: ClientError, creating: bool) -> str:
    code = error.response["Error"].get("Code", "")
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
    if any(mark in code for mark in _EXISTS):
        return "AlreadyExists"
    if any(mark in code for mark in _DENIED):
        return "AccessDenied"
    if any(mark in code for mark in _THROTTLED):
        return "Throttling"
    if status >= 500:
        return "ServiceInternalError"
    if not creating and ("NotFound" in code or "NoSuch" in code):
        return "NotFound"
    if status == 409:
        return "GeneralServiceException"
    return "InvalidRequest"
