"""RPC v2 CBOR, which today's SDKs speak to CloudWatch, taught to moto's parsers, routers and serializers.

moto 5.2 knows the query and the JSON protocol of this service. The new one is read and written beside them from the
same service model, so that signature and permissions are checked on the request as it came.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from botocore.model import Shape
from moto.cloudwatch import urls
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core import parse, routing, serialize
from moto.core.errors import ErrorShape
from moto.core.model import OperationModel

from .. import cbor

NAME = "smithy-rpc-v2-cbor"
PATH = "{0}/service/(?P<service>[^/]+)/operation/(?P<operation>[^/]+)$"


def install() -> None:
    parse.PROTOCOL_PARSERS[NAME] = Parser
    routing.PROTOCOL_ROUTERS[NAME] = Router
    serialize.SERIALIZERS[NAME] = Serializer
    urls.url_paths[PATH] = CloudWatchResponse.dispatch
    # Otherwise moto takes every body for text in UTF-8.
    CloudWatchResponse.use_raw_body = True


class Parser(parse.JSONParser):
    """The structure is JSON's; timestamps and binary values come as what they are."""

    def _do_parse(self, request_dict: Any, shape: Any) -> Any:
        body = request_dict["body"]
        return self._parse_shape(shape, cbor.decode(body) if body else {})

    def _parse_timestamp(self, shape: Shape, value: Any) -> Any:
        # moto reckons in UTC without saying so.
        return value.astimezone(UTC).replace(tzinfo=None) if isinstance(value, datetime) else value

    def _parse_blob(self, shape: Shape, value: Any) -> Any:
        return value


class Router(routing.RPCRouter):
    """The path's last part is the operation."""

    def _match(self, request: Any) -> tuple[OperationModel | None, dict[str, Any]]:
        name = request.path.rsplit("/", 1)[-1]
        known = name in self.service_model.operation_names
        return (self.service_model.operation_model(name) if known else None), {}


class Serializer(serialize.JSONSerializer):
    CONTENT_TYPE = "application/cbor"

    def serialize(self, result: Any) -> Any:
        answer = super().serialize(result)
        answer["headers"]["smithy-protocol"] = "rpc-v2-cbor"
        return answer

    def _get_protocol_specific_content_type(self) -> str:
        return self.CONTENT_TYPE

    def _get_protocol_specific_error_code(self, error: ErrorShape) -> str:
        return f"com.amazonaws.cloudwatch#{error.name}"

    def _serialize_body(self, body: Mapping[str, Any]) -> Any:
        return cbor.encode(body)

    def _serialize_type_timestamp(self, serialized: Any, value: Any, shape: Shape, key: str) -> None:
        if isinstance(value, str):
            value = datetime.fromisoformat(value)
        self._default_serialize(serialized, value.replace(tzinfo=value.tzinfo or UTC), shape, key)

    def _serialize_type_blob(self, serialized: Any, value: Any, shape: Shape, key: str) -> None:
        self._default_serialize(serialized, value if isinstance(value, bytes) else str(value).encode(), shape, key)

    def _serialize_type_boolean(self, serialized: Any, value: Any, shape: Shape, key: str) -> None:
        self._default_serialize(serialized, str(value).lower() == "true", shape, key)
