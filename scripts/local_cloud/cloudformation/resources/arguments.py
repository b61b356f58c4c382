"""A template's scalars are text; an API wants numbers and booleans."""

from __future__ import annotations

import json
from typing import Any


def typed(client: Any, operation: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """The arguments in the types of the operation's input, by botocore's model of it."""
    name = client.meta.method_to_api_mapping[operation]
    shape = client.meta.service_model.operation_model(name).input_shape
    converted: dict[str, Any] = _convert(arguments, shape)
    return converted


def _convert(value: Any, shape: Any) -> Any:
    if shape is None:
        return value
    kind = shape.type_name
    if kind == "structure" and isinstance(value, dict):
        return {key: _convert(item, shape.members.get(key)) for key, item in value.items()}
    if kind == "map" and isinstance(value, dict):
        return {key: _convert(item, shape.value) for key, item in value.items()}
    if kind == "list":
        items = value if isinstance(value, list) else [value]
        return [_convert(item, shape.member) for item in items]
    return scalar(value, kind)


def scalar(value: Any, kind: str) -> Any:
    """A template's scalar in the type of a member."""
    if kind in ("integer", "long"):
        return int(value)
    if kind in ("float", "double"):
        return float(value)
    if kind == "boolean":
        return value if isinstance(value, bool) else str(value).lower() == "true"
    if kind == "string":
        if isinstance(value, bool):
            return "true" if value else "false"
        return json.dumps(value) if isinstance(value, dict | list) else str(value)
    return value
