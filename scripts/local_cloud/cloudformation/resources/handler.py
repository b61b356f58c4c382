"""What every resource type knows how to do."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from ..stack import Resource
from .request import Request, ResourceFailure


class Handler:
    """Make, change, read and delete resources of one type.

    `create` calls `request.identified` as soon as the resource has an id, so
    that a half-made one can be deleted.
    """

    def create(self, request: Request) -> None:
        raise NotImplementedError

    def update(self, request: Request) -> None:
        raise NotImplementedError

    def delete(self, request: Request) -> None:
        raise NotImplementedError

    def take_in(self, request: Request) -> None:
        """Import a resource that exists already, whose physical id is given."""
        raise ResourceFailure(f"ResourceType {request.resource.type} does not support import here")

    def attribute(self, request: Request, name: str) -> Any:
        raise KeyError(name)

    def reference(self, resource: Resource) -> str:
        """What Ref answers."""
        return resource.physical_id

    def must_replace(self, request: Request) -> bool:
        """Whether a change that only sometimes asks for a new resource does so now."""
        return False

    def is_gone(self, error: ClientError) -> bool:
        """Whether an error of `delete` says that the resource does not exist."""
        code = error.response["Error"].get("Code", "")
        return "NotFound" in code or "NoSuch" in code or "NonExistent" in code
