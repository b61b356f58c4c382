"""VPC endpoints: the interfaces of one, or the routes of a gateway endpoint, come, change and go with it."""

from __future__ import annotations

from typing import Any

from moto.ec2.models import EC2Backend
from moto.ec2.models.vpcs import VPCEndPoint

from ..ec2.errors import error

_create, _modify = EC2Backend.create_vpc_endpoint, EC2Backend.modify_vpc_endpoint


def install() -> None:
    EC2Backend.create_vpc_endpoint = create_vpc_endpoint
    EC2Backend.modify_vpc_endpoint = modify_vpc_endpoint
    EC2Backend.delete_vpc_endpoints = delete_vpc_endpoints


def create_vpc_endpoint(
    self: EC2Backend, vpc_id: str, service_name: str, endpoint_type: str | None, *rest: Any, **named: Any
) -> VPCEndPoint:
    made = _create(self, vpc_id, service_name, endpoint_type or "Gateway", *rest, **named)
    for interface_id in made.network_interface_ids:
        interface = self.enis[interface_id]
        # moto gives it an address of no subnet.
        where = interface.subnet
        interface.private_ip_address = where.get_available_subnet_ip(instance=None)
        interface.private_ip_addresses = [{"Primary": True, "PrivateIpAddress": interface.private_ip_address}]
        interface.interface_type, interface.requester_managed, interface.status = "vpc_endpoint", True, "in-use"
        interface.description = f"VPC Endpoint Interface {made.id}"
    return made


def modify_vpc_endpoint(self: EC2Backend, vpc_id: str, *rest: Any, **named: Any) -> None:
    """`vpc_id` is moto's name for the endpoint's id."""
    endpoint = _endpoint(self, vpc_id)
    before = list(endpoint.route_table_ids)
    for table_id in named.get("add_route_tables") or []:
        self.get_route_table(table_id)
    _modify(self, vpc_id, *rest, **named)
    after = endpoint.route_table_ids
    for table_id in set(before) - set(after):
        self.delete_route(table_id, endpoint.destination_prefix_list_id)
    for table_id in [table_id for table_id in after if table_id not in before]:
        self.create_route(
            table_id, None, gateway_id=endpoint.id, destination_prefix_list_id=endpoint.destination_prefix_list_id
        )


def delete_vpc_endpoints(self: EC2Backend, vpce_ids: list[str] | None = None) -> None:
    for endpoint in [_endpoint(self, endpoint_id) for endpoint_id in vpce_ids or []]:
        for interface_id in endpoint.network_interface_ids:
            self.enis[interface_id].requester_managed = False
            self.delete_network_interface(interface_id)
        for table_id in endpoint.route_table_ids:
            self.delete_route(table_id, endpoint.destination_prefix_list_id)
        endpoint.network_interface_ids, endpoint.route_table_ids = [], []
        endpoint.state = "deleted"


def _endpoint(backend: EC2Backend, endpoint_id: str) -> VPCEndPoint:
    found = backend.vpc_end_points.get(endpoint_id)
    if found is None or found.state == "deleted":
        raise error("InvalidVpcEndpointId.NotFound", f"The Vpc Endpoint Id '{endpoint_id}' does not exist")
    return found
