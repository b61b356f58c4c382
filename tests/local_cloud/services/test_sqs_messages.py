"""Messages of a standard queue, from sent to deleted or dead."""

from __future__ import annotations

import hashlib
import json
import threading
import time

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ReadTimeoutError
from services import REGION, eventually, refused


@pytest.fixture
def sqs(cloud):
    return cloud.client("sqs")


def make(sqs, name="q", **attributes):
    return sqs.create_queue(QueueName=name, Attributes={key: str(value) for key, value in attributes.items()})[
        "QueueUrl"
    ]


def arn(sqs, url):
    return attributes(sqs, url)["QueueArn"]


def attributes(sqs, url):
    return sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]


def counts(sqs, url):
    found = attributes(sqs, url)
    names = ("", "NotVisible", "Delayed")
    return tuple(int(found[f"ApproximateNumberOfMessages{name}"]) for name in names)


def receive(sqs, url, **options):
    return sqs.receive_message(QueueUrl=url, **options).get("Messages", [])


def with_dead_letters(sqs, receives=2):
    dead = make(sqs, "dead")
    policy = json.dumps({"deadLetterTargetArn": arn(sqs, dead), "maxReceiveCount": receives})
    return make(sqs, "input", RedrivePolicy=policy, VisibilityTimeout=0), dead


def test_a_message_comes_back_with_its_attributes_and_their_digests(sqs):
    url = make(sqs)
    sent = sqs.send_message(
        QueueUrl=url,
        MessageBody="body",
        MessageAttributes={
            "job": {"DataType": "String", "StringValue": "a"},
            "n": {"DataType": "Number", "StringValue": "1"},
        },
    )
    [message] = receive(sqs, url, MessageAttributeNames=["All"], MessageSystemAttributeNames=["All"])
    assert message["MessageId"] == sent["MessageId"]
    assert message["MD5OfBody"] == sent["MD5OfMessageBody"] == hashlib.md5(b"body").hexdigest()
    assert message["MD5OfMessageAttributes"] == sent["MD5OfMessageAttributes"]
    assert message["MessageAttributes"]["job"] == {"StringValue": "a", "DataType": "String"}
    assert message["Attributes"]["ApproximateReceiveCount"] == "1"
    [message] = [*receive(sqs, url), message][-1:]
    assert counts(sqs, url) == (0, 1, 0)
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    assert counts(sqs, url) == (0, 0, 0)
    # Deleting twice is no error.
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


def test_a_delayed_message_is_counted_as_such_and_comes_when_it_is_due(sqs):
    url = make(sqs)
    sqs.send_message(QueueUrl=url, MessageBody="later", DelaySeconds=1)
    assert counts(sqs, url) == (0, 0, 1)
    started = time.monotonic()
    assert [message["Body"] for message in receive(sqs, url, WaitTimeSeconds=5)] == ["later"]
    assert 0.5 < time.monotonic() - started < 3


def test_a_long_poll_ends_with_the_first_message(sqs, cloud):
    url = make(sqs)
    timer = threading.Timer(0.5, lambda: sqs.send_message(QueueUrl=url, MessageBody="x"))
    timer.start()
    started = time.monotonic()
    assert len(receive(sqs, url, WaitTimeSeconds=10)) == 1
    assert time.monotonic() - started < 3
    assert receive(sqs, url, WaitTimeSeconds=1) == []


def test_nobody_who_has_hung_up_is_given_a_message(sqs, cloud):
    url = make(sqs)
    config = Config(read_timeout=0.5, retries={"total_max_attempts": 1})
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    impatient = boto3.client("sqs", endpoint_url=cloud.endpoint, region_name=REGION, config=config, **keys)
    with pytest.raises(ReadTimeoutError):
        receive(impatient, url, WaitTimeSeconds=10)
    impatient.close()
    sqs.send_message(QueueUrl=url, MessageBody="x")
    assert len(receive(sqs, url, WaitTimeSeconds=1)) == 1


def test_a_receipt_is_good_until_the_message_is_received_again(sqs):
    url = make(sqs, VisibilityTimeout=0)
    sqs.send_message(QueueUrl=url, MessageBody="x")
    [first] = receive(sqs, url)
    [second] = receive(sqs, url)
    sqs.delete_message(QueueUrl=url, ReceiptHandle=first["ReceiptHandle"])
    assert counts(sqs, url) == (1, 0, 0)
    sqs.delete_message(QueueUrl=url, ReceiptHandle=second["ReceiptHandle"])
    assert counts(sqs, url) == (0, 0, 0)


