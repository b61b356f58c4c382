"""Moto with only the image exports of the local cloud, on a free port that it prints.

Instances are moto's own, an image's tree is an empty directory, and its disk is written without a look at it:
what is tested here is the service. That disks boot is for the disk's own tests and for the boot check.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from pathlib import Path
from typing import Any

STATE = tempfile.TemporaryDirectory(prefix="export-server-", dir="/var/tmp")
IMAGES = Path(STATE.name) / "images.json"
# One image: moto's own list of 1,285 costs seconds at each start.
IMAGES.write_text(
    json.dumps(
        [
            {
                "ami_id": "ami-0123456789abcdef0",
                "architecture": "x86_64",
                "name": "public",
                "owner_id": "136693071363",
                "public": True,
                "root_device_name": "/dev/xvda",
                "root_device_type": "ebs",
                "state": "available",
                "virtualization_type": "hvm",
            }
        ]
    )
)
os.environ["MOTO_AMIS_PATH"] = str(IMAGES)

from local_cloud import ec2_export, faults, gateway, running, settings  # noqa: E402
from local_cloud.ec2_export import process, work  # noqa: E402
from moto.ec2.models import EC2Backend  # noqa: E402
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app  # noqa: E402
from werkzeug.serving import WSGIRequestHandler, make_server  # noqa: E402

# Small, because the tests read it all; the true size of a volume is whole GiB.
DISK_BYTES = 96 * 1024 * 1024
CONTENT = os.urandom(8 * 1024 * 1024)


class Here(settings.Settings):
    """A cloud whose state is a temporary directory."""

    @property
    def state(self) -> Path:
        return Path(STATE.name)


class Quiet(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Only tracebacks matter here."""


def build(self: work.Export, disk: Path, share: float) -> None:
    with disk.open("wb") as file:
        file.truncate(DISK_BYTES)
        file.write(CONTENT)
        file.seek(DISK_BYTES - len(CONTENT))
        file.write(CONTENT)
    # The tag of an image says how long its disk takes: a test needs a task that it can meet at work, and just before.
    tags = self.backend.describe_tags(filters={"resource-id": [self.task.request.image_id]})
    seconds = [tag["value"] for tag in tags if tag["key"] == "seconds"]
    if seconds:
        process.run(["sleep", "0.5"], self.task.cancelled, lambda output: None)
    self._report("updating", share)
    for pause in seconds:
        process.run(["sleep", pause], self.task.cancelled, lambda output: None)
    (Path(STATE.name) / "built").open("a").write(f"{self.task.id} {time.time()}\n")


def create_image(original: Any) -> Any:
    def create(self: EC2Backend, *args: Any, **options: Any) -> Any:
        image = original(self, *args, **options)
        running.cloud().layers.hold(image.id, (Path(STATE.name),))
        return image

    return create


if __name__ == "__main__":
    EC2Backend.create_image = create_image(EC2Backend.create_image)
    work.Export._build = build
    front = gateway.Gateway(DomainDispatcherApplication(create_backend_app))
    gateway.gateway = front
    server = make_server("127.0.0.1", 0, front, threaded=True, request_handler=Quiet)
    running.start(Here("test", server.server_port, 0.4), server.server_port, Path(STATE.name))
    faults.install()
    ec2_export.install()
    print(server.server_port, flush=True)
    try:
        server.serve_forever()
    finally:
        STATE.cleanup()
