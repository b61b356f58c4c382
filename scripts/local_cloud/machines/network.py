"""An instance's network: a namespace of its own, joined to the outside by slirp4netns."""

from __future__ import annotations

import json
import os
import select
import socket
import subprocess
from pathlib import Path

# slirp4netns' fixed addresses (slirp4netns(1)).
GUEST_ADDRESS = "10.0.2.100"
HOST_ADDRESS = "10.0.2.2"
DNS_ADDRESS = "10.0.2.3"

METADATA_ADDRESS = "169.254.169.254"


class NetworkError(RuntimeError):
    """slirp4netns did not do what it was asked for."""


class Network:
    """A namespace with a default route, and a forward of the public address's port 22 into it."""

    def __init__(self, namespace: str, directory: Path) -> None:
        self.namespace = namespace
        self._socket = directory / "slirp.sock"
        self._log = directory / "slirp.log"
        self._slirp: subprocess.Popen[bytes] | None = None

    @property
    def path(self) -> Path:
        return Path("/run/netns") / self.namespace

    def open(self, public_address: str) -> None:
        _run("ip", "netns", "add", self.namespace)
        _run("ip", "-n", self.namespace, "link", "set", "lo", "up")
        _run("ip", "-n", self.namespace, "address", "add", f"{METADATA_ADDRESS}/32", "dev", "lo")
        ready, report = os.pipe()
        try:
            with self._log.open("ab") as log:
                # The host's loopback stays reachable at 10.0.2.2: that is how an instance calls this cloud's API.
                self._slirp = subprocess.Popen(
                    # 1400: room for the headers of whatever tunnel the host itself is behind.
                    ["slirp4netns", "--configure", "--mtu=1400", f"--ready-fd={report}", "--netns-type=path",
                     f"--api-socket={self._socket}", str(self.path), "tap0"],
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
        self._forward(public_address, 22)

    def close(self) -> None:
        if self._slirp is not None:
            self._slirp.kill()
            self._slirp.wait()
            self._slirp = None
        self._socket.unlink(missing_ok=True)
        if self.path.exists():
            _run("ip", "netns", "delete", self.namespace)

    def _forward(self, address: str, port: int) -> None:
        request = {
            "execute": "add_hostfwd",
            "arguments": {
                "proto": "tcp",
                "host_addr": address,
                "host_port": port,
                "guest_addr": GUEST_ADDRESS,
                "guest_port": port,
            },
        }
        with socket.socket(socket.AF_UNIX) as control:
            control.settimeout(20)
            control.connect(str(self._socket))
            control.sendall(json.dumps(request).encode())
            control.shutdown(socket.SHUT_WR)
            answer = json.loads(control.makefile("rb").read())
        if "error" in answer:
            raise NetworkError(f"cannot listen at {address}:{port}: {answer['error'].get('desc')}")


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, text=True)
