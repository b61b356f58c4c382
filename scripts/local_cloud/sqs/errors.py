"""Errors of SQS with both of their names.

The JSON protocol has the shape's name in `__type`; the header x-amzn-query-error carries the code of the older query
protocol, which the SDKs go on showing. botocore's model no longer lists these codes, so they stand here
(Smithy model of SQS, trait awsQueryError).
"""

from __future__ import annotations

from typing import Any

from moto.core import serialize
from moto.core.errors import ErrorShape
from moto.sqs.exceptions import SQSException

SPACE = "AWS.SimpleQueueService."
QUERY_CODES = {
    "QueueDoesNotExist": f"{SPACE}NonExistentQueue",
    "QueueNameExists": "QueueAlreadyExists",
    **{
        name: SPACE + name
        for name in (
            "BatchEntryIdsNotDistinct",
            "BatchRequestTooLong",
            "EmptyBatchRequest",
            "InvalidBatchEntryId",
            "MessageNotInflight",
            "PurgeQueueInProgress",
            "QueueDeletedRecently",
            "TooManyEntriesInBatchRequest",
            "UnsupportedOperation",
        )
    },
}
SHAPES = {code: name for name, code in QUERY_CODES.items()}


def error(code: str, message: str) -> SQSException:
    return SQSException(code, message)


def invalid_value(value: object, parameter: str, reason: str) -> SQSException:
    return error("InvalidParameterValue", f"Value {value} for parameter {parameter} is invalid. Reason: {reason}")


def install() -> None:
    serialize.SERVICE_SPECIFIC_SERIALIZERS["sqs"]["json"] = Serializer


class Serializer(serialize.JSONSerializer):
    def _get_protocol_specific_error_code(self, error: ErrorShape) -> str:
        return f"com.amazonaws.sqs#{SHAPES.get(error.error_code, error.name)}"

    def _serialize_error_metadata(self, serialized: Any, error: Exception, shape: ErrorShape) -> None:
        serialized["__type"] = self._get_protocol_specific_error_code(shape)
        serialized["message"] = getattr(error, "message", str(error))

    def _serialize_query_compatible_error_to_response(self, resp: Any, shape: ErrorShape) -> None:
        code = QUERY_CODES.get(shape.name, shape.error_code)
        resp["headers"]["x-amzn-query-error"] = f"{code};Sender"
