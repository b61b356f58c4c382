"""Network ACLs: a subnet's own list of what passes its border, in order; and what moto gets wrong about them."""

from __future__ import annotations

from typing import Any

from moto.ec2.models import EC2Backend
from moto.ec2.models.network_acls import NetworkAcl, NetworkAclAssociation, NetworkAclEntry

from ..ec2.errors import error
from ..machines.topology import Entry, Rule

# The last entry of each list, which denies what no other one says (VPC User Guide, "Network ACL rules").
LAST = 32767

_PROTOCOLS = {"-1": "all", "6": "tcp", "17": "udp", "1": "icmp"}

_create, _delete = EC2Backend.create_network_acl, EC2Backend.delete_network_acl
_delete_entry = EC2Backend.delete_network_acl_entry
_replace_association = EC2Backend.replace_network_acl_association
_describe = EC2Backend.describe_network_acls


def install() -> None:
    EC2Backend.create_network_acl = create_network_acl
    EC2Backend.delete_network_acl = delete_network_acl
    EC2Backend.delete_network_acl_entry = delete_network_acl_entry
    EC2Backend.replace_network_acl_association = replace_network_acl_association
    EC2Backend.describe_network_acls = describe_network_acls


def of_subnet(backend: EC2Backend, subnet_id: str) -> tuple[tuple[Entry, ...] | None, tuple[Entry, ...] | None]:
    """Inbound and outbound entries; None where the first one lets everything through."""
    for acl in backend.network_acls.values():
        if any(association.subnet_id == subnet_id for association in acl.associations):
            return _entries(acl, False), _entries(acl, True)
    return None, None


def forget_subnet(backend: EC2Backend, subnet_id: str) -> None:
    for acl in backend.network_acls.values():
        for association in [found for found in acl.associations if found.subnet_id == subnet_id]:
            del acl._associations[association.id]


def _entries(acl: NetworkAcl, egress: bool) -> tuple[Entry, ...] | None:
    found = [entry for entry in acl.entries if bool(entry.egress) == egress and entry.cidr_block]
    entries = tuple(_entry(entry) for entry in sorted(found, key=lambda entry: int(entry.rule_number)))
    if entries and entries[0] == Entry(True, Rule("all", None, None, ("0.0.0.0/0",))):
        return None
    return entries


def _entry(entry: NetworkAclEntry) -> Entry:
    protocol = _PROTOCOLS.get(str(entry.protocol), str(entry.protocol))
    first, last = entry.port_range_from, entry.port_range_to
    if protocol == "icmp":
        first = last = entry.icmp_type
    elif protocol not in ("tcp", "udp"):
        first = last = None
    ports = (None if first is None else int(first), None if last is None else int(last))
    return Entry(entry.rule_action == "allow", Rule(protocol, *ports, (str(entry.cidr_block),)))


def create_network_acl(self: EC2Backend, vpc_id: str, tags: Any = None, default: bool = False) -> NetworkAcl:
    acl = _create(self, vpc_id, tags, default)
    if not default:
        # A new list denies everything; moto's is empty.
        for egress in (True, False):
            self.create_network_acl_entry(acl.id, LAST, "-1", "deny", egress, "0.0.0.0/0", None, None, None, None, None)
    return acl


def delete_network_acl(self: EC2Backend, network_acl_id: str) -> NetworkAcl:
    if self.get_network_acl(network_acl_id).default:
        raise error("InvalidParameterValue", "Cannot delete default network ACL")
    return _delete(self, network_acl_id)


def delete_network_acl_entry(self: EC2Backend, network_acl_id: str, rule_number: int, egress: bool) -> NetworkAclEntry:
    acl = self.get_network_acl(network_acl_id)
    if not any(entry.rule_number == rule_number and entry.egress == egress for entry in acl.entries):
        direction = "egress" if egress else "ingress"
        raise error(
            "InvalidNetworkAclEntry.NotFound",
            f"The network acl '{network_acl_id}' does not have a rule number {rule_number} ({direction})",
        )
    return _delete_entry(self, network_acl_id, rule_number, egress)


def replace_network_acl_association(
    self: EC2Backend, association_id: str, network_acl_id: str
) -> NetworkAclAssociation:
    self.get_network_acl(network_acl_id)
    if not any(association_id in acl._associations for acl in self.network_acls.values()):
        raise error("InvalidAssociationID.NotFound", f"The association ID '{association_id}' does not exist")
    return _replace_association(self, association_id, network_acl_id)


def describe_network_acls(
    self: EC2Backend, network_acl_ids: list[str] | None = None, filters: Any = None
) -> list[NetworkAcl]:
    for acl_id in network_acl_ids or []:
        if acl_id not in self.network_acls:
            raise error("InvalidNetworkAclID.NotFound", f"The networkAcl ID '{acl_id}' does not exist")
    # moto has no filter for the id.
    wanted = dict(filters or {})
    ids = wanted.pop("network-acl-id", None)
    found = _describe(self, network_acl_ids, wanted)
    return found if ids is None else [acl for acl in found if acl.id in ids]
