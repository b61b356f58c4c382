"""The work of an export: build the image's disk, convert it, put it into S3."""

from __future__ import annotations

import functools
import logging
import os
import shutil
import sys
import threading
import time
import uuid
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from moto.s3.models import s3_backends

from .. import faults, running
from ..disk import convert
from ..machines import layers
from ..operation import Operation
from ..s3_extents import Extents
from . import process
from .disks import Disks
from .task import ACTIVE, COMPLETED, DELETED, DELETING, Task
from .tasks import Tasks

# The operation that a fault names to make a task fail, or take longer, after ExportImage has accepted it.
BACKGROUND_OPERATION = "ExportImageTask"
# More at once would only slow each other down: compressing a VMDK keeps a core busy.
PARALLEL = threading.BoundedSemaphore(2)
# The share of the build in the whole, from the seconds measured for a tree of 490 MB on a quiet core:
# build 5; VMDK, which is compressed, 20; VHD and RAW, which are only copied, 0.5.
BUILD_SHARE = {"vmdk": 0.2, "vhd": 0.9, "raw": 0.9}

log = logging.getLogger(__name__)


class ExportFailed(Exception):
    """What the task's StatusMessage will say."""


def start(backend: Any, task: Task, volume_gib: int) -> None:
    """Works on the task in the background."""
    threading.Thread(target=Export(backend, task, volume_gib).run, name=task.id, daemon=True).start()


@functools.cache
def _disks() -> Disks:
    return Disks(running.cloud().settings.state / "exports" / "disks")


class Export:
    """One task on its way to an object."""

    def __init__(self, backend: Any, task: Task, volume_gib: int) -> None:
        self.backend = backend
        self.task = task
        self.size = volume_gib * 1024**3
        self.tasks = Tasks.of(backend)
        self.settings = running.cloud().settings
        self.directory = self.settings.state / "exports" / task.id

    def run(self) -> None:
        started = time.monotonic()
        try:
            self.directory.mkdir(parents=True)
            self._fail_if_asked_to()
            self._wait_for_turn()
            try:
                path = self._write()
            finally:
                PARALLEL.release()
            # Pending states take time, so that waiters wait, also where there was little to do.
            self._pause(started + self.settings.pending - time.monotonic())
            self._complete(path)
        except process.Cancelled:
            pass
        except Exception as error:
            self._fail(error)
        finally:
            shutil.rmtree(self.directory, ignore_errors=True)
            if self.task.status == DELETING:
                time.sleep(self.settings.pending)
                self.task.status = DELETED

    def _fail_if_asked_to(self) -> None:
        asked = Operation("ec2", BACKGROUND_OPERATION, self.backend.region_name, caller=self.task.caller)
        # Not by the gateway: whoever started the task is not asked for a permission of this name.
        if answer := faults.strike(asked):
            error = ElementTree.fromstring(answer.get_data()).find(".//Error")
            self._report("converting", 0.5)
            self._pause(self.settings.pending)
            raise ExportFailed(f"{error.findtext('Code')}: {error.findtext('Message')}")

    def _wait_for_turn(self) -> None:
        while not PARALLEL.acquire(timeout=process.POLL):
            self._pause(0)

    def _write(self) -> Path:
        """The object's content as a file."""
        disk_format = self.task.request.disk_format
        before_conversion = 0.0

        def build(disk: Path) -> None:
            nonlocal before_conversion
            self._build(disk, BUILD_SHARE[disk_format])
            before_conversion = BUILD_SHARE[disk_format]

        with _disks().of(self.task.request.image_id, build) as disk:
            target = self.directory / f"disk.{disk_format}"
            if disk_format == "raw":
                os.link(disk, target)
                return target

            def on_output(output: bytes) -> None:
                for done in convert.fractions(output):
                    self._report("converting", before_conversion + done * (1 - before_conversion))

            process.run(convert.command(disk, target, disk_format), self.task.cancelled, on_output)
            return target

    def _build(self, disk: Path, share: float) -> None:
        def on_output(output: bytes) -> None:
            for line in output.decode().splitlines():
                if line.startswith("progress "):
                    self._report("updating", float(line.split()[1]) * share)

        image_id = self.task.request.image_id
        if not running.cloud().layers.holds(image_id):
            raise ExportFailed("ClientError: The image has no file system to export")
        with layers.image_tree(image_id) as root:
            command = [sys.executable, "-m", "local_cloud.disk", root, disk]
            command += ["--size", str(self.size), "--work", self.directory]
            package = Path(__file__).parent.parent.parent
            process.run(command, self.task.cancelled, on_output, {"PYTHONPATH": str(package)})

    def _report(self, message: str, fraction: float) -> None:
        with self.tasks.lock:
            if self.task.status == ACTIVE:
                self.task.message, self.task.fraction = message, min(fraction, 0.99)

    def _pause(self, seconds: float) -> None:
        if self.task.cancelled.wait(max(seconds, 0)):
            raise process.Cancelled

    def _complete(self, path: Path) -> None:
        """The object and the end of the task appear together: a task that was cancelled leaves no object."""
        request = self.task.request
        with self.tasks.lock:
            if self.task.status != ACTIVE:
                raise process.Cancelled
            s3_backends[self.backend.account_id]["aws"].put_object(
                request.bucket,
                self.task.key,
                Extents.take(path),  # type: ignore[arg-type]
                # Of a multipart upload, as the service makes it: not a digest of the content.
                etag=f"{uuid.uuid4().hex}-1",
            )
            self.task.status, self.task.message = COMPLETED, None

    def _fail(self, error: Exception) -> None:
        log.warning("export %s failed: %s", self.task.id, error, exc_info=not isinstance(error, ExportFailed))
        if isinstance(error, ExportFailed):
            message = str(error)
        elif isinstance(error, process.ProgramFailed):
            message = f"ClientError: {error}"
        else:
            message = f"ServerError: {error}"
        with self.tasks.lock:
            if self.task.status == ACTIVE:
                self.task.status, self.task.message = DELETING, message
