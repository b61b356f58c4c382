"""What a launch asks for: its own parameters over those of its launch template."""

from __future__ import annotations

from typing import Any

from moto.ec2.models import EC2Backend

from .errors import error

# Of a template, moto itself takes the user data; the tags are put together below.
_NOT_TAKEN = ("UserData", "TagSpecifications")

# EC2 API Reference, RunInstances, TagSpecification.
_TAGGABLE = ("instance", "volume", "network-interface", "spot-instances-request", "elastic-gpu")


def merged(backend: EC2Backend, parameters: dict[str, Any]) -> dict[str, Any]:
    template = parameters.get("LaunchTemplate")
    data = backend._get_template_from_args(template).data if template else {}
    result = {name: value for name, value in data.items() if name not in _NOT_TAKEN and value is not None}
    own = {name: value for name, value in parameters.items() if value not in (None, "")}
    if own.get("SubnetId") and result.get("NetworkInterfaces"):
        # The interface of the template is meant to be in the launch's subnet.
        result["NetworkInterfaces"] = [{**nic, "SubnetId": own["SubnetId"]} for nic in result["NetworkInterfaces"]]
        own = {name: value for name, value in own.items() if name != "SubnetId"}
    result |= own
    tags = _tags([*(data.get("TagSpecifications") or []), *(parameters.get("TagSpecifications") or [])])
    if tags:
        result["TagSpecifications"] = tags
    if result.get("NetworkInterfaces") and (result.get("SecurityGroupIds") or result.get("SecurityGroups")):
        raise error(
            "InvalidParameterCombination",
            "Network interfaces and an instance-level security groups may not be specified on the same request",
        )
    _check_groups(backend, result)
    return result


def _check_groups(backend: EC2Backend, parameters: dict[str, Any]) -> None:
    """Groups are a VPC's own."""
    interfaces = parameters.get("NetworkInterfaces") or [parameters]
    for interface in interfaces:
        subnet_id = interface.get("SubnetId")
        for group_id in interface.get("Groups") or interface.get("SecurityGroupIds") or []:
            group = backend.get_security_group_from_id(group_id)
            if group is None:
                raise error("InvalidGroup.NotFound", f"The security group '{group_id}' does not exist")
            if subnet_id and backend.get_subnet(subnet_id).vpc_id != group.vpc_id:
                raise error(
                    "InvalidParameter",
                    f"Security group {group_id} and subnet {subnet_id} belong to different networks.",
                )


def _tags(specifications: list[dict[str, Any]]) -> list[dict[str, Any]]:
    kinds: dict[str, dict[str, str]] = {}
    for specification in specifications:
        kind = specification.get("ResourceType", "")
        if kind not in _TAGGABLE:
            raise error("InvalidParameterValue", f"'{kind}' is not a valid taggable resource type for this operation.")
        kinds.setdefault(kind, {}).update({tag["Key"]: tag.get("Value", "") for tag in specification.get("Tags") or []})
    return [
        {"ResourceType": kind, "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}
        for kind, tags in kinds.items()
    ]
