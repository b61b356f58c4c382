"""The export tasks of an account in a region."""

from __future__ import annotations

import base64
import threading
from typing import Any

from moto.ec2.exceptions import EC2ClientError

from .task import ACTIVE, Request, Task

# "Concurrent export image tasks" of the VM Import/Export quotas, the default.
LIMIT = 5
# "The maximum number of results", DescribeExportImageTasks in the Amazon EC2 API Reference.
LARGEST_PAGE = 500
FILTERS = ("task-state",)


class Tasks:
    """Lives on moto's backend, so that a reset of moto forgets it."""

    def __init__(self) -> None:
        self._tasks: dict[str, Task] = {}
        self.lock = threading.RLock()

    @classmethod
    def of(cls, backend: Any) -> Tasks:
        return backend.__dict__.setdefault("local_cloud_export_tasks", cls())

    def started_with(self, token: str | None, request: Request) -> Task | None:
        """The task that an earlier call with this client token started."""
        for task in self._tasks.values() if token else ():
            if task.client_token == token:
                if task.request != request:
                    raise EC2ClientError(
                        "IdempotentParameterMismatch",
                        "The request uses the same client token as a previous, but non-identical request.",
                    )
                return task
        return None

    def add(self, task: Task) -> None:
        """Refuses what is over the limits: one active task an image, a few a region."""
        active = [other for other in self._tasks.values() if other.status == ACTIVE]
        for other in active:
            if other.request.image_id == task.request.image_id:
                raise EC2ClientError(
                    "ResourceLimitExceeded",
                    f"The image {task.request.image_id} is already being exported by the task {other.id}",
                )
        if len(active) >= LIMIT:
            raise EC2ClientError(
                "ResourceLimitExceeded",
                f"You have reached the maximum number of concurrent export image tasks ({LIMIT})",
            )
        self._tasks[task.id] = task

    def get(self, task_id: str) -> Task:
        if not task_id.startswith("export-"):
            raise EC2ClientError(
                "InvalidExportTaskID.Malformed", f'Invalid id: "{task_id}" (expecting "export-ami-...")'
            )
        if task_id not in self._tasks:
            raise EC2ClientError("InvalidExportTaskID.NotFound", f"The export task ID '{task_id}' does not exist")
        return self._tasks[task_id]

    def page(
        self, ids: list[str], filters: dict[str, list[str]], size: int | None, token: str | None
    ) -> tuple[list[Task], str | None]:
        """The tasks that match, oldest first, from where the token left off, and the token of the next page."""
        for name in filters:
            if name not in FILTERS:
                raise EC2ClientError("InvalidParameterValue", f"The filter '{name}' is invalid")
        if size is not None and not 1 <= size <= LARGEST_PAGE:
            raise EC2ClientError("InvalidParameterValue", f"Value ( {size} ) for parameter maxResults is invalid.")
        found = [self.get(task_id) for task_id in ids] if ids else list(self._tasks.values())
        states = filters.get("task-state")
        found = [task for task in found if states is None or task.status in states]
        start = _start(token)
        end = start + (size or LARGEST_PAGE)
        return found[start:end], _token(end) if end < len(found) else None


def _token(start: int) -> str:
    return base64.urlsafe_b64encode(f"export:{start}".encode()).decode()


def _start(token: str | None) -> int:
    if not token:
        return 0
    try:
        kind, _, number = base64.urlsafe_b64decode(token.encode()).decode().partition(":")
        if kind == "export":
            return int(number)
    except ValueError:
        pass
    raise EC2ClientError("InvalidNextToken", "The token is not valid.")
