"""The group that comes with a VPC lets its own members in; moto's lets nobody in."""

from __future__ import annotations

from moto.ec2.models import EC2Backend


def let_members_in(backend: EC2Backend, vpc_id: str) -> None:
    """VPC User Guide, "Default security groups for your VPCs"."""
    group = backend.get_security_group_from_name("default", vpc_id=vpc_id)
    backend.authorize_security_group_ingress(
        group.id, "-1", None, None, [], source_groups=[{"GroupId": group.id}], vpc_id=vpc_id
    )
