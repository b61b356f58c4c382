"""Sites that tests serve from this machine's loopback, at addresses that instances take for ones of the internet.

POST /ail-cloud/sites {"address": "93.184.215.14", "port": 80, "host_port": 8080}: whoever of the instances has a way
out finds the server at 127.0.0.1:8080 there. GET lists them, DELETE clears them.
"""

from __future__ import annotations

import ipaddress
import json

from werkzeug.wrappers import Request, Response

from .. import gateway
from ..machines import topology
from ..machines.slirp import NETWORK

_sites: dict[tuple[str, int], topology.Service] = {}


def install() -> None:
    gateway.current().routes["/ail-cloud/sites"] = manage


def served() -> tuple[topology.Service, ...]:
    return tuple(_sites.values())


def manage(request: Request) -> Response:
    from . import convergence

    if request.method == "POST":
        try:
            asked = json.loads(request.get_data())
            site = _site(str(asked["address"]), int(asked.get("port", 80)), int(asked["host_port"]))
        except (KeyError, TypeError, ValueError) as reason:
            return gateway.json_response({"error": f"address, port and host_port are wanted: {reason}"}, 400)
        _sites[site.address, site.port] = site
    elif request.method == "DELETE":
        _sites.clear()
    convergence.converge()
    return gateway.json_response(
        [{"address": site.address, "port": site.port, "host_port": site.host_port} for site in served()]
    )


def _site(address: str, port: int, host_port: int) -> topology.Service:
    if ipaddress.IPv4Address(address) in ipaddress.ip_network(NETWORK):
        raise ValueError(f"{address} is the cloud's own")
    if not (0 < port < 65536 and 0 < host_port < 65536):
        raise ValueError("a port lies between 1 and 65535")
    return topology.Service(address, port, host_port)
