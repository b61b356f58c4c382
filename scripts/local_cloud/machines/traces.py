"""What systemd-nspawn leaves in /run when it is killed: its lock on the root directory and a propagation directory."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

_RUN = Path("/run/systemd/nspawn")


def lock_of(root: Path) -> Path | None:
    """The lock of a root directory; to be asked while the directory is mounted."""
    try:
        status = os.stat(root)
    except OSError:
        return None
    return _RUN / "locks" / f"inode-{status.st_dev}:{status.st_ino}"


def remove(machine_id: str, lock: Path | None) -> None:
    """For a machine that has ended."""
    if lock is not None:
        lock.unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        (_RUN / "propagate" / machine_id).rmdir()
