"""The promises of an image, each a function that raises when it does not hold and may return a remark."""

from __future__ import annotations

import json
import shlex
import socket
import subprocess
import urllib.parse
import urllib.request

from .deadline import Deadline
from .login import Account
from .machine import Machine
from .report import CheckFailed


class Guest:
    """A booted machine and the account on it, with root's rights through sudo."""

    def __init__(self, machine: Machine, account: Account, password: str, jupyter_port: int) -> None:
        self.machine = machine
        self.account = account
        self.jupyter_port = jupyter_port
        self._password = password

    def as_root(self, script: str) -> str:
        """The output of a shell script. sudo gets the password on its standard input, if it asks for one."""
        return self.account.run(f"sudo -S -p '' -- bash -c {shlex.quote(script)}", stdin=f"{self._password}\n")

    def jupyter_user(self) -> str:
        """Whoever runs what listens on Jupyter's port."""
        script = (
            f"pid=$(ss -Hltnp 'sport = :{self.jupyter_port}' | grep -o 'pid=[0-9]*' | head -n 1 | cut -d= -f2) && "
            'test -n "$pid" && stat -c %U "/proc/$pid"'
        )
        return self.as_root(script).strip()


def answers_ssh(machine: Machine, deadline: Deadline) -> list[str]:
    """Waits for the SSH server; its host keys, as known_hosts has them without the host's name."""
    port = machine.port[22]

    def banner() -> bool | None:
        machine.check_alive()
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
                connection.settimeout(10)
                return True if connection.recv(4) == b"SSH-" else None
        except OSError:
            return None

    def keys() -> list[str] | None:
        machine.check_alive()
        scan = subprocess.run(
            ["ssh-keyscan", "-T", "60", "-p", str(port), "-t", "rsa,ecdsa,ed25519", "127.0.0.1"],
            capture_output=True,
            text=True,
        )
        found = [line.split(" ", 1)[1] for line in scan.stdout.splitlines() if line.startswith("[")]
        return sorted(found) or None

    deadline.poll("an SSH server", banner)
    return deadline.poll("the SSH host keys", keys)


def jupyter_answers(guest: Guest, deadline: Deadline) -> str:
    """200 from Jupyter's own API, which it gives without a token, and from the page a browser is led to."""
    base = f"http://127.0.0.1:{guest.machine.port[guest.jupyter_port]}"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    last = "no answer"

    def attempt() -> str | None:
        nonlocal last
        guest.machine.check_alive()
        try:
            with opener.open(f"{base}/api", timeout=30) as answer:
                version = json.load(answer)["version"]
            with opener.open(base, timeout=60) as answer:
                page = urllib.parse.urlsplit(answer.url).path or "/"
                return f"Jupyter Server {version}; the page {page} is {answer.status}"
        except (OSError, ValueError, KeyError) as error:
            last = str(error)
            return None

    try:
        return deadline.poll("200 from Jupyter", attempt, interval=3)
    except TimeoutError as error:
        raise CheckFailed(f"{error} ({last})") from error


def docker_works(guest: Guest) -> str:
    """Installed, and of use to Jupyter's user: in the group, and the daemon answers that user."""
    user = guest.jupyter_user()
    groups = guest.account.run(f"id -nG {shlex.quote(user)}").split()
    if "docker" not in groups:
        raise CheckFailed(f"Jupyter's user {user} is in {' '.join(groups)}, not in docker")
    # `docker version` waits for the daemon's socket, which systemd answers by starting the daemon.
    version = guest.as_root(f"runuser -u {shlex.quote(user)} -- docker version --format '{{{{.Server.Version}}}}'")
    return f"{user} reaches Docker {version.strip()}"


def netplan_is_valid(guest: Guest) -> str:
    """There is a configuration, and netplan reads and generates from it."""
    files = guest.as_root("ls /etc/netplan/*.yaml /usr/lib/netplan/*.yaml 2>/dev/null || true").split()
    if not files:
        raise CheckFailed("there is no netplan configuration")
    if "ethernets" not in guest.as_root("netplan get"):
        raise CheckFailed("netplan get shows no Ethernet links")
    # Into a directory of its own: it must not touch the network this check runs over.
    guest.as_root(
        'root=$(mktemp -d) && trap "rm -rf $root" EXIT && mkdir -p "$root/etc" && '
        'cp -a /etc/netplan "$root/etc/" && netplan generate --root-dir "$root"'
    )
    return " ".join(files)


def no_key_is_authorized(guest: Guest) -> str:
    """Nobody's key opens the machine: neither in a home directory nor where sshd is told to look."""
    script = (
        "{ getent passwd | cut -d: -f6; echo /root; ls -d /home/*; } 2>/dev/null | sort -u | while read -r home; do "
        'test "$home" = / || find "$home" -maxdepth 2 -name "authorized_keys*" -not -path "/proc/*" 2>/dev/null; done; '
        'find /etc/ssh -name "authorized_keys*"'
    )
    found = guest.as_root(f"{script} || true").split()
    if found:
        raise CheckFailed("authorized keys in " + " ".join(found))
    return ""


def host_keys_differ(first: list[str], second: list[str]) -> str:
    """Two boots from scratch made keys of their own."""
    shared = set(first) & set(second)
    if shared:
        raise CheckFailed("the same on both: " + ", ".join(sorted(key.split()[0] for key in shared)))
    return ", ".join(key.split()[0] for key in first)
