"""A topology as routes of the kernel: a table for each machine, chosen by the port its packets come in at."""

from __future__ import annotations

from .slirp import DEVICE, DNS_ADDRESS, HOST_ADDRESS
from .topology import Member, Route, Topology

# All machines' own addresses; asked before the tables of the single machines.
MEMBERS_TABLE = 100
MEMBERS_PRIORITY = 100
_FIRST_TABLE = 1000


def table_of(port: str) -> int:
    return _FIRST_TABLE + int(port.removeprefix("port"))


def routes(topology: Topology, ports: dict[str, str]) -> dict[tuple[int, str], str]:
    """Table and destination of each route that there is to be, and how `ip route replace` is told of it."""
    wanted: dict[tuple[int, str], str] = {}
    addresses = {member.machine: member.address for member in topology.members}
    for member in topology.members:
        port = ports.get(member.machine)
        if port is None:
            continue
        wanted[MEMBERS_TABLE, f"{member.address}/32"] = f"{member.address}/32 dev {port}"
        for route in _table(topology, member):
            wanted[table_of(port), route.destination] = _line(route, ports, addresses)
        wanted[table_of(port), f"{DNS_ADDRESS}/32"] = f"{DNS_ADDRESS}/32 dev {DEVICE}"
    return wanted


def _table(topology: Topology, member: Member) -> list[Route]:
    # An address of the network that no machine has leads nowhere, and not out either.
    return [
        Route("0.0.0.0/0", "nowhere"),
        *(Route(network, "nowhere") for network in topology.ranges),
        *member.routes,
    ]


def _line(route: Route, ports: dict[str, str], addresses: dict[str, str]) -> str:
    if route.kind in ("outside", "translated"):
        return f"{route.destination} via {HOST_ADDRESS} dev {DEVICE}"
    if route.kind == "machine" and route.machine in ports and route.machine in addresses:
        return f"{route.destination} via {addresses[route.machine]} dev {ports[route.machine]} onlink"
    return f"blackhole {route.destination}"
