"""What a change set tells: the difference of a stack and a plan, and why."""

from __future__ import annotations

import json
from collections.abc import Iterator
from graphlib import TopologicalSorter
from typing import Any

from . import registry
from .intrinsics import normal, plain
from .plan import Plan
from .references import references
from .stack import Resource, Stack

# Attributes of a resource beside its properties, as the service's Scope names them.
_ATTRIBUTES = ("CreationPolicy", "DeletionPolicy", "Metadata", "UpdatePolicy", "UpdateReplacePolicy")


def additions(plan: Plan) -> list[dict[str, Any]]:
    """The changes of a change set that creates a stack."""
    return [_add(name, item) for name, item in sorted(plan.definitions.items())]


def imports(plan: Plan, identifiers: dict[str, dict[str, str]]) -> list[dict[str, Any]]:
    """The changes of a change set that takes in what exists already."""
    found = [_add(name, plan.definitions[name]) for name in sorted(identifiers)]
    for change in found:
        resource = change["ResourceChange"]
        resource["Action"] = "Import"
        resource["PhysicalResourceId"] = "|".join(identifiers[resource["LogicalResourceId"]].values())
    return found


def is_different(stack: Stack, old: Plan, new: Plan) -> bool:
    """Whether an update would do anything at all."""
    if changes(stack, old, new):
        return True
    return bool(normal(old.open_outputs) != normal(new.open_outputs))


def changes(stack: Stack, old: Plan, new: Plan) -> list[dict[str, Any]]:
    """A Change for each resource that is added, modified or removed, by logical id."""
    current = {item.logical_id: item for item in stack.live_resources()}
    moved = _Moved(current, old, new)
    found = []
    for name in sorted(current.keys() | new.definitions.keys()):
        if name not in new.definitions:
            found.append(_remove(current[name]))
        elif name not in current:
            found.append(_add(name, new.definitions[name]))
        elif name in moved.details:
            found.append(_modify(current[name], new.definitions[name], moved.details[name]))
    return found


def _change(resource: dict[str, Any]) -> dict[str, Any]:
    return {"Type": "Resource", "ResourceChange": resource}


def _add(name: str, definition: dict[str, Any]) -> dict[str, Any]:
    return _change(
        {
            "Action": "Add",
            "LogicalResourceId": name,
            "ResourceType": definition["Type"],
            "Scope": [],
            "Details": [],
            "AfterContext": _context(definition),
        }
    )


def _remove(resource: Resource) -> dict[str, Any]:
    kept = resource.deletion_policy.startswith("Retain")
    return _change(
        {
            "PolicyAction": "Retain" if kept else "Delete",
            "Action": "Remove",
            "LogicalResourceId": resource.logical_id,
            "PhysicalResourceId": resource.physical_id,
            "ResourceType": resource.type,
            "Scope": [],
            "Details": [],
            "BeforeContext": _context(resource.definition),
        }
    )


def _modify(resource: Resource, definition: dict[str, Any], details: list[dict[str, Any]]) -> dict[str, Any]:
    replacement = _replacement(details)
    found = {
        "Action": "Modify",
        "LogicalResourceId": resource.logical_id,
        "PhysicalResourceId": resource.physical_id,
        "ResourceType": definition["Type"],
        "Replacement": replacement,
        "Scope": sorted({detail["Target"]["Attribute"] for detail in details}),
        "Details": details,
        "BeforeContext": _context(resource.definition),
        "AfterContext": _context(definition),
    }
    if replacement != "False":
        kept = definition.get("UpdateReplacePolicy") == "Retain"
        found["PolicyAction"] = "ReplaceAndRetain" if kept else "ReplaceAndDelete"
    return _change(found)


def without_values(change: dict[str, Any]) -> dict[str, Any]:
    """A Change as it is told unless the values of properties are asked for."""
    resource = {key: value for key, value in change["ResourceChange"].items() if key not in _VALUES}
    resource["Details"] = [
        {**detail, "Target": {key: value for key, value in detail["Target"].items() if key not in _VALUES}}
        for detail in resource["Details"]
    ]
    return {**change, "ResourceChange": resource}


def _replacement(details: list[dict[str, Any]]) -> str:
    """True only where a property that always asks for a new resource surely changes."""
    answer = "False"
    for detail in details:
        recreation = detail["Target"].get("RequiresRecreation", "Never")
        if recreation == "Always" and detail["Evaluation"] == "Static":
            return "True"
        if recreation != "Never":
            answer = "Conditional"
    return answer


_VALUES = ("AfterContext", "AfterValue", "AttributeChangeType", "BeforeContext", "BeforeValue", "Path")
# What stands for a value that a resource still to be made will give.
_UNKNOWN = "{{changeSet:KNOWN_AFTER_APPLY}}"


