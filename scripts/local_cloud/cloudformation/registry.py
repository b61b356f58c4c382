"""What is known of each resource type: the provider schemas that cfn-lint carries.

They are the service's own schemas, so replacement rules, attributes and tagging
are read, not written down here a second time.
"""

from __future__ import annotations

import json
from functools import lru_cache
from importlib.resources import files
from typing import Any

_SCHEMAS = files("cfnlint") / "data" / "schemas"
# Any region with every type would do; this one has the most.
_REGION = "us-east-1"

_PARAMETER_TYPES = {"String", "Number", "CommaDelimitedList", "List<Number>", "List<String>"}
_AWS_PARAMETER_PREFIXES = ("AWS::EC2::", "AWS::Route53::", "AWS::SSM::Parameter::", "AWS::SSM::")


@lru_cache
def _index() -> dict[str, str]:
    index: dict[str, str] = json.loads((_SCHEMAS / "providers" / f"{_REGION}.json").read_text())
    return index


@lru_cache(maxsize=256)
def schema(kind: str) -> dict[str, Any]:
    """The provider schema of a type; empty for one that has none."""
    digest = _index().get(kind)
    if digest is None:
        return {}
    found: dict[str, Any] = json.loads((_SCHEMAS / "resources" / f"{digest}.json").read_text())
    return found


def is_supported(kind: str) -> bool:
    """Whether this cloud can make such a resource."""
    from .resources import handler_for

    return handler_for(kind) is not None


def is_parameter_type(kind: Any) -> bool:
    name = str(kind)
    if name.startswith("List<") and name.endswith(">"):
        name = name[5:-1]
    return name in _PARAMETER_TYPES or name.startswith(_AWS_PARAMETER_PREFIXES)


def recreation(kind: str, name: str) -> str:
    """Never, Conditionally or Always: what a change of this property asks for."""
    pointer = f"/properties/{name}"
    if pointer in schema(kind).get("createOnlyProperties", []):
        return "Always"
    if pointer in schema(kind).get("conditionalCreateOnlyProperties", []):
        return "Conditionally"
    return "Never"


def is_taggable(kind: str) -> bool:
    return bool(schema(kind).get("tagging", {}).get("taggable", False))


def takes_system_tags(kind: str) -> bool:
    """Whether the service puts its own `aws:cloudformation:` tags on this type."""
    return bool(schema(kind).get("tagging", {}).get("cloudFormationSystemTags", False))


def has_property(kind: str, name: str) -> bool:
    known = schema(kind).get("properties")
    return known is None or name in known


def required_properties(kind: str) -> list[str]:
    return list(schema(kind).get("required", []))


def has_attribute(kind: str, name: str) -> bool:
    """Whether Fn::GetAtt accepts it (`Endpoint.Address` for a nested one).

    Mostly the read-only properties; a few types also answer plain ones, as
    AWS::EC2::Instance its AvailabilityZone.
    """
    found = schema(kind)
    if not found:
        return True
    read_only = found.get("readOnlyProperties", [])
    nested = {path.removeprefix("/properties/").replace("/", ".") for path in read_only}
    return name in nested or name.split(".")[0] in found.get("properties", {})
