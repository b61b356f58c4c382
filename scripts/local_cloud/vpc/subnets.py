"""CIDR blocks in their canonical form (EC2 API Reference, CreateVpc and CreateSubnet), and the addresses in them."""

from __future__ import annotations

import ipaddress
from typing import Any

from moto.ec2.models import EC2Backend
from moto.ec2.models.subnets import Subnet
from moto.ec2.models.vpcs import VPC

from ..ec2.errors import error
from . import default_group

_create_subnet, _create_vpc = EC2Backend.create_subnet, EC2Backend.create_vpc
_request_ip = Subnet.request_ip
_next_ip = Subnet.get_available_subnet_ip


# The network's own, its router's, its resolver's, and one for later (VPC User Guide, "Subnet CIDR blocks").
_RESERVED_FIRST = 4


def install() -> None:
    Subnet.request_ip = request_ip
    Subnet.get_available_subnet_ip = get_available_subnet_ip
    EC2Backend.create_subnet = create_subnet
    EC2Backend.create_vpc = create_vpc


def create_subnet(self: EC2Backend, vpc_id: str, cidr_block: str, *rest: Any, **kwargs: Any) -> Subnet:
    if cidr_block:
        cidr_block = _canonical(cidr_block)
        if not 16 <= ipaddress.ip_network(cidr_block).prefixlen <= 28:
            raise error("InvalidSubnet.Range", f"The CIDR '{cidr_block}' is invalid.")
    subnet = _create_subnet(self, vpc_id, cidr_block, *rest, **kwargs)
    if not self.vpcs[vpc_id].is_default:
        # moto takes the first subnet of a zone for the zone's default one.
        subnet.default_for_az = subnet.map_public_ip_on_launch = False
    return subnet


def create_vpc(self: EC2Backend, cidr_block: str, *rest: Any, **kwargs: Any) -> VPC:
    vpc = _create_vpc(self, _canonical(cidr_block), *rest, **kwargs)
    default_group.let_members_in(self, vpc.id)
    return vpc


def request_ip(subnet: Subnet, ip: str, instance: Any) -> None:
    address = ipaddress.ip_address(ip)
    last = subnet.cidr.num_addresses - 1
    place = int(address) - int(subnet.cidr.network_address)
    if not 0 <= place <= last:
        raise error("InvalidParameterValue", f"Address {ip} does not fall within the subnet's address range")
    if place < _RESERVED_FIRST or place == last:
        raise error("InvalidParameterValue", f"Address {ip} is in subnet's reserved address range")
    if ip in subnet._subnet_ips:
        raise error("InvalidIPAddress.InUse", f"Address {ip} is in use.")
    _request_ip(subnet, ip, instance)


def get_available_subnet_ip(subnet: Subnet, instance: Any) -> str:
    try:
        found: str = _next_ip(subnet, instance)
    except StopIteration:
        raise error(
            "InsufficientFreeAddressesInSubnet",
            f"There are not enough free addresses in subnet '{subnet.id}' to satisfy the requested number of "
            "instances.",
        ) from None
    return found


def _canonical(cidr_block: str) -> str:
    try:
        return str(ipaddress.IPv4Network(cidr_block, strict=False))
    except ValueError as reason:
        raise error(
            "InvalidParameterValue",
            f"Value ({cidr_block}) for parameter cidrBlock is invalid. This is not a valid CIDR block.",
        ) from reason
