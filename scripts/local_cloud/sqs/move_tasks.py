"""Message move tasks, which moto lacks: dead letters go back to where they came from, or to another queue."""

from __future__ import annotations

import base64
import json
import threading
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from moto.core.responses import ActionResult
from moto.sqs.models import Message, Queue, SQSBackend
from moto.sqs.responses import SQSResponse

from .errors import error, invalid_value
from .queues import shelf_of

# SQS API Reference, ListMessageMoveTasks: the most recent ones, up to 10.
LISTED = 10
# SQS API Reference, StartMessageMoveTask.
FASTEST = 500


@dataclass
class MoveTask:
    source: Queue
    destination: Queue | None
    rate: int | None
    to_move: int
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    status: str = "RUNNING"
    moved: int = 0
    failure: str | None = None
    started: float = field(default_factory=time.time)

    @property
    def handle(self) -> str:
        return base64.b64encode(json.dumps({"taskId": self.id, "sourceArn": self.source.queue_arn}).encode()).decode()

    def described(self) -> dict[str, Any]:
        return {
            "TaskHandle": self.handle if self.status == "RUNNING" else None,
            "Status": self.status,
            "SourceArn": self.source.queue_arn,
            "DestinationArn": self.destination.queue_arn if self.destination else None,
            "MaxNumberOfMessagesPerSecond": self.rate,
            "ApproximateNumberOfMessagesMoved": self.moved,
            "ApproximateNumberOfMessagesToMove": self.to_move if self.status == "RUNNING" else None,
            "FailureReason": self.failure,
            "StartedTimestamp": int(self.started * 1000),
        }

    def run(self, backend: SQSBackend) -> None:
        shelf = shelf_of(self.source)
        while self.status == "RUNNING":
            with shelf.changed:
                entry = shelf.next_visible()
                if entry is None:
                    self.status = "COMPLETED"
                    return
                arn = self.destination.queue_arn if self.destination else entry.source_arn
                target = queue_by_arn(backend, arn)
                if target is None:
                    self.status, self.failure = "FAILED", "AWS.SimpleQueueService.NonExistentQueue"
                    return
                shelf.remove(entry)
            _send_again(target, entry.message)
            self.moved += 1
            if self.rate:
                time.sleep(1 / self.rate)
        self.status = "CANCELLED"


def _send_again(target: Queue, message: Message) -> None:
    """A new message with a new id (SQS Developer Guide, "Dead-letter queue redrive")."""
    moved = Message(str(uuid.uuid4()), message.body, message.system_attributes)
    moved.message_attributes = message.message_attributes
    moved.mark_sent()
    target.add_message(moved)


def install() -> None:
    for operation in (start_message_move_task, list_message_move_tasks, cancel_message_move_task):
        setattr(SQSResponse, operation.__name__, operation)


def queue_by_arn(backend: SQSBackend, arn: str | None) -> Queue | None:
    return next((queue for queue in backend.queues.values() if queue.queue_arn == arn), None)


def _tasks(backend: SQSBackend) -> list[MoveTask]:
    return backend.__dict__.setdefault("ail_move_tasks", [])


def _existing(backend: SQSBackend, arn: str) -> Queue:
    queue = queue_by_arn(backend, arn)
    if queue is None:
        raise error(
            "ResourceNotFoundException", "The resource that you specified for the SourceArn parameter doesn't exist."
        )
    return queue


def start_message_move_task(self: SQSResponse) -> ActionResult:
    backend, parameters = self.sqs_backend, self._get_params()
    source = _existing(backend, parameters["SourceArn"])
    if not backend.list_dead_letter_source_queues(source.name):
        raise error("InvalidParameterValue", "Source queue must be configured as a Dead Letter Queue.")
    destination = None
    if asked := parameters.get("DestinationArn"):
        destination = queue_by_arn(backend, asked)
        if destination is None:
            raise error(
                "ResourceNotFoundException",
                "The resource that you specified for the DestinationArn parameter doesn't exist.",
            )
    rate = parameters.get("MaxNumberOfMessagesPerSecond")
    if rate is not None and not 1 <= rate <= FASTEST:
        raise invalid_value(rate, "MaxNumberOfMessagesPerSecond", f"Must be between 1 and {FASTEST}, if provided.")
    if any(task.source is source and task.status == "RUNNING" for task in _tasks(backend)):
        raise error(
            "InvalidParameterValue",
            "There is already a task running. Only one active task is allowed for a source queue arn at a given time.",
        )
    task = MoveTask(source, destination, rate, shelf_of(source).counts().visible)
    _tasks(backend).append(task)
    threading.Thread(target=task.run, args=[backend], name=f"move task {task.id}", daemon=True).start()
    return ActionResult({"TaskHandle": task.handle})


def list_message_move_tasks(self: SQSResponse) -> ActionResult:
    backend, parameters = self.sqs_backend, self._get_params()
    source = _existing(backend, parameters["SourceArn"])
    count = parameters.get("MaxResults", 1)
    if not 1 <= count <= LISTED:
        raise invalid_value(count, "MaxResults", f"Must be between 1 and {LISTED}, if provided.")
    newest = [task for task in reversed(_tasks(backend)) if task.source is source]
    return ActionResult({"Results": [task.described() for task in newest[:count]]})


def cancel_message_move_task(self: SQSResponse) -> ActionResult:
    asked = self._get_param("TaskHandle")
    task = next((task for task in _tasks(self.sqs_backend) if task.handle == asked), None)
    if task is None:
        raise error("ResourceNotFoundException", "Task does not exist.")
    if task.status != "RUNNING":
        raise error("UnsupportedOperation", "Only active tasks can be cancelled.")
    task.status = "CANCELLING"
    return ActionResult({"ApproximateNumberOfMessagesMoved": task.moved})
