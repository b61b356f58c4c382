"""Kernel limits that several machines on one host run into; raised while a cloud is up and set back after the last.

inotify instances count per user of the host, and the init of each machine alone takes about a dozen of the 128 that
root has by default: from the tenth machine on, services fail.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

WANTED = {"fs.inotify.max_user_instances": 8192, "fs.inotify.max_user_watches": 524288}

_RECORD = Path("/run/ail-cloud-limits")


def raise_for(cloud: str) -> None:
    with _record() as record:
        (record / f"cloud.{cloud}").touch()
        for name, wanted in WANTED.items():
            current = int(_path(name).read_text())
            if current < wanted:
                # Where /proc/sys is read-only, as in some containers, a handful of machines still works.
                with contextlib.suppress(OSError):
                    _path(name).write_text(str(wanted))
                    (record / name).write_text(str(current))


def set_back_for(cloud: str) -> None:
    if not _RECORD.exists():
        return
    with _record() as record:
        (record / f"cloud.{cloud}").unlink(missing_ok=True)
        if any(record.glob("cloud.*")):
            return
        for name in WANTED:
            original = record / name
            if original.exists():
                _path(name).write_text(original.read_text())
                original.unlink()
        with contextlib.suppress(OSError):
            record.rmdir()


def _path(name: str) -> Path:
    return Path("/proc/sys") / name.replace(".", "/")


@contextlib.contextmanager
def _record() -> Iterator[Path]:
    """The directory, locked by itself; taken anew if the holder before removed it."""
    while True:
        _RECORD.mkdir(exist_ok=True)
        try:
            descriptor = os.open(_RECORD, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            continue
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if os.fstat(descriptor).st_nlink > 0:
            break
        os.close(descriptor)
    try:
        yield _RECORD
    finally:
        os.close(descriptor)
