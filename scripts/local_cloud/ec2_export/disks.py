"""Built disks, kept for a while: an image is usually exported in several formats one after the other."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

# The next format's task starts seconds after the last one is seen completed; a disk takes gigabytes.
KEPT_SECONDS = 120.0


class Disks:
    """The raw disk of each image in use, in one directory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._lock = threading.Lock()
        self._building: dict[str, threading.Lock] = {}
        self._users: dict[str, int] = {}
        self._expiry: dict[str, threading.Timer] = {}

    @contextmanager
    def of(self, image_id: str, build: Callable[[Path], None]) -> Iterator[Path]:
        """The image's disk, made by `build` if it is not there; stays at least until the `with` ends."""
        with self._lock:
            self._users[image_id] = self._users.get(image_id, 0) + 1
            building = self._building.setdefault(image_id, threading.Lock())
            if timer := self._expiry.pop(image_id, None):
                timer.cancel()
        try:
            disk = self._directory / f"{image_id}.raw"
            with building:
                if not disk.exists():
                    self._directory.mkdir(parents=True, exist_ok=True)
                    unfinished = disk.with_suffix(".unfinished")
                    try:
                        build(unfinished)
                        unfinished.rename(disk)
                    finally:
                        unfinished.unlink(missing_ok=True)
            yield disk
        finally:
            with self._lock:
                self._users[image_id] -= 1
                if not self._users[image_id]:
                    timer = threading.Timer(KEPT_SECONDS, self._expire, [image_id])
                    timer.daemon = True
                    self._expiry[image_id] = timer
                    timer.start()

    def _expire(self, image_id: str) -> None:
        with self._lock:
            if not self._users.get(image_id):
                (self._directory / f"{image_id}.raw").unlink(missing_ok=True)
                self._users.pop(image_id, None)
                self._building.pop(image_id, None)
                self._expiry.pop(image_id, None)
