"""Route tables: what a route may point to, what has become of it, and one table a subnet."""

from __future__ import annotations

from typing import Any

from moto.ec2.models import EC2Backend
from moto.ec2.models.route_tables import Route
from moto.ec2.responses import EC2Response

from ..ec2.errors import error
from . import routes

_create, _replace = EC2Backend.create_route, EC2Backend.replace_route
_associate = EC2Backend.associate_route_table
_delete = EC2Backend.delete_route_table
_describe = EC2Response.describe_route_tables


def install() -> None:
    Route.state = property(routes.state)
    Route.instance_id = property(lambda route: getattr(routes.target_instance(route), "id", None))
    Route.network_interface_id = property(_interface_id)
    Route.instance_owner_id = property(lambda route: getattr(routes.target_instance(route), "owner_id", None))
    EC2Backend.create_route = create_route
    EC2Backend.replace_route = replace_route
    EC2Backend.associate_route_table = associate_route_table
    EC2Backend.delete_route_table = delete_route_table


def _interface_id(route: Route) -> str | None:
    if route.interface is not None:
        return str(route.interface.id)
    if route.instance is not None and route.instance.state != "terminated":
        return str(route.instance.nics[0].id)
    return None


def create_route(
    self: EC2Backend, route_table_id: str, destination_cidr_block: str | None, *rest: Any, **targets: Any
) -> Route:
    _check_target(self, route_table_id, targets)
    if not targets.get("local"):
        table = self.get_route_table(route_table_id)
        for route in table.routes:
            if destination_cidr_block and route.destination_cidr_block == destination_cidr_block:
                raise error("RouteAlreadyExists", f"The route identified by {destination_cidr_block} already exists.")
    return _create(self, route_table_id, destination_cidr_block, *rest, **targets)


def replace_route(self: EC2Backend, route_table_id: str, *rest: Any, **targets: Any) -> Route:
    _check_target(self, route_table_id, targets)
    return _replace(self, route_table_id, *rest, **targets)


def _check_target(backend: EC2Backend, route_table_id: str, targets: dict[str, Any]) -> None:
    table = backend.get_route_table(route_table_id)
    nat_gateway_id = targets.get("nat_gateway_id")
    if nat_gateway_id is not None and nat_gateway_id not in backend.nat_gateways:
        raise error("InvalidNatGatewayID.NotFound", f"The natGateway ID '{nat_gateway_id}' does not exist")
    gateway_id = targets.get("gateway_id") or ""
    if gateway_id.startswith("igw-"):
        gateway = backend.get_internet_gateway(gateway_id)
        if gateway.vpc is None or gateway.vpc.id != table.vpc_id:
            raise error(
                "InvalidParameterValue",
                f"route table {route_table_id} and network gateway {gateway_id} belong to different networks",
            )


def associate_route_table(
    self: EC2Backend, route_table_id: str, gateway_id: str | None = None, subnet_id: str | None = None
) -> str:
    table = self.get_route_table(route_table_id)
    if subnet_id:
        if self.get_subnet(subnet_id).vpc_id != table.vpc_id:
            raise error(
                "InvalidParameterValue",
                f"Route table {route_table_id} and subnet {subnet_id} belong to different networks",
            )
        for other in self.route_tables.values():
            if other is not table and subnet_id in other._associations.values():
                raise error(
                    "Resource.AlreadyAssociated",
                    f"the specified association for route table {route_table_id} conflicts with an existing "
                    "association",
                )
    return _associate(self, route_table_id, gateway_id, subnet_id)


def delete_route_table(self: EC2Backend, route_table_id: str) -> None:
    table = self.get_route_table(route_table_id)
    # The main table goes with its VPC, which takes the association off first.
    if table._associations or table.main_association_id:
        raise error(
            "DependencyViolation",
            f"The routeTable '{route_table_id}' has dependencies and cannot be deleted.",
        )
    _delete(self, route_table_id)
