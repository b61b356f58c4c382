"""The API's side of image exports."""

from __future__ import annotations

import re
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.responses import EC2Response

from . import preflight, work
from .task import ACTIVE, DELETING, Task
from .tasks import Tasks


def install() -> None:
    for operation in (export_image, describe_export_image_tasks, cancel_export_task):
        setattr(EC2Response, operation.__name__, operation)


def export_image(self: EC2Response) -> ActionResult:
    backend, parameters = self.ec2_backend, self._get_params()
    request = preflight.read(parameters)
    tags = self._parse_tag_specification("export-image-task").get("export-image-task", {})
    tasks = Tasks.of(backend)
    token = parameters.get("ClientToken")
    with tasks.lock:
        earlier = tasks.started_with(token, request)
        if earlier is None:
            image = preflight.check_image(backend, request.image_id)
            self.error_on_dryrun()
            preflight.check_role(backend.account_id, request.role)
            preflight.check_bucket(backend.account_id, backend.region_name, request.bucket)
            task = Task(request, token, _caller(self))
            tasks.add(task)
            backend.create_tags([task.id], tags)
            work.start(backend, task, preflight.volume_gib(image))
        else:
            task = earlier
        result = _wire(backend, task)
    result |= {"DiskImageFormat": request.disk_format.upper(), "RoleName": request.role}
    return ActionResult(result)


def describe_export_image_tasks(self: EC2Response) -> ActionResult:
    backend, parameters = self.ec2_backend, self._get_params()
    self.error_on_dryrun()
    found, token = Tasks.of(backend).page(
        parameters.get("ExportImageTaskIds") or [],
        self._filters_from_querystring(),
        parameters.get("MaxResults"),
        parameters.get("NextToken"),
    )
    return ActionResult({"ExportImageTasks": [_wire(backend, task) for task in found], "NextToken": token})


def cancel_export_task(self: EC2Response) -> ActionResult:
    tasks = Tasks.of(self.ec2_backend)
    task = tasks.get(self._get_params().get("ExportTaskId") or "")
    with tasks.lock:
        if task.status != ACTIVE:
            raise EC2ClientError("IncorrectState", f"The export task {task.id} is {task.status}")
        task.status, task.message = DELETING, "User initiated deletion"
        task.cancelled.set()
    return EmptyResult()


def _caller(response: EC2Response) -> str:
    """The access key id of the signature, whatever it looks like."""
    found = re.search("Credential=([^/]+)/", response.headers.get("Authorization", ""))
    return found[1] if found else ""


def _wire(backend: Any, task: Task) -> dict[str, Any]:
    tags = backend.describe_tags(filters={"resource-id": [task.id]})
    return task.wire([{"Key": tag["key"], "Value": tag["value"]} for tag in tags])
