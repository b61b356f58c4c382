"""Who refers to whom: the order of a stack's resources."""

from __future__ import annotations

import re
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from typing import Any

from . import errors, registry
from .template import Template

_VARIABLE = re.compile(r"\$\{([^!${}][^{}]*)\}")


def references(node: Any) -> Iterator[tuple[str, str | None]]:
    """Each (name, attribute) that a value refers to; the attribute of a Ref is None."""
    if isinstance(node, list):
        for item in node:
            yield from references(item)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key == "Ref" and isinstance(value, str):
                yield value, None
            elif key == "Fn::GetAtt":
                parts = value.split(".", 1) if isinstance(value, str) else value
                yield parts[0], ".".join(str(part) for part in parts[1:])
            elif key == "Fn::Sub":
                yield from _substitutions(value)
            else:
                yield from references(value)


def _substitutions(value: Any) -> Iterator[tuple[str, str | None]]:
    text, variables = value if isinstance(value, list) else (value, {})
    yield from references(list(variables.values()))
    for match in _VARIABLE.finditer(str(text)):
        name = match.group(1).strip()
        if name in variables:
            continue
        first, _, attribute = name.partition(".")
        yield first, attribute or None


def depends_on(definition: dict[str, Any]) -> list[str]:
    named = definition.get("DependsOn", [])
    return [named] if isinstance(named, str) else list(named)


def graph(definitions: dict[str, dict[str, Any]]) -> dict[str, set[str]]:
    """For each resource, those that must exist before it. The references are checked."""
    before: dict[str, set[str]] = {}
    for name, definition in definitions.items():
        wanted = {found for found, _ in references(definition.get("Properties", {}))}
        wanted |= set(depends_on(definition))
        before[name] = {other for other in wanted if other in definitions}
    try:
        TopologicalSorter(before).prepare()
    except CycleError as error:
        members = sorted(set(error.args[1]))
        raise errors.validation(f"Circular dependency between resources: [{', '.join(members)}]") from error
    return before


def check(template: Template) -> None:
    """Every name that is referred to exists in the template."""
    for block, nodes in (
        ("Resources", [item.get("Properties", {}) for item in template.resources.values()]),
        ("Outputs", list(template.outputs.values())),
    ):
        known = template.resources.keys() | template.parameters.keys()
        unknown = []
        for name, attribute in references(nodes):
            if attribute is not None:
                _check_attribute(template, name, attribute)
            elif name not in known and not name.startswith("AWS::"):
                unknown.append(name)
        if unknown:
            names = ", ".join(sorted(set(unknown)))
            raise errors.template_format(
                f"Unresolved resource dependencies [{names}] in the {block} block of the template"
            )
    for definition in template.resources.values():
        missing = [name for name in depends_on(definition) if name not in template.resources]
        if missing:
            raise errors.template_format(
                f"Unresolved resource dependencies [{', '.join(missing)}] in the Resources block of the template"
            )


def _check_attribute(template: Template, name: str, attribute: str) -> None:
    if name not in template.resources:
        raise errors.validation(f"Template error: instance of Fn::GetAtt references undefined resource {name}")
    kind = template.resources[name]["Type"]
    if not registry.has_attribute(kind, attribute):
        raise errors.validation(
            f"Template error: resource {name} does not support attribute type {attribute} in Fn::GetAtt"
        )
