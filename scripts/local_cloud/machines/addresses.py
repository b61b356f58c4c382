"""Addresses of instances: 127.0.12.1 to 127.0.12.254, shared by all clouds of this machine."""

from __future__ import annotations

import contextlib
from pathlib import Path

PREFIX = "127.0.12."


class NoAddressLeft(RuntimeError):
    """All 254 addresses are in use."""


def take(locks: Path, owner: Path) -> str:
    """A free address; its file names the state directory of the cloud that has it."""
    locks.mkdir(parents=True, exist_ok=True)
    for number in range(1, 255):
        lock = locks / f"{PREFIX}{number}"
        try:
            with lock.open("x") as file:
                file.write(str(owner))
        except FileExistsError:
            continue
        return lock.name
    raise NoAddressLeft(f"all addresses {PREFIX}1 to {PREFIX}254 are in use by local clouds of this machine")


def give_back(locks: Path, address: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        (locks / address).unlink()
