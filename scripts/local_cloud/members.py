"""The processes of a cloud: marked when they start, so that they can be found whatever became of their parent."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path

# Every process of a cloud inherits this variable from the server. /proc keeps the environment a process was
# started with, so a member is found even when whoever started it was killed before it could write down a pid.
MARK = "AIL_CLOUD_MEMBER"

# Where a machine finds what it is told at its boot (machines/seed.py).
SEED = "/run/local-cloud"


def environment(state: Path) -> dict[str, str]:
    return {**os.environ, MARK: str(state)}


def find(state: Path, namespaces: list[str]) -> list[int]:
    """Pids of the processes marked with this state directory or living in one of the network namespaces.

    A machine's init starts with an empty environment. It and its children are known by their network namespace and,
    when that has lost its name, by their seed.
    """
    wanted = f"{MARK}={state}".encode()
    inodes = {inode for inode in map(_namespace_inode, namespaces) if inode}
    # The end of the path only: mountinfo gives paths from the root of their file system.
    seeds = f"/{'/'.join(state.parts[-2:])}/instances/"
    return [
        pid
        for pid in _pids()
        if wanted in _environment_of(pid) or _namespace_of(pid, "net") in inodes or _has_seed(pid, seeds)
    ]


def stop(state: Path, namespaces: list[str], patience: float) -> list[int]:
    """SIGTERM to every member, SIGKILL to those left after `patience` seconds. The pids that remain even so."""
    deadline = time.monotonic() + patience
    remaining = find(state, namespaces)
    _signal(remaining, signal.SIGTERM)
    while remaining and time.monotonic() < deadline:
        time.sleep(0.05)
        remaining = find(state, namespaces)
    # A member that starts another while it dies is caught by the next round.
    for _ in range(40):
        if not remaining:
            break
        _signal(remaining, signal.SIGKILL)
        time.sleep(0.05)
        remaining = find(state, namespaces)
    return remaining


def _signal(pids: list[int], number: int) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def _pids() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit() and int(name) != os.getpid()]


def _environment_of(pid: int) -> list[bytes]:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return []


def _namespace_of(pid: int | str, kind: str) -> int | None:
    try:
        # os.stat follows the link to the namespace itself.
        return os.stat(f"/proc/{pid}/ns/{kind}").st_ino
    except OSError:
        return None


def _has_seed(pid: int, path: str) -> bool:
    """Whether a machine's seed from below the path is what the process sees at /run/local-cloud."""
    if _namespace_of(pid, "mnt") in (None, _namespace_of("self", "mnt")):
        return False
    try:
        mounts = [line.split() for line in Path(f"/proc/{pid}/mountinfo").read_text().splitlines()]
    except OSError:
        return False
    return any(point == SEED and path in root for _, _, _, root, point, *_ in mounts)


def _namespace_inode(name: str) -> int | None:
    try:
        status = os.stat(f"/run/netns/{name}")
    except OSError:
        return None
    # A half-made namespace is a plain file on the directory's own file system.
    return status.st_ino if status.st_dev != os.stat("/run/netns").st_dev else None
