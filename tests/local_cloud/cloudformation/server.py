"""Moto with the CloudFormation of the local cloud and what its templates make, on a free port that it prints.

Instances are moto's own: no machine is started. They are pending for a moment,
so that what waits for them has something to wait for.
"""

import os
import threading
from typing import Any

from local_cloud import cloudformation, cloudfront, s3_policies, wafv2
from local_cloud.codebuild import projects, webhooks
from moto.ec2.models import EC2Backend
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

PENDING = float(os.environ["AIL_CLOUD_PENDING"])


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


if __name__ == "__main__":
    start_pending()
    for extension in (s3_policies, projects, webhooks, wafv2, cloudfront, cloudformation):
        extension.install()
    application = DomainDispatcherApplication(create_backend_app)
    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=Quiet)
    print(server.server_port, flush=True)
    server.serve_forever()
