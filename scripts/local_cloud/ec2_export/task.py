"""An export of an image: what was asked for and how far it is."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any

from moto.ec2.utils import random_id

ACTIVE, COMPLETED, DELETING, DELETED = "active", "completed", "deleting", "deleted"


@dataclass(frozen=True)
class Request:
    """What a caller asked for; two of them with one client token must be equal."""

    image_id: str
    disk_format: str
    bucket: str
    prefix: str | None
    role: str
    description: str | None


@dataclass
class Task:
    """The service knows no "failed": a task that fails or is cancelled goes over deleting to deleted."""

    request: Request
    client_token: str | None = None
    # The access key id: a fault may be meant for one caller's tasks.
    caller: str = ""
    id: str = field(default_factory=lambda: random_id("export-ami"))
    status: str = ACTIVE
    message: str | None = "validating"
    fraction: float = 0.0
    # Set by CancelExportTask; the worker ends what it runs.
    cancelled: threading.Event = field(default_factory=threading.Event)

    @property
    def key(self) -> str:
        """The object's key; the service adds no slash after the prefix."""
        return f"{self.request.prefix or ''}{self.id}.{self.request.disk_format}"

    def wire(self, tags: list[dict[str, Any]]) -> dict[str, Any]:
        """As DescribeExportImageTasks shows it. What is None is left out."""
        location = {"S3Bucket": self.request.bucket, "S3Prefix": self.request.prefix}
        return {
            "ExportImageTaskId": self.id,
            "ImageId": self.request.image_id,
            "Description": self.request.description,
            "Progress": str(int(self.fraction * 100)) if self.status == ACTIVE else None,
            "Status": self.status,
            "StatusMessage": self.message,
            "S3ExportLocation": {name: value for name, value in location.items() if value is not None},
            "Tags": tags,
        }
