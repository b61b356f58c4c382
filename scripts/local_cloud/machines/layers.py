"""File systems as stacks of layers: an image is a stack, an instance writes into a directory on top of one.

Who needs a stack holds it under a name: an image, a snapshot or an instance by its id. A layer that nobody holds
any more is deleted at once. The base image at the bottom lies in the cache and is never deleted.
"""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import tempfile
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

Stack = tuple[Path, ...]
"""Directories, the topmost first, as overlayfs wants its lowerdir."""


class Layers:
    """The layers of one cloud and who holds them."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.directory.mkdir(parents=True, exist_ok=True)
        self._held: dict[str, Stack] = {}
        self._lock = threading.RLock()

    def hold(self, holder: str, stack: Stack) -> None:
        """Keep the stack for as long as the holder lives; replaces what it held before."""
        with self._lock:
            previous = self._held.get(holder, ())
            self._held[holder] = stack
            self._discard(previous)

    def stack_of(self, holder: str) -> Stack:
        with self._lock:
            return self._held[holder]

    def holds(self, holder: str) -> bool:
        with self._lock:
            return holder in self._held

    def release(self, holder: str) -> None:
        """The holder is gone; layers that only it held are deleted."""
        with self._lock:
            self._discard(self._held.pop(holder, ()))

    def adopt(self, upper: Path, below: Stack, holder: str) -> Stack:
        """Make the written part of an unmounted overlay a layer, by a rename, and give the holder the new stack."""
        layer = self._new()
        upper.rename(layer)
        stack = (layer, *below)
        self.hold(holder, stack)
        return stack

    def copy(self, upper: Path, below: Stack, holder: str) -> Stack:
        """Copy the written part of an overlay that stays in use, and give the holder the new stack."""
        layer = self._new()
        # --archive keeps whiteouts (devices 0:0) and overlayfs' own attributes, which say what was deleted.
        subprocess.run(["cp", "--archive", "--reflink=auto", upper, layer], check=True, capture_output=True, text=True)
        stack = (layer, *below)
        self.hold(holder, stack)
        return stack

    def _new(self) -> Path:
        return self.directory / uuid.uuid4().hex[:12]

    def _discard(self, stack: Stack) -> None:
        held = {layer for other in self._held.values() for layer in other}
        for layer in stack:
            if layer not in held and layer.parent == self.directory:
                # Gone at once for everybody who looks; a gigabyte of small files takes seconds to delete.
                doomed = layer.with_name(f"{layer.name}.deleted")
                layer.rename(doomed)
                threading.Thread(target=shutil.rmtree, args=(doomed, True), daemon=True).start()


@contextlib.contextmanager
def mounted(stack: Stack, parent: Path) -> Iterator[Path]:
    """The merged tree of a stack, read-only, for the length of a `with`; `parent` is where it is mounted below."""
    parent.mkdir(parents=True, exist_ok=True)
    point = Path(tempfile.mkdtemp(dir=parent, prefix="tree-"))
    try:
        if len(stack) == 1:
            # An overlay wants at least two directories when nothing is written to it.
            command = ["mount", "--bind", "-o", "ro", str(stack[0]), str(point)]
        else:
            lower = ":".join(map(str, stack))
            command = ["mount", "-t", "overlay", "overlay", "-o", f"ro,lowerdir={lower}", str(point)]
        subprocess.run(command, check=True, capture_output=True, text=True)
        try:
            yield point
        finally:
            subprocess.run(["umount", "--lazy", str(point)], check=True, capture_output=True, text=True)
    finally:
        point.rmdir()


@contextlib.contextmanager
def image_tree(image_id: str) -> Iterator[Path]:
    """The merged file system of an image, read-only, unmounted when the `with` ends.

    For code inside the server: ``with image_tree("ami-…") as path:``. The image's layers cannot disappear
    meanwhile, whatever is deregistered. Raises KeyError for an id that has no file system here.
    The tree is what the instance left: /etc/machine-id and host keys are those of the instance.
    """
    from .. import running

    cloud = running.cloud()
    reader = f"reader-{uuid.uuid4().hex}"
    cloud.layers.hold(reader, cloud.layers.stack_of(image_id))
    try:
        with mounted(cloud.layers.stack_of(reader), cloud.settings.state / "trees") as path:
            yield path
    finally:
        cloud.layers.release(reader)
