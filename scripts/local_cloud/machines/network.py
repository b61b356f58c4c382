"""A machine's own network namespace, and its line to the router of its private network."""

from __future__ import annotations

import ipaddress
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path

from . import inside
from .router import INTERFACE, Router

METADATA_ADDRESS = "169.254.169.254"


@dataclass(frozen=True)
class Place:
    """Where in a private network a machine is."""

    router: Router
    address: str
    subnet: str
    hardware_address: str

    @property
    def gateway(self) -> str:
        """The first address of a subnet is its router's (VPC User Guide, "Subnet CIDR blocks")."""
        return str(ipaddress.ip_network(self.subnet)[1])

    @property
    def prefix(self) -> int:
        return ipaddress.ip_network(self.subnet).prefixlen


class Network:
    """A namespace with the private address, a default route and the address of the metadata service."""

    def __init__(self, namespace: str, machine: str, place: Place) -> None:
        self.namespace = namespace
        self._machine = machine
        self._place = place

    @property
    def path(self) -> Path:
        return Path("/run/netns") / self.namespace

    def open(self) -> None:
        place = self._place
        _run("ip", "netns", "add", self.namespace)
        place.router.attach(self._machine, self.namespace, place.gateway)
        inside.ip_batch(
            self.path,
            [
                "link set lo up",
                f"address add {METADATA_ADDRESS}/32 dev lo",
                f"link set {INTERFACE} address {place.hardware_address} up",
                f"address add {place.address}/{place.prefix} dev {INTERFACE}",
                f"route add default via {place.gateway} dev {INTERFACE}",
            ],
        )

    def close(self) -> None:
        self._place.router.detach(self._machine)
        if self.path.exists():
            _run("ip", "netns", "delete", self.namespace)

    def connect(self, port: int, timeout: float) -> socket.socket:
        """A connection to the machine, made within its namespace: no rule of the network's is asked."""
        connection = inside.make_socket(self.path)
        try:
            connection.settimeout(timeout)
            connection.connect((self._place.address, port))
        except OSError:
            connection.close()
            raise
        return connection


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, text=True)