def _context(definition: dict[str, Any]) -> str:
    return _value({"Properties": definition["Properties"]})


def _value(value: Any) -> str:
    """A value as text; what refers to a resource is not known before it is made."""
    if isinstance(value, dict | list):
        return json.dumps(_known(value))
    return plain(value)


def _known(value: Any) -> Any:
    if isinstance(value, list):
        return [_known(item) for item in value]
    if isinstance(value, dict):
        if len(value) == 1 and next(iter(value)).startswith(("Ref", "Fn::")):
            return _UNKNOWN
        return {key: _known(item) for key, item in value.items()}
    return normal(value)


class _Moved:
    """The details of every resource that is modified, in the order of dependencies.

    A resource may change only because one that it refers to is replaced, so
    the order matters: what comes first is known when the next is looked at.
    """

    def __init__(self, current: dict[str, Resource], old: Plan, new: Plan) -> None:
        self._old, self._new = old, new
        self.details: dict[str, list[dict[str, Any]]] = {}
        self._parameters = {
            name
            for name, value in new.parameters.given.items()
            if name in old.parameters.given and old.parameters.given[name] != value
        }
        for name in _in_order(new.before):
            if name in current and name in old.definitions:
                details = list(self._of(name))
                if details:
                    self.details[name] = details

    def _of(self, name: str) -> Iterator[dict[str, Any]]:
        before, after = self._old.definitions[name], self._new.definitions[name]
        kind = after["Type"]
        if before["Type"] != kind:
            yield _detail("Properties", None, "Always", "Static", "DirectModification")
            return
        source = self._new.template.resources[name].get("Properties") or {}
        for property_name in sorted(before["Properties"].keys() | after["Properties"].keys()):
            yield from self._of_property(
                kind,
                property_name,
                before["Properties"].get(property_name),
                after["Properties"].get(property_name),
                source.get(property_name),
            )
        if registry.is_taggable(kind) and self._old.tags != self._new.tags:
            yield _detail("Tags", None, None, "Static", "DirectModification")
        for attribute in _ATTRIBUTES:
            if normal(before.get(attribute)) != normal(after.get(attribute)):
                yield _detail(attribute, None, None, "Static", "DirectModification")

    def _of_property(self, kind: str, name: str, before: Any, after: Any, source: Any) -> Iterator[dict[str, Any]]:
        attribute = "Tags" if name == "Tags" else "Properties"
        recreation = registry.recreation(kind, name)
        target = (attribute, None if name == "Tags" else name, recreation)
        if normal(before) != normal(after):
            values = _difference(name, before, after)
            causes = {found for found, item in references(source) if item is None} & self._parameters
            for cause in sorted(causes):
                yield _detail(*target, "Static", "ParameterReference", cause, values)
            yield _detail(*target, "Dynamic" if causes else "Static", "DirectModification", None, values)
            return
        for other, item in sorted(set(references(after)), key=str):
            replacement = _replacement(self.details.get(other, []))
            if item is None and replacement != "False":
                yield _detail(*target, "Dynamic", "ResourceReference", other)
            elif (
                item is not None
                and other in self.details
                and (replacement != "False" or _may_change(self.details[other]))
            ):
                yield _detail(*target, "Dynamic", "ResourceAttribute", f"{other}.{item}")


def _may_change(details: list[dict[str, Any]]) -> bool:
    """Whether the service takes it that attributes may come out different: where only tags change too."""
    return any(detail["Target"]["Attribute"] in ("Properties", "Tags") for detail in details)


def _detail(
    attribute: str,
    name: str | None,
    recreation: str | None,
    evaluation: str,
    source: str,
    cause: str | None = None,
    values: dict[str, str] | None = None,
) -> dict[str, Any]:
    target: dict[str, Any] = {"Attribute": attribute, **(values or {})}
    if name is not None:
        target["Name"] = name
    target["RequiresRecreation"] = recreation or "Never"
    found = {"Target": target, "Evaluation": evaluation, "ChangeSource": source}
    if cause is not None:
        found["CausingEntity"] = cause
    return found


def _difference(name: str, before: Any, after: Any) -> dict[str, str]:
    found = {"Path": f"/Properties/{name}", "AttributeChangeType": "Modify"}
    if before is None:
        found["AttributeChangeType"] = "Add"
    else:
        found["BeforeValue"] = _value(before)
    if after is None:
        found["AttributeChangeType"] = "Remove"
    else:
        found["AfterValue"] = _value(after)
    return found


def _in_order(before: dict[str, set[str]]) -> list[str]:
    return list(TopologicalSorter(before).static_order())
