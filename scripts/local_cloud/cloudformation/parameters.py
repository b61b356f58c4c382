"""A stack's parameters: their values, and the rules that the template gives them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from . import errors
from .template import Template

# Which describe call knows a value of an AWS-specific type
# (CloudFormation User Guide, "AWS-specific parameter types").
_LOOKUPS: dict[str, tuple[str, str]] = {
    "AWS::EC2::AvailabilityZone::Name": ("describe_availability_zones", "ZoneNames"),
    "AWS::EC2::Image::Id": ("describe_images", "ImageIds"),
    "AWS::EC2::Instance::Id": ("describe_instances", "InstanceIds"),
    "AWS::EC2::KeyPair::KeyName": ("describe_key_pairs", "KeyNames"),
    "AWS::EC2::SecurityGroup::Id": ("describe_security_groups", "GroupIds"),
    "AWS::EC2::Subnet::Id": ("describe_subnets", "SubnetIds"),
    "AWS::EC2::VPC::Id": ("describe_vpcs", "VpcIds"),
    "AWS::EC2::Volume::Id": ("describe_volumes", "VolumeIds"),
}
# Answers with an empty list rather than with an error.
_EMPTY_MEANS_MISSING = {"describe_images": "Images"}


@dataclass
class Parameters:
    """`given` is what Describe shows, `values` what Ref answers."""

    given: dict[str, str]
    values: dict[str, Any]
    no_echo: set[str]

    def shown(self) -> list[dict[str, str]]:
        return [
            {
                "ParameterKey": key,
                "ParameterValue": "****" if key in self.no_echo else value,
            }
            for key, value in self.given.items()
        ]


def resolve(template: Template, request: list[dict[str, Any]], previous: dict[str, str]) -> Parameters:
    """The value of each parameter: given, kept, or the default."""
    unknown = [item["ParameterKey"] for item in request if item["ParameterKey"] not in template.parameters]
    if unknown:
        raise errors.validation(f"Parameters: [{', '.join(unknown)}] do not exist in the template")
    given: dict[str, str] = {}
    for item in request:
        key = item["ParameterKey"]
        if item.get("UsePreviousValue"):
            if key in previous:
                given[key] = previous[key]
        elif item.get("ParameterValue") is not None:
            given[key] = str(item["ParameterValue"])
    missing = []
    for name, declared in template.parameters.items():
        if name not in given:
            if "Default" in declared:
                given[name] = _text(declared["Default"])
            else:
                missing.append(name)
    if missing:
        raise errors.validation(f"Parameters: [{', '.join(missing)}] must have values")
    ordered = {name: given[name] for name in template.parameters}
    for name, value in ordered.items():
        _check(name, value, template.parameters[name])
    return Parameters(
        given=ordered,
        values={name: _typed(value, template.parameters[name]) for name, value in ordered.items()},
        no_echo={
            name for name, declared in template.parameters.items() if _text(declared.get("NoEcho", False)) == "true"
        },
    )


def missing_values(template: Template, given: dict[str, str], ec2: Any) -> str | None:
    """The complaint about the first value of an AWS-specific type that does not exist."""
    for name, value in given.items():
        kind = template.parameters[name]["Type"].removeprefix("List<").removesuffix(">")
        if kind not in _LOOKUPS:
            continue
        operation, argument = _LOOKUPS[kind]
        for one in value.split(","):
            if not _exists(ec2, operation, argument, one.strip()):
                return (
                    f"Parameter validation failed: parameter value {one.strip()}"
                    f" for parameter name {name} does not exist"
                )
    return None


def _exists(ec2: Any, operation: str, argument: str, value: str) -> bool:
    from botocore.exceptions import ClientError

    try:
        answer = getattr(ec2, operation)(**{argument: [value]})
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] >= 500:
            raise
        return False
    listed = _EMPTY_MEANS_MISSING.get(operation)
    return listed is None or bool(answer[listed])


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _typed(value: str, declared: dict[str, Any]) -> Any:
    kind = declared["Type"]
    if kind == "CommaDelimitedList" or kind.startswith("List<"):
        return [item.strip() for item in value.split(",")] if value else []
    return value


def _check(name: str, value: str, declared: dict[str, Any]) -> None:
    kind = declared["Type"]
    items = value.split(",") if kind.startswith("List<") or kind == "CommaDelimitedList" else [value]
    allowed = declared.get("AllowedValues")
    if allowed is not None:
        texts = [_text(item) for item in allowed]
        if any(item.strip() not in texts for item in items):
            _refuse(declared, name, f"Parameter '{name}' must be one of AllowedValues")
    pattern = declared.get("AllowedPattern")
    if pattern is not None and not all(re.fullmatch(pattern, item) for item in items):
        _refuse(declared, name, f"Parameter '{name}' must match pattern {pattern}")
    if kind in ("Number", "List<Number>"):
        for item in items:
            _check_number(name, item, declared)
    if "MinLength" in declared and len(value) < int(declared["MinLength"]):
        _refuse(
            declared,
            name,
            f"Parameter '{name}' must contain at least {declared['MinLength']} characters",
        )
    if "MaxLength" in declared and len(value) > int(declared["MaxLength"]):
        _refuse(
            declared,
            name,
            f"Parameter '{name}' must contain at most {declared['MaxLength']} characters",
        )


def _check_number(name: str, value: str, declared: dict[str, Any]) -> None:
    try:
        number = float(value)
    except ValueError:
        raise errors.validation(f"Parameter '{name}' must be a number") from None
    if "MinValue" in declared and number < float(declared["MinValue"]):
        _refuse(declared, name, f"Parameter '{name}' must be a number not less than {declared['MinValue']}")
    if "MaxValue" in declared and number > float(declared["MaxValue"]):
        _refuse(
            declared,
            name,
            f"Parameter '{name}' must be a number not greater than {declared['MaxValue']}",
        )


def _refuse(declared: dict[str, Any], name: str, message: str) -> None:
    described = declared.get("ConstraintDescription")
    if described:
        raise errors.validation(f"Parameter {name} failed to satisfy constraint: {described}")
    raise errors.validation(message)
