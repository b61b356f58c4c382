"""Security groups as what the router lets through."""

from __future__ import annotations

from typing import Any

from moto.ec2.models import EC2Backend
from moto.ec2.models.security_groups import SecurityGroupRule

from ..machines.topology import Rule


def of_interface(backend: EC2Backend, interface: Any) -> tuple[tuple[Rule, ...] | None, tuple[Rule, ...] | None]:
    """Inbound and outbound rules; None in the default VPC, whose one default group would lock everybody out."""
    if backend.vpcs[interface.subnet.vpc_id].is_default:
        return None, None
    inbound = [rule for group in interface.group_set for rule in group.ingress_rules]
    outbound = [rule for group in interface.group_set for rule in group.egress_rules]
    return tuple(_rule(backend, rule) for rule in inbound), tuple(_rule(backend, rule) for rule in outbound)


def _rule(backend: EC2Backend, rule: SecurityGroupRule) -> Rule:
    protocol = "all" if str(rule.ip_protocol) == "-1" else str(rule.ip_protocol)
    first = None if rule.from_port is None else int(rule.from_port)
    last = None if rule.to_port is None else int(rule.to_port)
    if rule.cidr_ipv4:
        peers = (str(rule.cidr_ipv4),)
    elif rule.source_group:
        peers = _members(backend, rule.source_group["GroupId"])
    else:
        peers = ()
    return Rule(protocol, first, last, peers)


def _members(backend: EC2Backend, group_id: str) -> tuple[str, ...]:
    """Private addresses only, as EC2 has it (VPC User Guide, "Security group referencing")."""
    return tuple(
        sorted(
            f"{interface.private_ip_address}/32"
            for interface in backend.enis.values()
            if any(group.id == group_id for group in interface.group_set)
        )
    )
