"""A resource's properties in the shape of its service's API.

The two differ in case (`timeoutInMinutes`), in a few names, and in how CloudFront counts its lists. What the
API does not know is refused, as the service refuses a property that its schema does not have.
"""

from __future__ import annotations

from typing import Any

from .arguments import scalar
from .request import Request, failure


def shaped(request: Request, client: Any, operation: str, value: Any, *, renamed: dict[str, str] | None = None) -> Any:
    """`value` as the input of an operation; `renamed` has names of properties that the API calls otherwise."""
    name = client.meta.method_to_api_mapping[operation]
    shape = client.meta.service_model.operation_model(name).input_shape
    return _Shaping(request, renamed or {}).convert(value, shape, "#")


class _Shaping:
    def __init__(self, request: Request, renamed: dict[str, str]) -> None:
        self._request = request
        self._renamed = renamed

    def convert(self, value: Any, shape: Any, place: str) -> Any:
        kind = shape.type_name
        if kind == "structure" and isinstance(value, list) and "Quantity" in shape.members:
            # CloudFront says how many there are, and leaves out what there is none of.
            items = self.convert(value, shape.members["Items"], place)
            return {"Quantity": len(items), "Items": items} if items else {"Quantity": 0}
        if kind == "structure":
            return self._structure(value, shape, place)
        if kind == "list":
            items = value if isinstance(value, list) else [value]
            return [self.convert(item, shape.member, f"{place}/{at}") for at, item in enumerate(items)]
        if kind == "map":
            return {key: self.convert(item, shape.value, f"{place}/{key}") for key, item in value.items()}
        return scalar(value, kind)

    def _structure(self, value: Any, shape: Any, place: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise failure(self._request, f"{place}: expected type: JSONObject, found: {value!r}", "InvalidRequest")
        members = {name.lower(): name for name in shape.members}
        converted = {}
        for key, item in value.items():
            name = members.get(self._renamed.get(key, key).lower())
            if name is None:
                raise failure(self._request, f"{place}: extraneous key [{key}] is not permitted", "InvalidRequest")
            converted[name] = self.convert(item, shape.members[name], f"{place}/{key}")
        return converted
