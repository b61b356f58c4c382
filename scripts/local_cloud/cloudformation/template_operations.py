"""The operations on templates."""

from __future__ import annotations

from typing import Any

from . import capabilities, errors, references
from .call import Call
from .stack_operations import Answer
from .template import Template

_CONSTRAINTS = {
    "AllowedPattern",
    "AllowedValues",
    "ConstraintDescription",
    "MaxLength",
    "MaxValue",
    "MinLength",
    "MinValue",
}


def get_template(call: Call) -> Answer:
    stack = call.stack()
    name = call.params.get("ChangeSetName")
    template = stack.template
    if name:
        found = [it for it in stack.change_sets.values() if name in (it.name, it.id)]
        if not found:
            raise errors.change_set_missing(name)
        template = found[0].template
    if template is None:
        raise errors.validation(f"Stack with id {stack.name} has no template yet")
    return {"TemplateBody": template.body, "StagesAvailable": ["Original", "Processed"]}


def validate_template(call: Call) -> Answer:
    template = call.template()
    references.check(template)
    needed, reason = capabilities.required(template)
    found: dict[str, Any] = {
        "Parameters": [
            _present(
                {
                    "ParameterKey": name,
                    "DefaultValue": _text(declared.get("Default")),
                    "NoEcho": _truth(declared.get("NoEcho")),
                    "Description": declared.get("Description"),
                }
            )
            for name, declared in template.parameters.items()
        ],
        "Description": template.description,
        "Capabilities": needed,
        "CapabilitiesReason": reason,
    }
    return _present(found)


def get_template_summary(call: Call) -> Answer:
    if call.params.get("StackName"):
        stack = call.stack()
        if stack.template is None:
            raise errors.validation(f"Stack with id {stack.name} has no template yet")
        template = stack.template
    else:
        template = call.template()
    references.check(template)
    needed, reason = capabilities.required(template)
    return _present(
        {
            "Parameters": [_declaration(name, declared) for name, declared in template.parameters.items()],
            "Description": template.description,
            "Capabilities": needed,
            "CapabilitiesReason": reason,
            "ResourceTypes": template.types,
            "Version": template.version,
            "Metadata": _metadata(template),
            "ResourceIdentifierSummaries": [],
        }
    )


def _declaration(name: str, declared: dict[str, Any]) -> dict[str, Any]:
    constraints: dict[str, Any] = {
        key: declared[key] for key in _CONSTRAINTS if key in declared and key != "AllowedValues"
    }
    constraints = {key: _text(value) for key, value in constraints.items()}
    if "AllowedValues" in declared:
        constraints["AllowedValues"] = [_text(item) for item in declared["AllowedValues"]]
    return _present(
        {
            "ParameterKey": name,
            "DefaultValue": _text(declared.get("Default")),
            "ParameterType": declared["Type"],
            "NoEcho": _truth(declared.get("NoEcho")),
            "Description": declared.get("Description"),
            "ParameterConstraints": constraints,
        }
    )


def _metadata(template: Template) -> str | None:
    import json

    return None if template.metadata is None else json.dumps(template.metadata)


def _text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _truth(value: Any) -> bool:
    return str(value).lower() == "true"


def _present(members: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in members.items() if value is not None}
