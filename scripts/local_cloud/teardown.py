"""Take away everything a cloud put on this machine, whatever state it is in."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import time
from pathlib import Path

from . import members
from .machines import cgroups, traces
from .settings import Settings


class TeardownError(RuntimeError):
    """Something of the cloud could not be removed."""


def remove(settings: Settings) -> None:
    """Processes, mounts, namespaces, addresses and files, in this order; safe to repeat and to run on a wreck."""
    namespaces = _namespaces(settings)
    # The instances' file systems are about to be deleted: a second is for the server to answer its last request.
    remaining = members.stop(settings.state, namespaces, patience=1)
    if remaining:
        raise TeardownError(f"processes that do not end: {', '.join(map(str, remaining))}")
    for machine in (settings.state / "instances").glob("*"):
        traces.remove(machine.name, traces.lock_of(machine / "root"))
    cgroups.remove_all(settings.name)
    unmount_below(settings.state)
    for name in namespaces:
        subprocess.run(["ip", "netns", "delete", name], check=True, capture_output=True, text=True)
    _release_addresses(settings)
    if settings.state.exists():
        shutil.rmtree(settings.state)
    remove_if_empty(settings.state.parent)


def unmount_below(directory: Path) -> None:
    """Unmount what is mounted below a directory, the deepest first."""
    for point in sorted(_mount_points(directory), key=len, reverse=True):
        for attempt in range(20):
            if subprocess.run(["umount", point], capture_output=True).returncode == 0:
                break
            # A process killed a moment ago may still hold the mount.
            time.sleep(0.05 * attempt)
        else:
            subprocess.run(["umount", "--lazy", point], check=True, capture_output=True)


def _mount_points(directory: Path) -> list[str]:
    points = []
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        # Octal escapes stand for blanks (proc(5)); our paths have none.
        point = line.split()[4]
        if point == str(directory) or point.startswith(f"{directory}/"):
            points.append(point)
    return points


def _namespaces(settings: Settings) -> list[str]:
    try:
        return [name for name in os.listdir("/run/netns") if name.startswith(settings.namespace_prefix)]
    except FileNotFoundError:
        return []


def _release_addresses(settings: Settings) -> None:
    if settings.address_locks.is_dir():
        for lock in settings.address_locks.iterdir():
            if lock.read_text() == str(settings.state):
                lock.unlink(missing_ok=True)
    remove_if_empty(settings.address_locks)


def remove_if_empty(directory: Path) -> None:
    with contextlib.suppress(OSError):
        directory.rmdir()