def test_visibility_can_be_prolonged_and_given_up(sqs):
    url = make(sqs, VisibilityTimeout=1)
    sqs.send_message(QueueUrl=url, MessageBody="x")
    [message] = receive(sqs, url)
    handle = {"QueueUrl": url, "ReceiptHandle": message["ReceiptHandle"]}
    sqs.change_message_visibility(**handle, VisibilityTimeout=60)
    time.sleep(1.2)
    assert counts(sqs, url) == (0, 1, 0)
    sqs.change_message_visibility(**handle, VisibilityTimeout=0)
    assert counts(sqs, url) == (1, 0, 0)
    code, message = refused(sqs.change_message_visibility, **handle, VisibilityTimeout=5)
    assert code == "InvalidParameterValue"
    assert message.endswith("Reason: Message does not exist or is not available for visibility timeout change.")


def test_a_message_received_too_often_is_put_aside(sqs):
    url, dead = with_dead_letters(sqs)
    sqs.send_message(QueueUrl=url, MessageBody="poison")
    assert len(receive(sqs, url)) == 1
    assert len(receive(sqs, url)) == 1
    assert receive(sqs, url) == []
    [message] = receive(sqs, dead, MessageSystemAttributeNames=["All"])
    assert message["Body"] == "poison"
    assert message["Attributes"]["DeadLetterQueueSourceArn"] == arn(sqs, url)


def test_dead_letters_move_back(sqs):
    url, dead = with_dead_letters(sqs, receives=1)
    for number in range(3):
        sqs.send_message(QueueUrl=url, MessageBody=str(number))
    assert len(receive(sqs, url, MaxNumberOfMessages=10)) == 3
    assert receive(sqs, url) == []
    assert counts(sqs, dead) == (3, 0, 0)
    sqs.start_message_move_task(SourceArn=arn(sqs, dead))
    eventually(lambda: counts(sqs, url) == (3, 0, 0))
    [task] = sqs.list_message_move_tasks(SourceArn=arn(sqs, dead))["Results"]
    assert (task["Status"], task["ApproximateNumberOfMessagesMoved"]) == ("COMPLETED", 3)
    assert "TaskHandle" not in task


def test_a_slow_move_can_be_stopped_and_only_one_runs(sqs):
    url, dead = with_dead_letters(sqs)
    for _ in range(5):
        sqs.send_message(QueueUrl=dead, MessageBody="x")
    source = arn(sqs, dead)
    handle = sqs.start_message_move_task(SourceArn=source, DestinationArn=arn(sqs, url), MaxNumberOfMessagesPerSecond=1)
    code, message = refused(sqs.start_message_move_task, SourceArn=source)
    assert (code, message[:31]) == ("InvalidParameterValue", "There is already a task running")
    sqs.cancel_message_move_task(TaskHandle=handle["TaskHandle"])
    states = lambda: sqs.list_message_move_tasks(SourceArn=source)["Results"][0]["Status"]  # noqa: E731
    eventually(lambda: states() == "CANCELLED")
    assert counts(sqs, dead)[0] >= 3
    code, _ = refused(sqs.start_message_move_task, SourceArn=arn(sqs, url))
    assert code == "InvalidParameterValue"


def test_what_cannot_be_sent_is_refused(sqs):
    url = make(sqs)
    assert refused(sqs.send_message, QueueUrl=url, MessageBody="\x00")[0] == "InvalidMessageContents"
    assert refused(sqs.send_message, QueueUrl=url, MessageBody="")[0] == "MissingParameter"
    assert refused(sqs.delete_message, QueueUrl=url, ReceiptHandle="nonsense")[0] == "ReceiptHandleIsInvalid"
    code, message = refused(sqs.receive_message, QueueUrl=url, MaxNumberOfMessages=11)
    assert (code, message) == (
        "InvalidParameterValue",
        "Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.",
    )


def test_the_cost_of_a_call_does_not_grow_with_the_depth(sqs):
    url = make(sqs)

    def batch():
        entries = [{"Id": str(number), "MessageBody": "x"} for number in range(10)]
        started = time.perf_counter()
        sqs.send_message_batch(QueueUrl=url, Entries=entries)
        received = receive(sqs, url, MaxNumberOfMessages=1)
        sqs.delete_message(QueueUrl=url, ReceiptHandle=received[0]["ReceiptHandle"])
        return time.perf_counter() - started

    # The quickest of some: only that is the cloud's own.
    first = min(batch() for _ in range(15))
    for _ in range(200):
        batch()
    last = min(batch() for _ in range(15))
    assert counts(sqs, url)[0] > 1800
    assert last < 3 * first
