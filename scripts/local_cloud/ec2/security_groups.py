"""Security groups: none is deleted that an interface, or another group's rule, still needs."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.ec2.models import EC2Backend
from moto.ec2.models.security_groups import SecurityGroup
from moto.ec2.responses import EC2Response

from .. import running
from .errors import error

_create_backend = EC2Backend.create_security_group
_create = EC2Response.create_security_group
_delete_response = EC2Response.delete_security_group
_delete = EC2Backend._delete_security_group
_describe = EC2Backend.describe_security_groups


def install() -> None:
    EC2Backend.create_security_group = create_security_group
    EC2Response.create_security_group = answer_create
    EC2Response.delete_security_group = answer_delete
    EC2Backend._delete_security_group = delete_security_group
    EC2Backend.describe_security_groups = describe_security_groups


def create_security_group(
    self: EC2Backend, name: str, description: str, vpc_id: str | None = None, **rest: Any
) -> SecurityGroup:
    where = vpc_id or self.default_vpc.id
    self.get_vpc(where)
    if not rest.get("force") and any(group.name == name for group in self.groups[where].values()):
        raise error("InvalidGroup.Duplicate", f"The security group '{name}' already exists for VPC '{where}'")
    # moto finds a group of the same name in any VPC, if it has this name for its id.
    return _create_backend(self, name, description, where, **{**rest, "force": True})


def answer_create(self: EC2Response) -> ActionResult:
    answer = _create(self)
    group = self.ec2_backend.get_security_group_from_id(answer.result["GroupId"])
    answer.result["Tags"] = group.get_tags()
    return answer


def answer_delete(self: EC2Response) -> EmptyResult:
    backend = self.ec2_backend
    given = self._get_param("GroupId") or self._get_param("GroupName")
    group = backend.get_security_group_by_name_or_id(given) if given else None
    if group is not None and group.is_default:
        raise error(
            "CannotDelete", f'the specified group: "{group.id}" name: "{group.name}" cannot be deleted by a user'
        )
    return _delete_response(self)


def delete_security_group(self: EC2Backend, vpc_id: str | None, group_id: str) -> None:
    with running.api_lock:
        in_use = any(group.id == group_id for interface in self.enis.values() for group in interface.group_set)
        if in_use or _is_referenced(self, group_id):
            raise error("DependencyViolation", f"resource {group_id} has a dependent object")
        _delete(self, vpc_id, group_id)


def _is_referenced(backend: EC2Backend, group_id: str) -> bool:
    """A group's own rules may name itself."""
    return any(
        rule.source_group.get("GroupId") == group_id
        for groups in backend.groups.values()
        for group in groups.values()
        if group.id != group_id
        for rule in [*group.ingress_rules, *group.egress_rules]
    )


def describe_security_groups(
    self: EC2Backend, group_ids: list[str] | None = None, groupnames: list[str] | None = None, filters: Any = None
) -> list[SecurityGroup]:
    """moto's message for an unknown group is a printed set of objects."""
    for group_id in group_ids or []:
        if self.get_security_group_from_id(group_id) is None:
            raise error("InvalidGroup.NotFound", f"The security group '{group_id}' does not exist")
    for name in groupnames or []:
        if self.get_security_group_from_name(name) is None:
            raise error("InvalidGroup.NotFound", f"The security group '{name}' does not exist in default VPC")
    return _describe(self, group_ids, groupnames, filters)
