"""DescribeVpcPeeringConnections by the VPC of a side or the state; moto knows no filter."""

from __future__ import annotations

from collections.abc import Callable

from moto.core.responses import ActionResult
from moto.ec2.models.vpc_peering_connections import VPCPeeringConnection
from moto.ec2.responses import EC2Response

_FILTERS: dict[str, Callable[[VPCPeeringConnection], str]] = {
    "requester-vpc-info.vpc-id": lambda connection: str(connection.vpc.id),
    "accepter-vpc-info.vpc-id": lambda connection: str(connection.peer_vpc.id),
    "status-code": lambda connection: str(connection._status.code),
    "vpc-peering-connection-id": lambda connection: str(connection.id),
}


def install() -> None:
    EC2Response.describe_vpc_peering_connections = describe_vpc_peering_connections


def describe_vpc_peering_connections(self: EC2Response) -> ActionResult:
    found = self.ec2_backend.describe_vpc_peering_connections(
        vpc_peering_ids=self._get_param("VpcPeeringConnectionIds", [])
    )
    wanted = self._filters_from_querystring()
    for name, values in wanted.items():
        if name in _FILTERS:
            found = [connection for connection in found if _FILTERS[name](connection) in values]
    return ActionResult({"VpcPeeringConnections": found})
