"""What a VPC and a subnet cannot be deleted without."""

from __future__ import annotations

from moto.ec2.models import EC2Backend
from moto.ec2.models.subnets import Subnet
from moto.ec2.models.vpcs import VPC

from ..ec2.errors import error
from . import acls, propagation

_delete_vpc, _delete_subnet = EC2Backend.delete_vpc, EC2Backend.delete_subnet


def install() -> None:
    EC2Backend.delete_vpc = delete_vpc
    EC2Backend.delete_subnet = delete_subnet


def delete_vpc(self: EC2Backend, vpc_id: str) -> VPC:
    self.get_vpc(vpc_id)
    tables = [table for table in self.route_tables.values() if table.vpc_id == vpc_id]
    if (
        self.describe_subnets(filters={"vpc-id": vpc_id})
        or any(gateway.vpc and gateway.vpc.id == vpc_id for gateway in self.internet_gateways.values())
        or any(gateway.vpc_id == vpc_id for gateway in self.egress_only_internet_gateways.values())
        or any(not group.is_default for group in self.groups.get(vpc_id, {}).values())
        or any(not table.main_association_id for table in tables)
        or any(not acl.default for acl in self.network_acls.values() if acl.vpc_id == vpc_id)
        or any(propagation.is_attached(gateway, vpc_id) for gateway in self.vpn_gateways.values())
        or any(endpoint.vpc_id == vpc_id and endpoint.state != "deleted" for endpoint in self.vpc_end_points.values())
    ):
        raise error("DependencyViolation", f"The vpc '{vpc_id}' has dependencies and cannot be deleted.")
    for table in tables:
        table.main_association_id = None
    for acl_id in [acl.id for acl in self.network_acls.values() if acl.vpc_id == vpc_id]:
        del self.network_acls[acl_id]
    return _delete_vpc(self, vpc_id)


def delete_subnet(self: EC2Backend, subnet_id: str) -> Subnet:
    self.get_subnet(subnet_id)
    if any(interface.subnet.id == subnet_id for interface in self.enis.values()):
        raise error("DependencyViolation", f"The subnet '{subnet_id}' has dependencies and cannot be deleted.")
    subnet = _delete_subnet(self, subnet_id)
    for table in self.route_tables.values():
        # The association ends with the subnet.
        for association_id in [found for found, target in table._associations.items() if target == subnet_id]:
            del table._associations[association_id]
    acls.forget_subnet(self, subnet_id)
    return subnet
