"""The limit of messages in flight, which takes 120,000 of them outside of a test."""

from __future__ import annotations

import pytest
from local_cloud.sqs import messages, queues
from moto.sqs.exceptions import SQSException
from moto.sqs.models import Message, SQSBackend


def test_beyond_the_limit_a_short_poll_is_refused_and_a_long_one_is_empty(monkeypatch):
    monkeypatch.setattr(messages, "IN_FLIGHT_LIMIT", 2)
    backend = SQSBackend("eu-central-1", "123456789012")
    queue = queues.create_queue(backend, "q")
    for number in range(3):
        queues.add_message(queue, Message(str(number), "x"))
    assert len(messages.receive_message(backend, "q", 2, 0, 30)) == 2
    with pytest.raises(SQSException) as refusal:
        messages.receive_message(backend, "q", 1, 0, 30)
    assert refusal.value.code == "OverLimit"
    assert messages.receive_message(backend, "q", 1, 1, 30) == []
