"""Where a subnet's packets go: its route table, and what has become of the table's targets."""

from __future__ import annotations

from typing import Any

from moto.ec2.models import EC2Backend
from moto.ec2.models.instances import Instance
from moto.ec2.models.internet_gateways import InternetGateway
from moto.ec2.models.route_tables import Route, RouteTable

from ..machines import topology

ACTIVE, BLACKHOLE = "active", "blackhole"


def table_of(backend: EC2Backend, subnet_id: str, vpc_id: str) -> RouteTable | None:
    """The subnet's own table, or the VPC's main one."""
    tables = [table for table in backend.route_tables.values() if table.vpc_id == vpc_id]
    for table in tables:
        if subnet_id in table._associations.values():
            return table
    return next((table for table in tables if table.main_association_id), None)


def of_subnet(backend: EC2Backend, subnet_id: str, vpc_id: str) -> tuple[topology.Route, ...]:
    """What leaves the VPC's own ranges."""
    table = table_of(backend, subnet_id, vpc_id)
    routes = table.routes if table else []
    return tuple(_route(route) for route in routes if route.destination_cidr_block and not route.local)


def state(route: Route) -> str:
    """A route whose target is gone, or does not run, loses what is sent there (VPC User Guide, "Route tables")."""
    if route.local:
        return ACTIVE
    if route.gateway is not None:
        return ACTIVE if _stands(route) else BLACKHOLE
    if route.nat_gateway is not None:
        return ACTIVE if route.nat_gateway.state in ("available", "pending", "deleting") else BLACKHOLE
    if route.interface is not None or route.instance is not None:
        instance = target_instance(route)
        return ACTIVE if instance is not None and instance.state in ("running", "pending") else BLACKHOLE
    return ACTIVE


def target_instance(route: Route) -> Instance | None:
    if route.interface is not None:
        known = route.interface.id in route.interface.ec2_backend.enis
        return route.interface.instance if known else None
    return route.instance


def leads_to_the_internet(backend: EC2Backend, subnet_id: str, vpc_id: str) -> bool:
    """Whether a host of the subnet that has a public address reaches the internet."""
    routes = of_subnet(backend, subnet_id, vpc_id)
    return any(route.destination == "0.0.0.0/0" and route.kind == "outside" for route in routes)


def _stands(route: Route) -> bool:
    gateway: Any = route.gateway
    if not isinstance(gateway, InternetGateway):
        return True
    attached_to = gateway.vpc.id if gateway.vpc else None
    return gateway.id in gateway.ec2_backend.internet_gateways and attached_to == route.route_table.vpc_id


def _route(route: Route) -> topology.Route:
    destination = str(route.destination_cidr_block)
    if state(route) == BLACKHOLE:
        return topology.Route(destination, "nowhere")
    if isinstance(route.gateway, InternetGateway):
        return topology.Route(destination, "outside")
    if route.nat_gateway is not None:
        return topology.Route(destination, "translated" if _translates(route.nat_gateway) else "nowhere")
    instance = target_instance(route)
    if instance is not None:
        return topology.Route(destination, "machine", instance.id)
    return topology.Route(destination, "nowhere")


def _translates(gateway: Any) -> bool:
    backend: EC2Backend = gateway.ec2_backend
    has_address = any(address.get("publicIp") for address in gateway.address_set)
    return (
        gateway.state == "available"
        and has_address
        and leads_to_the_internet(backend, gateway.subnet_id, gateway.vpc_id)
    )
