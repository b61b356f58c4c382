"""A template with its parameters: what the resources of a stack shall be."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from . import references, registry
from .intrinsics import Evaluator, Lookup, plain
from .parameters import Parameters
from .template import Template


@dataclass
class Plan:
    template: Template
    parameters: Parameters
    tags: dict[str, str]
    evaluator: Evaluator
    # The names of the exports that the evaluation asked for so far.
    imports: set[str]

    @cached_property
    def definitions(self) -> dict[str, dict[str, Any]]:
        """The resources whose condition holds, evaluated as far as known beforehand."""
        found = {}
        for name, resource in self.template.resources.items():
            condition = resource.get("Condition")
            if condition is not None and not self.evaluator.condition(condition):
                continue
            definition = {key: value for key, value in resource.items() if key != "Condition"}
            definition["Properties"] = resource.get("Properties") or {}
            found[name] = {
                key: value if key in ("Type", "DependsOn") else self.evaluator.evaluate(value)
                for key, value in definition.items()
            }
        return found

    @cached_property
    def before(self) -> dict[str, set[str]]:
        return references.graph(self.definitions)

    @cached_property
    def open_outputs(self) -> dict[str, Any]:
        """The outputs whose condition holds, evaluated as far as known beforehand."""
        found = {}
        for name, output in self.template.outputs.items():
            condition = output.get("Condition")
            if condition is None or self.evaluator.condition(condition):
                rest = {key: value for key, value in output.items() if key != "Condition"}
                found[name] = self.evaluator.evaluate(rest)
        return found

    def outputs(self, lookup: Lookup) -> list[dict[str, str]]:
        evaluator = self.evaluator.with_lookup(lookup)
        found = []
        for name, output in self.open_outputs.items():
            output = evaluator.evaluate(output)
            entry = {"OutputKey": name, "OutputValue": plain(output["Value"])}
            if output.get("Description"):
                entry["Description"] = str(output["Description"])
            if output.get("Export"):
                entry["ExportName"] = plain(output["Export"]["Name"])
            found.append(entry)
        return found

    def resource_tags(
        self, stack_id: str, stack_name: str, logical_id: str, properties: dict[str, Any]
    ) -> dict[str, str]:
        """The stack's tags, the resource's own over them, and those of the service."""
        kind = self.definitions[logical_id]["Type"]
        own = properties.get("Tags", [])
        if isinstance(own, list):
            own = {str(tag["Key"]): str(tag["Value"]) for tag in own if isinstance(tag, dict) and "Key" in tag}
        if not registry.is_taggable(kind):
            return dict(own)
        tags = {**self.tags, **own}
        if registry.takes_system_tags(kind):
            tags |= {
                "aws:cloudformation:stack-name": stack_name,
                "aws:cloudformation:stack-id": stack_id,
                "aws:cloudformation:logical-id": logical_id,
            }
        return tags
