"""What is said of an id that nothing has; moto prints sets and lists of objects."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.ec2.models import EC2Backend
from moto.ec2.models.elastic_ip_addresses import ElasticAddress
from moto.ec2.models.internet_gateways import InternetGateway
from moto.ec2.models.subnets import Subnet
from moto.ec2.models.vpcs import VPC

from ..ec2.errors import error

_describe_vpcs, _describe_subnets = EC2Backend.describe_vpcs, EC2Backend.describe_subnets
_describe_addresses = EC2Backend.describe_addresses
_describe_gateways = EC2Backend.describe_internet_gateways


def install() -> None:
    EC2Backend.get_vpc = get_vpc
    EC2Backend.describe_internet_gateways = describe_internet_gateways
    EC2Backend.describe_vpcs = describe_vpcs
    EC2Backend.describe_subnets = describe_subnets
    EC2Backend.describe_addresses = describe_addresses
    EC2Backend.address_by_ip = address_by_ip
    EC2Backend.address_by_allocation = _by("allocation_id", "InvalidAllocationID.NotFound", "allocation")
    EC2Backend.address_by_association = _by("association_id", "InvalidAssociationID.NotFound", "association")


def get_vpc(self: EC2Backend, vpc_id: str) -> VPC:
    if vpc_id not in self.vpcs:
        raise error("InvalidVpcID.NotFound", f"The vpc ID '{vpc_id}' does not exist")
    return self.vpcs[vpc_id]


def describe_internet_gateways(
    self: EC2Backend, internet_gateway_ids: list[str] | None = None, filters: Any = None
) -> list[InternetGateway]:
    for gateway_id in internet_gateway_ids or []:
        if gateway_id not in self.internet_gateways:
            raise error("InvalidInternetGatewayID.NotFound", f"The internetGateway ID '{gateway_id}' does not exist")
    return _describe_gateways(self, internet_gateway_ids, filters)


def describe_vpcs(self: EC2Backend, vpc_ids: list[str] | None = None, filters: Any = None) -> list[VPC]:
    for vpc_id in vpc_ids or []:
        self.get_vpc(vpc_id)
    return _describe_vpcs(self, vpc_ids, filters)


def describe_subnets(self: EC2Backend, subnet_ids: list[str] | None = None, filters: Any = None) -> list[Subnet]:
    for subnet_id in subnet_ids or []:
        self.get_subnet(subnet_id)
    return _describe_subnets(self, subnet_ids, filters)


def describe_addresses(
    self: EC2Backend,
    allocation_ids: list[str] | None = None,
    public_ips: list[str] | None = None,
    filters: Any = None,
) -> list[ElasticAddress]:
    if allocation_ids:
        self.address_by_allocation(allocation_ids)
    if public_ips:
        self.address_by_ip(public_ips)
    return _describe_addresses(self, allocation_ids, public_ips, filters)


def address_by_ip(self: EC2Backend, ips: list[str], fail_if_not_found: bool = True) -> list[ElasticAddress]:
    for ip in ips if fail_if_not_found else []:
        if all(address.public_ip != ip for address in self.addresses):
            raise error("InvalidAddress.NotFound", f"Address '{ip}' not found.")
    return [address for address in self.addresses if address.public_ip in ips]


def _by(attribute: str, code: str, kind: str) -> Callable[[EC2Backend, list[str]], list[ElasticAddress]]:
    def find(self: EC2Backend, ids: list[str]) -> list[ElasticAddress]:
        for wanted in ids:
            if all(getattr(address, attribute) != wanted for address in self.addresses):
                raise error(code, f"The {kind} ID '{wanted}' does not exist")
        return [address for address in self.addresses if getattr(address, attribute) in ids]

    return find
