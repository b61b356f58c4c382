"""Virtual private gateways that put their routes into a table; moto has no such operation."""

from __future__ import annotations

from moto.core.responses import EmptyResult
from moto.ec2.models import EC2Backend
from moto.ec2.models.route_tables import RouteTable
from moto.ec2.models.vpn_gateway import VpnGateway
from moto.ec2.responses import EC2Response

from ..ec2.errors import error


def install() -> None:
    RouteTable.propagating_vgws = property(_propagating)
    EC2Response.enable_vgw_route_propagation = enable_vgw_route_propagation
    EC2Response.disable_vgw_route_propagation = disable_vgw_route_propagation


def is_attached(gateway: VpnGateway, vpc_id: str) -> bool:
    attachment = gateway.attachments.get(vpc_id)
    return attachment is not None and attachment.state == "attached"


def _gateways(table: RouteTable) -> list[str]:
    return list(table.__dict__.setdefault("ail_propagating", []))


def _propagating(table: RouteTable) -> list[dict[str, str]]:
    return [{"GatewayId": gateway_id} for gateway_id in _gateways(table)]


def enable_vgw_route_propagation(self: EC2Response) -> EmptyResult:
    table, gateway_id = _asked(self)
    if not is_attached(self.ec2_backend.vpn_gateways[gateway_id], table.vpc_id):
        raise error("Gateway.NotAttached", f"resource {gateway_id} is not attached to network {table.vpc_id}")
    table.ail_propagating = sorted({*_gateways(table), gateway_id})
    return EmptyResult()


def disable_vgw_route_propagation(self: EC2Response) -> EmptyResult:
    table, gateway_id = _asked(self)
    table.ail_propagating = [found for found in _gateways(table) if found != gateway_id]
    return EmptyResult()


def _asked(answer: EC2Response) -> tuple[RouteTable, str]:
    backend: EC2Backend = answer.ec2_backend
    gateway_id = answer._get_param("GatewayId")
    if gateway_id not in backend.vpn_gateways:
        raise error("InvalidVpnGatewayID.NotFound", f"The vpnGateway ID '{gateway_id}' does not exist")
    return backend.get_route_table(answer._get_param("RouteTableId")), gateway_id
