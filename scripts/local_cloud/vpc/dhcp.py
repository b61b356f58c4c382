"""DHCP options: a region has a default set, which each new VPC gets; a VPC leaves its set behind when it goes."""

from __future__ import annotations

from typing import Any

from moto.core.responses import EmptyResult
from moto.ec2.models import EC2Backend
from moto.ec2.models.dhcp_options import DHCPOptionsSet
from moto.ec2.models.vpcs import VPC
from moto.ec2.responses.dhcp_options import DHCPOptions

from ..ec2.errors import error

_new, _delete = VPC.__init__, EC2Backend.delete_dhcp_options_set


def install() -> None:
    VPC.__init__ = new_vpc
    EC2Backend.associate_dhcp_options = associate_dhcp_options
    # moto deletes the set of a VPC with the VPC.
    EC2Backend.delete_dhcp_options_set = lambda self, options_id: None
    DHCPOptions.delete_dhcp_options = delete_dhcp_options


def new_vpc(self: VPC, *arguments: Any, **named: Any) -> None:
    _new(self, *arguments, **named)
    self.dhcp_options = _default(self.ec2_backend)


def associate_dhcp_options(self: EC2Backend, dhcp_options: DHCPOptionsSet, vpc: VPC) -> None:
    """One set may be that of many VPCs."""
    vpc.dhcp_options = dhcp_options


def delete_dhcp_options(self: DHCPOptions) -> EmptyResult:
    backend, options_id = self.ec2_backend, self._get_param("DhcpOptionsId")
    if any(vpc.dhcp_options and vpc.dhcp_options.id == options_id for vpc in backend.vpcs.values()):
        raise error("DependencyViolation", f"The dhcpOptions '{options_id}' has dependencies and cannot be deleted.")
    _delete(backend, options_id)
    return EmptyResult()


def _default(backend: EC2Backend) -> DHCPOptionsSet:
    """Named by the region (VPC User Guide, "DHCP option sets in Amazon VPC")."""
    region = backend.region_name
    domain = "ec2.internal" if region == "us-east-1" else f"{region}.compute.internal"
    asked: dict[str, list[str]] = {"domain-name-servers": ["AmazonProvidedDNS"], "domain-name": [domain]}
    for options in backend.dhcp_options_sets.values():
        if {one["Key"]: [value["Value"] for value in one["Values"]] for one in options.dhcp_configurations} == asked:
            return options
    return backend.create_dhcp_options(
        domain_name_servers=asked["domain-name-servers"], domain_name=asked["domain-name"]
    )
