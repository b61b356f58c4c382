"""Moto with the queues, the metrics and the groups of the local cloud, on a free port.

It prints the port, and the file of the authority that its distributions are certified by.

Instances are moto's own: no machine is started. They are pending for a moment.
"""

from __future__ import annotations

import os
import tempfile
import threading
from dataclasses import asdict
from pathlib import Path
from typing import Any, ClassVar

from local_cloud import faults, gateway, running, settings
from local_cloud import server as local_cloud_server
from moto.ec2.models import EC2Backend
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

PENDING = 0.2
TESTED = (
    "permissions",
    "certificates",
    "iam_users",
    "s3_policies",
    "cloudwatch",
    "sqs",
    "autoscaling",
    "codebuild",
    "wafv2",
    "cloudfront",
)
SERVICES = [name for name in local_cloud_server.EXTENSIONS if name in TESTED]


class Here(settings.Settings):
    """A cloud whose state is a temporary directory."""

    directory: ClassVar[Path]

    @property
    def state(self) -> Path:
        return self.directory


class Quiet(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Only tracebacks matter here."""


def start_pending() -> None:
    run = EC2Backend.run_instances

    def run_instances(self: EC2Backend, *args: Any, **options: Any) -> Any:
        reservation = run(self, *args, **options)
        for instance in reservation.instances:
            instance._state.name, instance._state.code = "pending", 0
            threading.Timer(PENDING, started, [instance]).start()
        return reservation

    def started(instance: Any) -> None:
        if instance._state.name == "pending":
            instance._state.name, instance._state.code = "running", 16

    EC2Backend.run_instances = run_instances


def app(service: str) -> Any:
    made = create_backend_app(service)
    made.config["PROPAGATE_EXCEPTIONS"] = True
    return made


if __name__ == "__main__":
    os.environ["MOTO_ACCOUNT_ID"] = settings.ACCOUNT
    start_pending()
    front = gateway.Gateway(DomainDispatcherApplication(app))
    gateway.gateway = front
    server = make_server("127.0.0.1", 0, front, threaded=True, request_handler=Quiet)
    with tempfile.TemporaryDirectory() as state:
        Here.directory = Path(state)
        here = Here(**asdict(settings.from_environment()))
        running.start(here, server.server_port, Path(state))
        faults.install()
        for name in SERVICES:
            __import__(f"local_cloud.{name}", fromlist=["install"]).install()
        print(server.server_port, here.authorities, flush=True)
        server.serve_forever()
