"""What SQS tells CloudWatch about each queue once a minute (SQS Developer Guide, "Available CloudWatch metrics")."""

from __future__ import annotations

import copy
import time

from moto.cloudwatch.models import cloudwatch_backends
from moto.sqs.models import Queue, sqs_backends

from ..cloudwatch import clock, store
from ..cloudwatch.metric import Key, StatisticSet
from .queues import shelf_of
from .shelf import Totals

NAMESPACE = "AWS/SQS"


def install() -> None:
    clock.publishers.append(publish)


def publish(minute: float) -> None:
    for account, regions in list(sqs_backends.items()):
        for region, backend in list(regions.items()):
            for queue in list(backend.queues.values()):
                _publish_queue(store.of(cloudwatch_backends[account][region]), queue, minute)


def _publish_queue(kept: store.Store, queue: Queue, minute: float) -> None:
    for name, value, unit in (*_gauges(queue), *_flows(queue)):
        kept.put(Key(NAMESPACE, name, (("QueueName", queue.name),)), minute, value, unit)
    size = _message_sizes(queue)
    if size.count:
        kept.at(Key(NAMESPACE, "SentMessageSize", (("QueueName", queue.name),)), minute, size)


def _gauges(queue: Queue) -> list[tuple[str, float, str]]:
    if queue.fifo_queue:
        visible, in_flight = queue.approximate_number_of_messages, queue.approximate_number_of_messages_not_visible
        delayed, oldest = queue.approximate_number_of_messages_delayed, None
    else:
        counts = shelf_of(queue).counts()
        visible, in_flight, delayed, oldest = counts.visible, counts.in_flight, counts.delayed, counts.oldest
    age = int(time.time() - oldest) if oldest else 0
    return [
        ("ApproximateNumberOfMessagesVisible", visible, "Count"),
        ("ApproximateNumberOfMessagesNotVisible", in_flight, "Count"),
        ("ApproximateNumberOfMessagesDelayed", delayed, "Count"),
        ("ApproximateAgeOfOldestMessage", age, "Seconds"),
    ]


def _since_last_minute(queue: Queue) -> tuple[Totals, Totals]:
    now = copy.copy(shelf_of(queue).totals)
    before = queue.__dict__.get("ail_published", Totals())
    return before, now


def _flows(queue: Queue) -> list[tuple[str, float, str]]:
    before, now = _since_last_minute(queue)
    return [
        ("NumberOfMessagesSent", now.sent - before.sent, "Count"),
        ("NumberOfMessagesReceived", now.received - before.received, "Count"),
        ("NumberOfMessagesDeleted", now.deleted - before.deleted, "Count"),
        ("NumberOfEmptyReceives", now.empty_receives - before.empty_receives, "Count"),
    ]


def _message_sizes(queue: Queue) -> StatisticSet:
    before, now = _since_last_minute(queue)
    queue.__dict__["ail_published"] = now
    size = StatisticSet(unit="Bytes")
    if sent := now.sent - before.sent:
        average = (now.sent_bytes - before.sent_bytes) / sent
        size.add_set(sent, now.sent_bytes - before.sent_bytes, average, average)
    return size
