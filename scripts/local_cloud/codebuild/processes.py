"""The processes of a build, found by the variable that all of them inherit: a container ends with all that is in it."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path

# What a container that is told to stop has before it is killed. The tools take back what they were at, as far as they
# come in this time.
GRACE = 10.0


def end(build_id: str, grace: float = GRACE) -> None:
    deadline = time.monotonic() + grace
    left = _of(build_id)
    _signal(left, signal.SIGTERM)
    while left and time.monotonic() < deadline:
        time.sleep(0.05)
        left = _of(build_id)
    while left := _of(build_id):
        _signal(left, signal.SIGKILL)
        time.sleep(0.05)


def _of(build_id: str) -> list[int]:
    wanted = f"CODEBUILD_BUILD_ID={build_id}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                if wanted in (entry / "environ").read_bytes().split(b"\0"):
                    found.append(int(entry.name))
    return found


def _signal(pids: list[int], number: int) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
