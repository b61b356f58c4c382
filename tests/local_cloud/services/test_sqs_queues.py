"""Queues by name: what is there, what is not, and what was there a moment ago."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request

import pytest
from services import MINUTE, eventually, refused


@pytest.fixture
def sqs(cloud):
    return cloud.client("sqs")


def test_the_name_of_a_deleted_queue_stays_taken_for_a_minute(sqs):
    sqs.delete_queue(QueueUrl=sqs.create_queue(QueueName="q")["QueueUrl"])
    started = time.monotonic()
    code, message = refused(sqs.create_queue, QueueName="q")
    assert code == "AWS.SimpleQueueService.QueueDeletedRecently"
    assert message == (
        "You must wait 60 seconds after deleting a queue before you can create another with the same name."
    )

    def made():
        try:
            return sqs.create_queue(QueueName="q")
        except sqs.exceptions.QueueDeletedRecently:
            return None

    eventually(made)
    assert time.monotonic() - started >= 0.9 * MINUTE


def test_a_queue_is_purged_once_a_minute(sqs):
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="x")
    sqs.purge_queue(QueueUrl=url)
    assert "Messages" not in sqs.receive_message(QueueUrl=url)
    code, message = refused(sqs.purge_queue, QueueUrl=url)
    assert code == "AWS.SimpleQueueService.PurgeQueueInProgress"
    assert message == "Only one PurgeQueue operation on q is allowed every 60 seconds."


def test_another_wish_for_a_taken_name_is_refused(sqs):
    sqs.create_queue(QueueName="q", Attributes={"VisibilityTimeout": "90"})
    assert sqs.create_queue(QueueName="q", Attributes={"VisibilityTimeout": "90"})
    assert refused(sqs.create_queue, QueueName="q", Attributes={"VisibilityTimeout": "30"}) == (
        "QueueAlreadyExists",
        "A queue already exists with the same name and a different value for attribute VisibilityTimeout",
    )


def test_a_change_changes_only_what_it_names(sqs):
    policy = json.dumps({"Version": "2012-10-17", "Statement": [{"Sid": "s", "Effect": "Allow"}]})
    url = sqs.create_queue(QueueName="q", Attributes={"Policy": policy, "DelaySeconds": "3"})["QueueUrl"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "90", "KmsMasterKeyId": "alias/aws/sqs"})
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert json.loads(found["Policy"])["Statement"][0]["Sid"] == "s"
    assert (found["DelaySeconds"], found["VisibilityTimeout"], found["SqsManagedSseEnabled"]) == ("3", "90", "false")
    allow = json.dumps({"redrivePermission": "denyAll"})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": "", "RedriveAllowPolicy": allow})
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert ("Policy" in found, found["RedriveAllowPolicy"]) == (False, allow)


def test_a_redrive_policy_is_told_without_spaces(sqs):
    sqs.create_queue(QueueName="dead")
    policy = {"deadLetterTargetArn": "arn:aws:sqs:eu-central-1:123456789012:dead", "maxReceiveCount": 5}
    url = sqs.create_queue(QueueName="q", Attributes={"RedrivePolicy": json.dumps(policy)})["QueueUrl"]
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["RedrivePolicy"])["Attributes"]
    assert found == {"RedrivePolicy": json.dumps(policy, separators=(",", ":"))}


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("VisibilityTimeout", "43201", "InvalidAttributeValue"),
        ("MessageRetentionPeriod", "x", "InvalidAttributeValue"),
        ("Policy", "{", "InvalidAttributeValue"),
        ("Colour", "red", "InvalidAttributeName"),
        ("RedrivePolicy", '{"deadLetterTargetArn": "arn", "maxReceiveCount": 0}', "InvalidParameterValue"),
    ],
)
def test_an_impossible_attribute_is_refused(sqs, name, value, code):
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    assert refused(sqs.set_queue_attributes, QueueUrl=url, Attributes={name: value})[0] == code
    assert refused(sqs.create_queue, QueueName="other", Attributes={name: value})[0] == code


def test_an_error_has_the_names_of_both_protocols(cloud):
    scope = "AWS4-HMAC-SHA256 Credential=test/20260901/eu-central-1/sqs/aws4_request, SignedHeaders=host"
    request = urllib.request.Request(
        cloud.endpoint,
        json.dumps({"QueueName": "none"}).encode(),
        {
            "Authorization": scope,
            "Content-Type": "application/x-amz-json-1.0",
            "X-Amz-Target": "AmazonSQS.GetQueueUrl",
        },
    )
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request)
    answer = caught.value
    assert answer.headers["x-amzn-query-error"] == "AWS.SimpleQueueService.NonExistentQueue;Sender"
    assert json.loads(answer.read()) == {
        "__type": "com.amazonaws.sqs#QueueDoesNotExist",
        "message": "The specified queue does not exist.",
    }
    assert answer.code == 400
