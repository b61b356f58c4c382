"""Sockets and commands in another network namespace."""

from __future__ import annotations

import ctypes
import os
import socket
import subprocess
import threading
from pathlib import Path

CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


def make_socket(namespace: Path) -> socket.socket:
    """A TCP socket of another network namespace: only the thread that makes it goes there."""
    made: list[socket.socket | OSError] = []

    def make() -> None:
        try:
            descriptor = os.open(namespace, os.O_RDONLY | os.O_CLOEXEC)
            try:
                if _libc.setns(descriptor, CLONE_NEWNET) != 0:
                    raise OSError(ctypes.get_errno(), f"setns {namespace}")
            finally:
                os.close(descriptor)
            made.append(socket.socket())
        except OSError as error:
            made.append(error)

    thread = threading.Thread(target=make)
    thread.start()
    thread.join()
    result = made[0]
    if isinstance(result, OSError):
        raise result
    return result


def run(namespace: Path, command: list[str], text: str | None = None) -> None:
    """Run a command of the host there, with this text at its standard input."""
    subprocess.run(["nsenter", f"--net={namespace}", *command], input=text, check=True, capture_output=True, text=True)


def ip_batch(namespace: Path, lines: list[str]) -> None:
    """Several commands of ip(8) in one process."""
    if lines:
        run(namespace, ["ip", "-batch", "-"], "\n".join([*lines, ""]))
