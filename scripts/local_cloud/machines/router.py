"""The router of a private network: a namespace to which each machine has a line of its own, and slirp4netns' beside.

Every packet between two machines, and between a machine and the outside, passes here: routes and rules are the
kernel's own. Two networks may have the same addresses, each has a router of its own.
"""

from __future__ import annotations

import shutil
import subprocess
import threading
from pathlib import Path

from . import inside, routing, ruleset
from .slirp import MTU, Slirp
from .topology import Topology

# Answer for addresses behind other lines; take packets that another way would be the way back of.
_SETTINGS = {
    "ip_forward": 1,
    "conf/all/rp_filter": 0,
    "conf/default/rp_filter": 0,
    "conf/default/proxy_arp": 1,
    "conf/default/send_redirects": 0,
}

# The name of a machine's interface, as Nitro instances have it.
INTERFACE = "ens5"


class Router:
    """Open while a machine is attached."""

    def __init__(self, namespace: str, directory: Path) -> None:
        self._namespace = namespace
        self._directory = directory
        self._slirp = Slirp(self.path, directory)
        self._topology = Topology((), ())
        self._ports: dict[str, str] = {}
        self._rules = ""
        self._routes: dict[tuple[int, str], str] = {}
        self._lock = threading.RLock()

    @property
    def path(self) -> Path:
        return Path("/run/netns") / self._namespace

    def attach(self, machine: str, namespace: str, gateway: str) -> None:
        """A line from the machine's namespace, where it becomes INTERFACE, to a port here that has the gateway."""
        with self._lock:
            if not self._ports:
                self._open()
            number = next(n for n in range(1, 4096) if f"port{n}" not in self._ports.values())
            port = f"port{number}"
            table = routing.table_of(port)
            _run("ip", "-n", self._namespace, "link", "add", port, "mtu", str(MTU), "type", "veth",
                 "peer", "name", INTERFACE, "mtu", str(MTU), "netns", namespace)  # fmt: skip
            inside.ip_batch(
                self.path,
                [
                    f"address add {gateway}/32 dev {port}",
                    f"link set {port} up",
                    # Where it answers for an address behind another line, the kernel waits most of a second.
                    f"ntable change name arp_cache dev {port} proxy_delay 0",
                    # Until the topology says more.
                    f"route replace blackhole default table {table}",
                    f"rule add iif {port} lookup {table} priority {table}",
                ],
            )
            self._routes[table, "0.0.0.0/0"] = "blackhole 0.0.0.0/0"
            self._ports[machine] = port
            self._apply()

    def detach(self, machine: str) -> None:
        with self._lock:
            port = self._ports.pop(machine, None)
            if port is None:
                return
            if not self._ports:
                self._close()
                return
            table = routing.table_of(port)
            # Its end of the line goes with the machine's namespace, if that was faster.
            subprocess.run(["ip", "-n", self._namespace, "link", "delete", port], capture_output=True)
            inside.ip_batch(self.path, [f"rule delete priority {table}"])
            # The kernel took the routes over that line; those of its table go with the next topology.
            self._routes = {key: line for key, line in self._routes.items() if port not in line.split()}
            self._apply()

    def withdraw(self, topology: Topology) -> None:
        """Stop listening at addresses that this network no longer has: another may be about to."""
        with self._lock:
            self._topology = topology
            if self._ports:
                self._slirp.keep_only(self._forwards())

    def apply(self, topology: Topology) -> None:
        with self._lock:
            self._topology = topology
            if self._ports:
                self._apply()

    def _open(self) -> None:
        # What a first machine left that did not come up.
        self._close()
        self._directory.mkdir(parents=True)
        _run("ip", "netns", "add", self._namespace)
        settings = "; ".join(f"echo {value} >/proc/sys/net/ipv4/{name}" for name, value in _SETTINGS.items())
        inside.run(self.path, ["sh", "-ec", settings])
        self._slirp.start()
        inside.ip_batch(
            self.path,
            [
                "link set lo up",
                f"rule add lookup {routing.MEMBERS_TABLE} priority {routing.MEMBERS_PRIORITY}",
            ],
        )

    def _close(self) -> None:
        self._slirp.stop()
        if self.path.exists():
            _run("ip", "netns", "delete", self._namespace)
        shutil.rmtree(self._directory, ignore_errors=True)
        self._rules, self._routes = "", {}

    def _forwards(self) -> dict[str, int]:
        return {
            member.public_address: ruleset.forwarded_port(member.public_address)
            for member in self._topology.members
            if member.public_address and member.machine in self._ports
        }

    def _apply(self) -> None:
        rules = ruleset.render(self._topology, self._ports)
        if rules != self._rules:
            # One transaction: there is no moment without rules.
            inside.run(self.path, ["nft", "-f", "-"], rules)
            self._rules = rules
        wanted = routing.routes(self._topology, self._ports)
        changes = [
            f"route replace {line} table {table}"
            for (table, destination), line in wanted.items()
            if self._routes.get((table, destination)) != line
        ]
        gone = self._routes.keys() - wanted.keys()
        changes += [f"route delete {self._routes[key]} table {key[0]}" for key in gone]
        inside.ip_batch(self.path, changes)
        self._routes = wanted
        forwards = self._forwards()
        self._slirp.keep_only(forwards)
        self._slirp.forward(forwards)


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, text=True)
