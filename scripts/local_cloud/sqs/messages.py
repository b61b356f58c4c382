"""What happens to a message of a standard queue: sent, received, hidden for longer, deleted, put aside as dead."""

from __future__ import annotations

import copy
import re
import time
from typing import Any

from moto.core.responses import ActionResult
from moto.sqs.exceptions import ReceiptHandleIsInvalid
from moto.sqs.models import Message, Queue, SQSBackend, _filter_message_attributes
from moto.sqs.responses import SQSResponse

from . import caller, receipt
from .errors import error, invalid_value
from .queues import shelf_of
from .shelf import IN_FLIGHT_LIMIT, Entry, Shelf

# What XML 1.0 cannot hold (SQS API Reference, SendMessage).
_NOT_A_CHARACTER = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# SQS API Reference, ChangeMessageVisibility.
LONGEST_VISIBILITY = 43_200

_validate = SQSBackend._validate_message
_receive, _delete = SQSBackend.receive_message, SQSBackend.delete_message
_change_visibility = SQSBackend.change_message_visibility
_receive_response = SQSResponse.receive_message


def install() -> None:
    SQSBackend._validate_message = validate_message
    SQSBackend.receive_message = receive_message
    SQSBackend.delete_message = delete_message
    SQSBackend.change_message_visibility = change_message_visibility
    SQSResponse.receive_message = answer_receive_message


def validate_message(self: SQSBackend, queue: Queue, message_body: str, *arguments: Any, **options: Any) -> None:
    if not message_body:
        raise error("MissingParameter", "The request must contain the parameter MessageBody.")
    if _NOT_A_CHARACTER.search(message_body):
        raise error(
            "InvalidMessageContents",
            "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD"
            " | #x10000 to #x10FFFF",
        )
    if len(message_body.encode()) > queue.maximum_message_size:
        raise error(
            "InvalidParameterValue",
            "One or more parameters are invalid. Reason: Message must be shorter than"
            f" {queue.maximum_message_size} bytes.",
        )
    _validate(self, queue, message_body, *arguments, **options)


def receive_message(
    self: SQSBackend,
    queue_name: str,
    count: int,
    wait_seconds_timeout: int,
    visibility_timeout: int,
    message_attribute_names: list[str] | None = None,
) -> list[Message]:
    queue = self.get_queue(queue_name)
    if queue.fifo_queue:
        return _receive(self, queue_name, count, wait_seconds_timeout, visibility_timeout, message_attribute_names)
    shelf = shelf_of(queue)
    end = time.time() + wait_seconds_timeout
    while True:
        # Who waits for long may be gone meanwhile, and the message is somebody else's then.
        if caller.has_hung_up():
            return []
        taken = _take(queue, shelf, count, visibility_timeout, short=wait_seconds_timeout == 0)
        if taken or time.time() >= end or self.queues.get(queue_name) is not queue:
            break
        shelf.wait(end)
    with shelf.changed:
        shelf.totals.received += len(taken)
        shelf.totals.empty_receives += not taken
    for message in taken:
        _filter_message_attributes(message, message_attribute_names or [])
    return taken


def _take(queue: Queue, shelf: Shelf, count: int, visibility: int, short: bool) -> list[Message]:
    taken: list[Message] = []
    dead: list[Entry] = []
    limit = (queue.redrive_policy or {}).get("maxReceiveCount") if queue.dead_letter_queue else None
    with shelf.changed:
        while len(taken) < count and (entry := shelf.next_visible()):
            if limit is not None and entry.receipts >= limit:
                shelf.remove(entry)
                dead.append(entry)
                continue
            if shelf.counts().in_flight >= IN_FLIGHT_LIMIT:
                if short:
                    raise error("OverLimit", "Too many messages in flight.")
                break
            shelf.lend(entry, visibility)
            taken.append(_received(queue, entry))
    for entry in dead:
        # No lock of one queue is held while another's is taken.
        shelf_of(queue.dead_letter_queue).add(entry.message, source_arn=queue.queue_arn)
    return taken


def _received(queue: Queue, entry: Entry) -> Message:
    message = entry.message
    message.approximate_receive_count = entry.receipts
    message.approximate_first_receive_timestamp = message.approximate_first_receive_timestamp or int(time.time() * 1000)
    answered = copy.copy(message)
    answered.receipt_handle = receipt.Receipt(queue.queue_arn, message.id, entry.receipts).handle()
    return answered


def _entry_of(queue: Queue, handle: str) -> Entry | None:
    """None for a message that is gone, or that somebody else has received since."""
    found = receipt.read(handle)
    if found is None or found.queue_arn != queue.queue_arn:
        raise ReceiptHandleIsInvalid
    entry = shelf_of(queue).find(found.message_id)
    return entry if entry is not None and entry.receipts == found.number else None


def delete_message(self: SQSBackend, queue_name: str, receipt_handle: str) -> None:
    queue = self.get_queue(queue_name)
    if queue.fifo_queue:
        _delete(self, queue_name, receipt_handle)
        return
    shelf = shelf_of(queue)
    entry = _entry_of(queue, receipt_handle)
    with shelf.changed:
        shelf.totals.deleted += 1
    if entry is not None:
        shelf.remove(entry)


def change_message_visibility(self: SQSBackend, queue_name: str, receipt_handle: str, visibility_timeout: int) -> None:
    queue = self.get_queue(queue_name)
    if queue.fifo_queue:
        _change_visibility(self, queue_name, receipt_handle, visibility_timeout)
        return
    seconds = int(visibility_timeout)
    if not 0 <= seconds <= LONGEST_VISIBILITY:
        raise invalid_value(
            visibility_timeout, "VisibilityTimeout", f"Must be between 0 and {LONGEST_VISIBILITY}, if provided."
        )
    entry = _entry_of(queue, receipt_handle)
    if entry is None or not shelf_of(queue).is_in_flight(entry):
        raise invalid_value(
            receipt_handle,
            "ReceiptHandle",
            "Message does not exist or is not available for visibility timeout change.",
        )
    shelf_of(queue).keep_invisible(entry, seconds)


def answer_receive_message(self: SQSResponse) -> ActionResult:
    """moto words two errors badly, and does not know where a dead letter came from."""
    for name, smallest, largest in (("MaxNumberOfMessages", 1, 10), ("WaitTimeSeconds", 0, 20)):
        value = self._get_param(name)
        if value is not None and not smallest <= int(value) <= largest:
            raise invalid_value(value, name, f"Must be between {smallest} and {largest}, if provided.")
    answer = _receive_response(self)
    asked = {*self._get_param("AttributeNames", []), *self._get_param("MessageSystemAttributeNames", [])}
    if asked & {"All", "DeadLetterQueueSourceArn"}:
        shelf = shelf_of(self.sqs_backend.get_queue(self._get_queue_name()))
        for message in (answer.result or {}).get("Messages", []):
            entry = shelf.find(message["MessageId"])
            if entry is not None and entry.source_arn:
                message.setdefault("Attributes", {})["DeadLetterQueueSourceArn"] = entry.source_arn
    return answer
