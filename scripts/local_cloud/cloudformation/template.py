"""Reading a template: YAML with the short forms of the functions, or JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import yaml

from . import errors, registry

SECTIONS = {
    "AWSTemplateFormatVersion",
    "Conditions",
    "Description",
    "Hooks",
    "Mappings",
    "Metadata",
    "Outputs",
    "Parameters",
    "Resources",
    "Rules",
    "Transform",
}
RESOURCE_MEMBERS = {
    "Condition",
    "CreationPolicy",
    "DeletionPolicy",
    "DependsOn",
    "Metadata",
    "Properties",
    "Type",
    "UpdatePolicy",
    "UpdateReplacePolicy",
}


@dataclass
class Template:
    body: str
    description: str | None = None
    version: str | None = None
    metadata: Any = None
    parameters: dict[str, Any] = field(default_factory=dict)
    mappings: dict[str, Any] = field(default_factory=dict)
    conditions: dict[str, Any] = field(default_factory=dict)
    resources: dict[str, Any] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)

    @property
    def types(self) -> list[str]:
        return sorted({resource["Type"] for resource in self.resources.values()})


class _Loader(yaml.SafeLoader):
    """YAML as CloudFormation reads it: dates stay text, `!Sub` is `Fn::Sub`."""


# `Version: 2012-10-17` is a string in every policy document.
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _short_form(loader: _Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    elif isinstance(node, yaml.MappingNode):
        value = loader.construct_mapping(node, deep=True)
    if suffix in ("Ref", "Condition"):
        return {suffix: value}
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _short_form)


def parse(body: str) -> Template:
    """The template, or the ValidationError that the service answers."""
    document = _document(body)
    if not isinstance(document, dict):
        raise errors.template_format("unsupported structure.")
    unknown = sorted(str(key) for key in document if key not in SECTIONS)
    if unknown:
        raise validation_of_members(unknown)
    template = Template(
        body=body,
        description=document.get("Description"),
        version=_text(document.get("AWSTemplateFormatVersion")),
        metadata=document.get("Metadata"),
        parameters=_section(document, "Parameters"),
        mappings=_section(document, "Mappings"),
        conditions=_section(document, "Conditions"),
        resources=_section(document, "Resources"),
        outputs=_section(document, "Outputs"),
    )
    _check_parameters(template)
    _check_resources(template)
    _check_outputs(template)
    return template


def validation_of_members(names: list[str]) -> Exception:
    return errors.template_format(f"Invalid template property or properties [{', '.join(names)}]")


def _document(body: str) -> Any:
    if body.lstrip().startswith("{"):
        try:
            return json.loads(body)
        except json.JSONDecodeError as error:
            raise errors.template_format(
                f"JSON not well-formed. (line {error.lineno}, column {error.colno})"
            ) from error
    try:
        return yaml.load(body, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f" (line {mark.line + 1}, column {mark.column + 1})" if mark else ""
        raise errors.template_format(f"YAML not well-formed.{place}") from error
    except yaml.YAMLError as error:
        raise errors.template_format("YAML not well-formed.") from error


def _section(document: dict[str, Any], name: str) -> dict[str, Any]:
    if name not in document:
        return {}
    section = document[name]
    if section is None:
        raise errors.template_format(f"[/{name}] 'null' values are not allowed in templates")
    if not isinstance(section, dict):
        raise errors.template_format(f"{name} must be a map.")
    for key, value in section.items():
        if value is None:
            raise errors.template_format(f"[/{name}/{key}] 'null' values are not allowed in templates")
    return section


def _check_parameters(template: Template) -> None:
    for name, parameter in template.parameters.items():
        if not isinstance(parameter, dict) or "Type" not in parameter:
            raise errors.template_format("Every Parameters object must contain a Type member.")
        if not registry.is_parameter_type(parameter["Type"]):
            raise errors.template_format(f"Unrecognized parameter type: {parameter['Type']} (parameter {name})")


def _check_resources(template: Template) -> None:
    if not template.resources:
        raise errors.template_format("At least one Resources member must be defined.")
    for name, resource in template.resources.items():
        if not str(name).isalnum():
            raise errors.template_format(f"Resource name {name} is non alphanumeric.")
        if not isinstance(resource, dict):
            raise errors.template_format(f"[/Resources/{name}] resource definition is malformed")
        if "Type" not in resource:
            raise errors.template_format(f"[/Resources/{name}] Every Resources object must contain a Type member.")
        for member in resource:
            if member not in RESOURCE_MEMBERS:
                raise errors.validation(f"Invalid template resource property '{member}'")
        condition = resource.get("Condition")
        if condition is not None and condition not in template.conditions:
            raise errors.template_format(
                f"Unresolved condition dependency {condition} in the Resources block of the template"
            )
    unknown = [kind for kind in template.types if not registry.is_supported(kind)]
    if unknown:
        raise errors.template_format(f"Unrecognized resource types: [{', '.join(unknown)}]")


def _check_outputs(template: Template) -> None:
    for name, output in template.outputs.items():
        if not isinstance(output, dict) or "Value" not in output:
            raise errors.template_format(f"[/Outputs/{name}] Every Outputs member must contain a Value object")


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
