"""Internet gateways: one a VPC, and none is taken from under a public address."""

from __future__ import annotations

from moto.ec2.models import EC2Backend
from moto.ec2.models.vpn_gateway import VPCGatewayAttachment

from ..ec2.errors import error

_attach, _detach, _delete = (
    EC2Backend.attach_internet_gateway,
    EC2Backend.detach_internet_gateway,
    EC2Backend.delete_internet_gateway,
)


def install() -> None:
    EC2Backend.attach_internet_gateway = attach_internet_gateway
    EC2Backend.detach_internet_gateway = detach_internet_gateway
    EC2Backend.delete_internet_gateway = delete_internet_gateway


def attach_internet_gateway(self: EC2Backend, internet_gateway_id: str, vpc_id: str) -> VPCGatewayAttachment:
    self.get_vpc(vpc_id)
    gateway = self.get_internet_gateway(internet_gateway_id)
    if gateway.vpc:
        raise error(
            "Resource.AlreadyAssociated",
            f"resource {internet_gateway_id} is already attached to network {gateway.vpc.id}",
        )
    if any(other.vpc and other.vpc.id == vpc_id for other in self.internet_gateways.values()):
        raise error("InvalidParameterValue", f"Network {vpc_id} already has an internet gateway attached")
    return _attach(self, internet_gateway_id, vpc_id)


def detach_internet_gateway(self: EC2Backend, internet_gateway_id: str, vpc_id: str) -> None:
    gateway = self.get_internet_gateway(internet_gateway_id)
    mapped = any(interface.public_ip for interface in self.enis.values() if interface.subnet.vpc_id == vpc_id)
    if mapped and gateway.vpc and gateway.vpc.id == vpc_id:
        raise error(
            "DependencyViolation",
            f"Network {vpc_id} has some mapped public address(es). "
            "Please unmap those public address(es) before detaching the gateway.",
        )
    _detach(self, internet_gateway_id, vpc_id)


def delete_internet_gateway(self: EC2Backend, internet_gateway_id: str) -> None:
    if self.get_internet_gateway(internet_gateway_id).vpc:
        raise error(
            "DependencyViolation",
            f"The internetGateway '{internet_gateway_id}' has dependencies and cannot be deleted.",
        )
    _delete(self, internet_gateway_id)
