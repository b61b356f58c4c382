"""slirp4netns: joins a network namespace to the outside, without changing anything of the host's own network."""

from __future__ import annotations

import json
import os
import select
import socket
import subprocess
from pathlib import Path

# slirp4netns puts itself at .2, its resolver at .3 and the namespace at .100 of its network (slirp4netns(1)).
# A link-local one, because no VPC can have these addresses (VPC User Guide, "VPC CIDR blocks").
NETWORK = "169.254.10.0/24"
HOST_ADDRESS = "169.254.10.2"
DNS_ADDRESS = "169.254.10.3"
OWN_ADDRESS = "169.254.10.100"
DEVICE = "tap0"

# Room for the headers of whatever tunnel the host itself is behind.
MTU = 1400


class NetworkError(RuntimeError):
    """slirp4netns did not do what it was asked for."""


class Slirp:
    """The process of one namespace, and the host's ports that it listens at."""

    def __init__(self, namespace: Path, directory: Path) -> None:
        self._namespace = namespace
        self._socket = directory / "slirp.sock"
        self._log = directory / "slirp.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._forwards: dict[str, int] = {}

    def start(self) -> None:
        ready, report = os.pipe()
        try:
            with self._log.open("ab") as log:
                # The host's loopback stays reachable at HOST_ADDRESS: that is how an instance calls this cloud's API.
                self._process = subprocess.Popen(
                    ["slirp4netns", "--configure", f"--mtu={MTU}", f"--cidr={NETWORK}", f"--ready-fd={report}",
                     "--netns-type=path", f"--api-socket={self._socket}", str(self._namespace), DEVICE],
                    stdin=subprocess.DEVNULL, stdout=log, stderr=log, pass_fds=[report],
                )  # fmt: skip
            os.close(report)
            report = -1
            # slirp4netns is ready within 0.1 s on a quiet machine.
            if not select.select([ready], [], [], 20)[0] or not os.read(ready, 1):
                raise NetworkError(f"slirp4netns did not start: {self._log.read_text(errors='replace').strip()}")
        finally:
            os.close(ready)
            if report >= 0:
                os.close(report)

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
        self._forwards.clear()
        self._socket.unlink(missing_ok=True)

    def keep_only(self, forwards: dict[str, int]) -> None:
        """Stop listening at every address that is not among these."""
        for address in [address for address in self._forwards if address not in forwards]:
            self._ask("remove_hostfwd", {"id": self._forwards[address]}, f"stop listening at {address}")
            del self._forwards[address]

    def forward(self, forwards: dict[str, int]) -> None:
        """Hand what comes to port 22 of each address to the namespace's port that belongs to it."""
        for address, port in forwards.items():
            if address in self._forwards:
                continue
            arguments = {
                "proto": "tcp",
                "host_addr": address,
                "host_port": 22,
                "guest_addr": OWN_ADDRESS,
                "guest_port": port,
            }
            answer = self._ask("add_hostfwd", arguments, f"listen at {address}:22")
            self._forwards[address] = answer["return"]["id"]

    def _ask(self, command: str, arguments: dict[str, object], purpose: str) -> dict[str, dict[str, int]]:
        with socket.socket(socket.AF_UNIX) as control:
            control.settimeout(20)
            control.connect(str(self._socket))
            control.sendall(json.dumps({"execute": command, "arguments": arguments}).encode())
            control.shutdown(socket.SHUT_WR)
            answer: dict[str, dict[str, int]] = json.loads(control.makefile("rb").read())
        if "error" in answer:
            raise NetworkError(f"cannot {purpose}: {answer['error'].get('desc')}")
        return answer
