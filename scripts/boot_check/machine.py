"""A running QEMU with the guest's ports forwarded to loopback."""

from __future__ import annotations

import functools
import re
import socket
import subprocess
import tempfile
import time
from pathlib import Path

QEMU = "qemu-system-x86_64"
MEMORY_MIB = 2048
# A boot sector that counts to 2^26 and ends the emulator by way of its isa-debug-exit device:
# mov ecx, 0x4000000; again: dec ecx; jnz again; mov al, 0x10; out 0xf4, al; hlt.
# There is a KVM (kvm_pvm) that starts every guest and interprets it at 1 MHz: counting tells.
PROBE_SECTOR = bytes.fromhex("66b900000004 6649 75fc b010 e6f4 f4").ljust(510, b"\0") + b"\x55\xaa"
# The device makes (0x10 << 1) | 1 of what is written to it.
PROBE_EXIT_CODE = 33
# A processor needs 0.1 s for it, TCG 0.7 s; the rest is for the firmware on a busy machine.
PROBE_SECONDS = 15


class MachineEnded(Exception):
    """QEMU is gone although nobody stopped it."""


@functools.cache
def accelerator() -> str:
    """kvm if a machine really runs with it; /dev/kvm may be there and not work."""
    return "kvm" if Path("/dev/kvm").exists() and runs_with("kvm") else "tcg"


def runs_with(name: str) -> bool:
    with tempfile.NamedTemporaryFile() as sector:
        sector.write(PROBE_SECTOR)
        sector.flush()
        command = [QEMU, "-accel", name, "-machine", "pc", "-m", "16", "-nodefaults", "-display", "none"]
        command += ["-device", "isa-debug-exit,iobase=0xf4,iosize=0x04"]
        command += ["-drive", f"file={sector.name},format=raw,if=ide,snapshot=on"]
        try:
            return subprocess.run(command, timeout=PROBE_SECONDS, capture_output=True).returncode == PROBE_EXIT_CODE
        except subprocess.TimeoutExpired:
            return False


class Machine:
    """Boots `disk` at once; `stop` it in a finally. The guest's `ports` are at `port[number]` of loopback."""

    def __init__(self, name: str, disk: Path, ports: tuple[int, ...], directory: Path) -> None:
        self.console = directory / f"{name}.console"
        self.console.touch()
        self.port = {guest: _free_port() for guest in ports}
        self.started = time.monotonic()
        forwards = "".join(f",hostfwd=tcp:127.0.0.1:{host}-:{guest}" for guest, host in self.port.items())
        name = accelerator()
        command = [
            # With its parent gone, nobody would stop it.
            *("setpriv", "--pdeathsig", "KILL", QEMU),
            # All that TCG can do, because packages are built for newer processors than QEMU's default one.
            *("-machine", "pc", "-accel", name, "-cpu", "host" if name == "kvm" else "max"),
            *("-smp", "1", "-m", str(MEMORY_MIB), "-nodefaults", "-display", "none", "-monitor", "none"),
            *("-serial", f"file:{self.console}"),
            *("-drive", f"file={disk},format=qcow2,if=virtio,cache=unsafe"),
            *("-netdev", f"user,id=net{forwards}", "-device", "virtio-net-pci,netdev=net"),
            *("-device", "virtio-rng-pci"),
        ]
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115, closed by stop
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=self._errors, stderr=self._errors)

    def check_alive(self) -> None:
        if self._process.poll() is not None:
            self._errors.seek(0)
            words = self._errors.read().decode(errors="replace").strip()
            raise MachineEnded(f"QEMU ended with code {self._process.returncode}: {words}")

    def console_tail(self, lines: int = 25) -> list[str]:
        """The end of the console, without what moves a cursor or colours text."""
        text = self.console.read_bytes().decode(errors="replace")
        text = re.sub(r"\x1b\[[0-9;?=]*[A-Za-z]|\x1b[()][A-Z0-9]|\r", "", text)
        return [line for line in text.splitlines() if line.strip()][-lines:]

    def stop(self) -> None:
        """Nothing of this boot is needed any more: the disk is a scratch one."""
        self._process.kill()
        self._process.wait()
        self._errors.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
