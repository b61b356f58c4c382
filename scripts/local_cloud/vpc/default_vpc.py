"""The default VPC reaches the internet; moto's has neither a gateway nor a route to one."""

from __future__ import annotations

from moto.ec2.models import EC2Backend
from moto.ec2.models.vpcs import VPC

_create = EC2Backend.create_default_vpc


def install() -> None:
    EC2Backend.create_default_vpc = create_default_vpc


def create_default_vpc(self: EC2Backend) -> VPC:
    vpc = _create(self)
    gateway = self.create_internet_gateway()
    self.attach_internet_gateway(gateway.id, vpc.id)
    main = next(table for table in self.route_tables.values() if table.vpc_id == vpc.id and table.main_association_id)
    self.create_route(main.id, "0.0.0.0/0", gateway_id=gateway.id)
    return vpc
