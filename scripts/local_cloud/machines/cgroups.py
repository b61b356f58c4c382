"""A control group for each machine.

systemd-nspawn --keep-unit makes groups named `payload` and `supervisor` inside the one it was started in. Started side
by side, the inits of all machines would manage the very same groups, and stop each other's services.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path

# In the shell that becomes systemd-nspawn: enter the groups named before `--`, run what stands after it.
ENTER = ["sh", "-c", 'while [ "$1" != -- ]; do echo $$ >"$1/cgroup.procs"; shift; done; shift; exec "$@"', "sh"]


def make(cloud: str, machine_id: str) -> list[str]:
    """Empty groups for a machine, one in each hierarchy that systemd uses."""
    remove(cloud, machine_id)
    groups = []
    for hierarchy in _hierarchies():
        group = _group(hierarchy, cloud, machine_id)
        group.mkdir(parents=True, exist_ok=True)
        groups.append(str(group))
    return groups


def remove(cloud: str, machine_id: str) -> None:
    """The groups and every process in them: a machine's init survives a killed systemd-nspawn."""
    for hierarchy in _hierarchies():
        _remove(_group(hierarchy, cloud, machine_id))


def remove_all(cloud: str) -> None:
    for hierarchy in _hierarchies():
        group = hierarchy / "ail-cloud" / cloud
        if group.is_dir():
            for machine in group.iterdir():
                if machine.is_dir():
                    _remove(machine)
        for directory in (group, group.parent):
            with contextlib.suppress(OSError):
                directory.rmdir()


def _group(hierarchy: Path, cloud: str, machine_id: str) -> Path:
    return hierarchy / "ail-cloud" / cloud / machine_id


def _hierarchies() -> list[Path]:
    """Mount points of the unified hierarchy and of version 1's `name=systemd`; a machine may have either or both."""
    found = []
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        left, _, right = line.partition(" - ")
        kind, _, options = right.split()[:3]
        if kind == "cgroup2" or (kind == "cgroup" and "name=systemd" in options.split(",")):
            found.append(Path(left.split()[4]))
    return found


def _remove(group: Path) -> None:
    for attempt in range(100):
        for directory, _, _ in os.walk(group, topdown=False):
            for pid in _processes(Path(directory)):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            with contextlib.suppress(OSError):
                os.rmdir(directory)
        if not group.exists():
            return
        # The kernel takes a moment to end what was killed, the longer the more there is.
        time.sleep(0.01 * min(attempt, 5))


def _processes(directory: Path) -> list[int]:
    try:
        # A process of another pid namespace, from which this one cannot be seen, is a 0.
        return [int(pid) for pid in (directory / "cgroup.procs").read_text().split() if pid != "0"]
    except OSError:
        return []
