"""What this machine must have to run the local cloud, and how to get what is missing."""

from __future__ import annotations

import contextlib
import os
import platform
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .settings import Settings

# Command looked for -> Debian 12 package that has it. Each package also stands in scripts/debian-packages.txt.
COMMANDS = {
    "mmdebstrap": "mmdebstrap",
    "systemd-nspawn": "systemd-container",
    "slirp4netns": "slirp4netns",
    "ip": "iproute2",
    "nft": "nftables",
    "nsenter": "util-linux",
    "qemu-img": "qemu-utils",
    "mkfs.ext4": "e2fsprogs",
    "mkfs.vfat": "dosfstools",
    "mcopy": "mtools",
    "sfdisk": "fdisk",
    "mount": "mount",
    "setpriv": "util-linux",
    "ssh-keygen": "openssh-client",
    "update-ca-certificates": "ca-certificates",
}

# A VPC's router: it forwards, has a line to each instance, and rewrites addresses.
_ROUTER = """
echo 1 >/proc/sys/net/ipv4/ip_forward
ip link add name port1 type veth peer name ens5
nft 'table ip vpc { chain leave { type nat hook postrouting priority srcnat; ct state new masquerade; }; }'
"""

# The base image takes 0.7 GB, an image with Jupyter and Docker 1.5 GB more, an exported disk twice that.
FREE_BYTES = 6 * 10**9


@dataclass(frozen=True)
class Finding:
    """A prerequisite that is not there, and what to do about it."""

    missing: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.missing}: {self.remedy}"


def examine(settings: Settings) -> list[Finding]:
    if sys.platform != "linux":
        return [Finding("Linux", f"this is {platform.system()}; run the local cloud in a Debian 12 virtual machine")]
    findings = [*_processor(), *_python(), *_commands()]
    if os.geteuid() != 0:
        # Without root none of the checks below can tell a missing feature from a missing permission.
        return [*findings, Finding("root", "instances need namespaces and mounts; run this as root, e.g. with sudo")]
    with _place(settings.state.parent) as place:
        return [*findings, *_overlay(Path(place)), *_namespaces(), *_ssh_port(), *_space(Path(place))]


def _place(directory: Path) -> tempfile.TemporaryDirectory[str]:
    """A directory beside the state of all clouds, for as long as is looked at what it lies on."""
    while True:
        directory.mkdir(parents=True, exist_ok=True)
        # The `down` of another cloud removes the directory of all of them once it is empty.
        with contextlib.suppress(FileNotFoundError):
            return tempfile.TemporaryDirectory(dir=directory, prefix=".doctor-")


def _processor() -> Iterator[Finding]:
    if platform.machine() != "x86_64":
        yield Finding("x86_64", f"the base image is amd64 and this is {platform.machine()}; use an x86_64 machine")


def _python() -> Iterator[Finding]:
    # The machine's own Python runs this, not the one that the repository is written for.
    if sys.version_info < (3, 11):  # noqa: UP036
        yield Finding("Python 3.11", f"python3 is {platform.python_version()}; put a newer one first on PATH")
    try:
        __import__("ensurepip")
    except ImportError:
        yield _package("Python's venv module", "python3-venv")


def _commands() -> Iterator[Finding]:
    for command, package in COMMANDS.items():
        if shutil.which(command) is None:
            yield _package(command, package)


def _package(missing: str, package: str) -> Finding:
    return Finding(missing, f"apt-get install -y {package}")


def _overlay(place: Path) -> Iterator[Finding]:
    """An instance's file system is an overlay whose upper part lies in the state directory."""
    parts = [place / name for name in ("lower", "upper", "work", "merged")]
    for part in parts:
        part.mkdir()
    lower, upper, work, merged = parts
    options = f"lowerdir={lower},upperdir={upper},workdir={work}"
    # In a mount namespace of its own, so that an interrupted check leaves no mount.
    if not _succeeds("unshare", "--mount", "mount", "-t", "overlay", "overlay", "-o", options, str(merged)):
        yield Finding(
            f"overlayfs over {place.parent}",
            "load it with modprobe overlay, or mount an ext4 or xfs file system at /var/tmp "
            "(an overlay, as in a container, cannot carry another one)",
        )


def _namespaces() -> Iterator[Finding]:
    if not _succeeds("unshare", "--mount", "--uts", "--ipc", "--pid", "--net", "--fork", "true"):
        yield Finding("kernel namespaces", "in a container, run it with --privileged")
    elif not _succeeds("unshare", "--net", "sh", "-ec", _ROUTER):
        yield Finding(
            "a router in a network namespace",
            "modprobe veth nf_tables nft_masq nft_nat nft_ct; in a container, run it with --privileged",
        )
    if not Path("/dev/net/tun").exists():
        yield Finding("/dev/net/tun", "modprobe tun; in a container, run it with --device /dev/net/tun")


def _ssh_port() -> Iterator[Finding]:
    """Instances listen at 127.0.12.N:22, where one SSH server on all addresses leaves no room."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            # The last address that an instance would get.
            probe.bind(("127.0.12.254", 22))
        except OSError as error:
            yield Finding(
                f"port 22 of 127.0.12.254 ({error.strerror})",
                "give this machine's own SSH server its addresses: ListenAddress in /etc/ssh/sshd_config",
            )


def _space(place: Path) -> Iterator[Finding]:
    free = shutil.disk_usage(place).free
    if free < FREE_BYTES:
        yield Finding(
            f"space in {place.parent}",
            f"{free / 1e9:.1f} GB are free and {FREE_BYTES / 1e9:.0f} GB are needed; "
            "delete something or mount a larger disk",
        )


def _succeeds(*command: str) -> bool:
    try:
        return subprocess.run(command, capture_output=True, timeout=20).returncode == 0
    except (FileNotFoundError, subprocess.TimeoutExpired):
        return False
