"""A security group that an instance or an interface uses cannot be deleted."""

from __future__ import annotations

from moto.ec2.models import EC2Backend

from .. import running
from .errors import error
from .instances import TERMINATED

_delete = EC2Backend._delete_security_group


def install() -> None:
    EC2Backend._delete_security_group = delete_security_group


def delete_security_group(self: EC2Backend, vpc_id: str | None, group_id: str) -> None:
    with running.api_lock:
        in_use = any(
            group.id == group_id
            for instance in self.all_instances()
            if instance._state.code != TERMINATED
            for group in [*instance.security_groups, *(g for nic in instance.nics.values() for g in nic.group_set)]
        )
        if in_use or any(group.id == group_id for eni in self.enis.values() for group in eni.group_set):
            raise error("DependencyViolation", f"resource {group_id} has a dependent object")
        _delete(self, vpc_id, group_id)
