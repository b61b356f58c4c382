"""Attributes of queues: checked as the service checks them, and a change changes only what it names."""

from __future__ import annotations

import json
from typing import Any

from moto.sqs.models import Queue, SQSBackend

from .errors import error

# SQS API Reference, SetQueueAttributes.
RANGES = {
    "DelaySeconds": (0, 900),
    "KmsDataKeyReusePeriodSeconds": (60, 86_400),
    "MaximumMessageSize": (1024, 1_048_576),
    "MessageRetentionPeriod": (60, 1_209_600),
    "ReceiveMessageWaitTimeSeconds": (0, 20),
    "VisibilityTimeout": (0, 43_200),
}
MAX_RECEIVES = (1, 1000)
JSON = ("Policy", "RedrivePolicy", "RedriveAllowPolicy")
OTHERS = (
    "ContentBasedDeduplication",
    "DeduplicationScope",
    "FifoQueue",
    "FifoThroughputLimit",
    "KmsMasterKeyId",
    "SqsManagedSseEnabled",
)

_attributes = Queue.attributes.fget
_set_on_queue = Queue._set_attributes
_set = SQSBackend.set_queue_attributes


def install() -> None:
    Queue.attributes = property(attributes)
    Queue._set_attributes = set_on_queue
    SQSBackend.set_queue_attributes = set_queue_attributes
    # moto does not know this one.
    Queue.redrive_allow_policy = None
    Queue.BASE_ATTRIBUTES = [*Queue.BASE_ATTRIBUTES, "RedriveAllowPolicy"]


def attributes(self: Queue) -> dict[str, Any]:
    """The redrive policy is told without spaces (AWS CLI Command Reference, sqs get-queue-attributes); to who compares
    texts, as Terraform does, another spelling is another policy."""
    found = _attributes(self)
    if self.redrive_policy:
        found["RedrivePolicy"] = json.dumps(self.redrive_policy, separators=(",", ":"))
    return found


def set_queue_attributes(self: SQSBackend, queue_name: str, attributes: dict[str, Any]) -> Queue:
    check(attributes)
    return _set(self, queue_name, attributes)


def set_on_queue(self: Queue, attributes: dict[str, Any], now: float | None = None) -> None:
    """moto takes a policy that is not named for one that is to go."""
    if "Policy" not in attributes and "_policy_json" in self.__dict__:
        attributes = {**attributes, "Policy": self.policy}
    _set_on_queue(self, attributes, now)
    # Encryption is by SQS' own key or by one of KMS (SQS API Reference, SetQueueAttributes).
    if attributes.get("KmsMasterKeyId"):
        self.sqs_managed_sse_enabled = False


def check(attributes: dict[str, Any]) -> None:
    for name, value in attributes.items():
        if name in RANGES:
            smallest, largest = RANGES[name]
            if not str(value).isdigit() or not smallest <= int(value) <= largest:
                raise _invalid(name)
        elif name in JSON:
            _check_json(name, value)
        elif name not in OTHERS:
            raise error("InvalidAttributeName", f"Unknown Attribute {name}.")


def _check_json(name: str, value: Any) -> None:
    if value in ("", None) or isinstance(value, dict):
        return
    try:
        found = json.loads(value)
    except ValueError:
        raise _invalid(name) from None
    if not isinstance(found, dict):
        raise _invalid(name)
    if name == "RedrivePolicy" and found:
        times = str(found.get("maxReceiveCount", ""))
        if not times.isdigit() or not MAX_RECEIVES[0] <= int(times) <= MAX_RECEIVES[1]:
            raise error(
                "InvalidParameterValue",
                f"Value {value} for parameter RedrivePolicy is invalid. Reason: Invalid value for maxReceiveCount:"
                f" {times}, valid values are from {MAX_RECEIVES[0]} to {MAX_RECEIVES[1]} both inclusive.",
            )


def _invalid(name: str) -> Exception:
    return error("InvalidAttributeValue", f"Invalid value for the parameter {name}.")
