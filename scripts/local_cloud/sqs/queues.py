"""Queues: their messages on a shelf, the name of a deleted one in quarantine, one purge a minute.

FIFO queues keep moto's own messages.
"""

from __future__ import annotations

import time
from typing import Any

from moto.sqs.exceptions import QueueAlreadyExists
from moto.sqs.models import Message, Queue, SQSBackend

from .. import minutes
from .attributes import check as attributes_check
from .errors import error
from .shelf import Shelf

# SQS API Reference, CreateQueue (QueueDeletedRecently) and PurgeQueue (PurgeQueueInProgress).
QUARANTINE = 60
PURGE_INTERVAL = 60

_create, _delete, _purge = SQSBackend.create_queue, SQSBackend.delete_queue, SQSBackend.purge_queue
_add_message = Queue.add_message
_of_moto = {
    name: getattr(Queue, name).fget
    for name in (
        "messages",
        "approximate_number_of_messages",
        "approximate_number_of_messages_not_visible",
        "approximate_number_of_messages_delayed",
    )
}


def install() -> None:
    SQSBackend.create_queue = create_queue
    SQSBackend.delete_queue = delete_queue
    SQSBackend.purge_queue = purge_queue
    Queue.add_message = add_message
    Queue.messages = _counted("messages", lambda shelf: shelf.visible())
    Queue.approximate_number_of_messages = _counted(
        "approximate_number_of_messages", lambda shelf: shelf.counts().visible
    )
    Queue.approximate_number_of_messages_not_visible = _counted(
        "approximate_number_of_messages_not_visible", lambda shelf: shelf.counts().in_flight
    )
    Queue.approximate_number_of_messages_delayed = _counted(
        "approximate_number_of_messages_delayed", lambda shelf: shelf.counts().delayed
    )


def _counted(name: str, ours: Any) -> property:
    def read(queue: Queue) -> Any:
        return _of_moto[name](queue) if queue.fifo_queue else ours(shelf_of(queue))

    return property(read)


def shelf_of(queue: Queue) -> Shelf:
    shelf = queue.__dict__.get("ail_shelf")
    if shelf is None:
        # setdefault is atomic: two first calls at once get the same shelf.
        shelf = queue.__dict__.setdefault("ail_shelf", Shelf(lambda: queue.message_retention_period))
    return shelf


def _deleted(backend: SQSBackend) -> dict[str, float]:
    return backend.__dict__.setdefault("ail_deleted_queues", {})


def create_queue(self: SQSBackend, name: str, tags: dict[str, str] | None = None, **attributes: Any) -> Queue:
    deleted = _deleted(self).get(name)
    if deleted is not None and time.monotonic() - deleted < minutes.scaled(QUARANTINE):
        raise error(
            "QueueDeletedRecently",
            "You must wait 60 seconds after deleting a queue before you can create another with the same name.",
        )
    attributes_check({key: value for key, value in attributes.items() if key != "region"})
    existing = self.queues.get(name)
    # Tags of a queue that is there already are left alone (SQS API Reference, CreateQueue).
    kept = dict(existing.tags) if existing else None
    try:
        queue = _create(self, name, tags, **attributes)
    except QueueAlreadyExists:
        raise error(
            "QueueAlreadyExists",
            "A queue already exists with the same name and a different value for attribute"
            f" {_different(existing, attributes)}",
        ) from None
    if kept is not None:
        queue.tags = kept
    return queue


def _different(queue: Queue, attributes: dict[str, Any]) -> str:
    wanted = Queue(queue.name, region=queue.region, account_id=queue.account_id, **attributes).attributes
    return next((name for name in attributes if wanted.get(name) != queue.attributes.get(name)), "")


def delete_queue(self: SQSBackend, queue_name: str) -> None:
    queue = self.get_queue(queue_name)
    _delete(self, queue_name)
    _deleted(self)[queue_name] = time.monotonic()
    shelf = shelf_of(queue)
    shelf.clear()
    with shelf.changed:
        shelf.changed.notify_all()


def purge_queue(self: SQSBackend, queue_name: str) -> None:
    queue = self.get_queue(queue_name)
    last = queue.__dict__.get("ail_purged")
    if last is not None and time.monotonic() - last < minutes.scaled(PURGE_INTERVAL):
        raise error(
            "PurgeQueueInProgress", f"Only one PurgeQueue operation on {queue_name} is allowed every 60 seconds."
        )
    queue.__dict__["ail_purged"] = time.monotonic()
    queue.last_purged_at = None
    _purge(self, queue_name)
    shelf_of(queue).clear()


def add_message(self: Queue, message: Message) -> None:
    if self.fifo_queue or self.lambda_event_source_mappings:
        _add_message(self, message)
        return
    shelf = shelf_of(self)
    now = time.time()
    message.sent_timestamp = message.sent_timestamp or int(now * 1000)
    with shelf.changed:
        shelf.totals.sent += 1
        shelf.totals.sent_bytes += len(message.body.encode())
    shelf.add(message, max(0.0, message.delayed_until / 1000 - now))
