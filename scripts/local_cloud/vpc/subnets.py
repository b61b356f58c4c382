"""CIDR blocks in their canonical form (EC2 API Reference, CreateVpc and CreateSubnet)."""

from __future__ import annotations

import ipaddress
from typing import Any

from moto.ec2.models import EC2Backend
from moto.ec2.models.subnets import Subnet
from moto.ec2.models.vpcs import VPC

from ..ec2.errors import error

_create_subnet, _create_vpc = EC2Backend.create_subnet, EC2Backend.create_vpc


def install() -> None:
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
    return _create_vpc(self, _canonical(cidr_block), *rest, **kwargs)


def _canonical(cidr_block: str) -> str:
    try:
        return str(ipaddress.IPv4Network(cidr_block, strict=False))
    except ValueError as reason:
        raise error(
            "InvalidParameterValue",
            f"Value ({cidr_block}) for parameter cidrBlock is invalid. This is not a valid CIDR block.",
        ) from reason
