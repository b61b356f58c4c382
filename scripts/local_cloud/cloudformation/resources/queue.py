"""AWS::SQS::Queue and AWS::SQS::QueuePolicy."""

from __future__ import annotations

import json
from typing import Any

from botocore.exceptions import ClientError

from ..intrinsics import plain
from . import tags
from .handler import Handler
from .request import Request

_ATTRIBUTES = (
    "ContentBasedDeduplication",
    "DeduplicationScope",
    "DelaySeconds",
    "FifoQueue",
    "FifoThroughputLimit",
    "KmsDataKeyReusePeriodSeconds",
    "KmsMasterKeyId",
    "MaximumMessageSize",
    "MessageRetentionPeriod",
    "ReceiveMessageWaitTimeSeconds",
    "RedriveAllowPolicy",
    "RedrivePolicy",
    "SqsManagedSseEnabled",
    "VisibilityTimeout",
)
# What SetQueueAttributes has to say for a property that a template no longer has
# (Amazon SQS API Reference, SetQueueAttributes).
_DEFAULTS = {
    "DelaySeconds": "0",
    "MaximumMessageSize": "262144",
    "MessageRetentionPeriod": "345600",
    "ReceiveMessageWaitTimeSeconds": "0",
    "VisibilityTimeout": "30",
}


class Queue(Handler):
    def create(self, request: Request) -> None:
        sqs = request.client("sqs")
        properties = request.properties
        fifo = ".fifo" if plain(properties.get("FifoQueue", "false")) == "true" else ""
        name = properties.get("QueueName") or request.generated_name(80 - len(fifo)) + fifo
        attributes = {key: _text(properties[key]) for key in _ATTRIBUTES if key in properties}
        made = sqs.create_queue(QueueName=name, Attributes=attributes, tags=request.tags)
        request.identified(made["QueueUrl"])

    def update(self, request: Request) -> None:
        sqs = request.client("sqs")
        changed = {
            key: _text(request.properties.get(key, _DEFAULTS.get(key, "")))
            for key in _ATTRIBUTES
            if request.changed(key)
        }
        if changed:
            sqs.set_queue_attributes(QueueUrl=request.physical_id, Attributes=changed)
        put, gone = tags.difference(request)
        if put:
            sqs.tag_queue(QueueUrl=request.physical_id, Tags=put)
        if gone:
            sqs.untag_queue(QueueUrl=request.physical_id, TagKeys=gone)

    def delete(self, request: Request) -> None:
        request.client("sqs").delete_queue(QueueUrl=request.physical_id)

    def attribute(self, request: Request, name: str) -> Any:
        if name == "QueueUrl":
            return request.physical_id
        if name == "QueueName":
            return request.physical_id.rsplit("/", 1)[1]
        answer = request.client("sqs").get_queue_attributes(QueueUrl=request.physical_id, AttributeNames=["QueueArn"])
        return {"Arn": answer["Attributes"]["QueueArn"]}[name]


class QueuePolicy(Handler):
    def create(self, request: Request) -> None:
        self._set(request, request.properties["Queues"], _text(request.properties["PolicyDocument"]))
        request.identified(request.generated_name())

    def update(self, request: Request) -> None:
        queues = request.properties["Queues"]
        left = [url for url in request.previous["Queues"] if url not in queues]
        self._set(request, left, "")
        self._set(request, queues, _text(request.properties["PolicyDocument"]))

    def delete(self, request: Request) -> None:
        self._set(request, request.previous["Queues"], "")

    def _set(self, request: Request, queues: list[str], policy: str) -> None:
        for url in queues:
            try:
                request.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
            except ClientError as error:
                # A queue that is gone has no policy to take away.
                if policy or not self.is_gone(error):
                    raise


def _text(value: Any) -> str:
    return json.dumps(value) if isinstance(value, dict) else plain(value)
