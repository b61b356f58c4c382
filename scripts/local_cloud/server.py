"""The server: moto with our extensions, on loopback, until it is stopped."""

from __future__ import annotations

import argparse
import importlib
import os
import signal
import sys
from pathlib import Path
from typing import Any

from . import gateway, running, settings

EXTENSIONS = (
    "calls",
    "faults",
    "permissions",
    "certificates",
    "regions",
    "vpc",
    "ec2",
    "ec2_export",
    "iam_users",
    "s3_answers",
    "s3_bucket_tags",
    "s3_policies",
    "sqs",
    "cloudwatch",
    "autoscaling",
    "codebuild",
    "wafv2",
    "cloudfront",
    "cloudformation",
    "silence",
)
"""Installed in this order. Each has `install() -> None`, which changes moto from outside."""


def main() -> None:
    parser = argparse.ArgumentParser(description="Serve the local cloud's API.")
    parser.add_argument("--base-image", type=Path, required=True)
    base_image = parser.parse_args().base_image
    chosen = settings.from_environment()
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    # Instances, images and keys that do not exist are refused, as AWS does; moto accepts them by default.
    os.environ.update(
        MOTO_ENABLE_KEYPAIR_VALIDATION="true",
        MOTO_EC2_ENABLE_INSTANCE_TYPE_VALIDATION="true",
        MOTO_IAM_LOAD_MANAGED_POLICIES="true",
        MOTO_ACCOUNT_ID=settings.ACCOUNT,
    )
    from .ec2 import public_images

    os.environ["MOTO_AMIS_PATH"] = str(public_images.write(chosen.state))
    serve(chosen, base_image)


def serve(chosen: settings.Settings, base_image: Path) -> None:
    # moto reads its environment when it is imported.
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
    from werkzeug.serving import make_server

    class Handler(MotoRequestHandler):
        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            """The call log has it."""

    def backend_app(service: str) -> Any:
        # Flask would make a page of HTML out of an exception; the gateway makes an AWS error out of it.
        app = create_backend_app(service)
        app.config["PROPAGATE_EXCEPTIONS"] = True
        return app

    front = gateway.Gateway(DomainDispatcherApplication(backend_app))
    gateway.gateway = front
    server = make_server("127.0.0.1", chosen.port, front, threaded=True, request_handler=Handler)
    cloud = running.start(chosen, server.server_port, base_image)
    for name in EXTENSIONS:
        importlib.import_module(f".{name}", __package__).install()
    front.routes["/ail-cloud/health"] = lambda _: gateway.json_response(
        {
            "name": chosen.name,
            "pid": os.getpid(),
            "state": str(chosen.state),
            "base_image": str(base_image),
            "extensions": list(EXTENSIONS),
            "machines": sorted(cloud.machines),
        }
    )
    unfinished = chosen.port_file.with_suffix(".unfinished")
    unfinished.write_text(str(server.server_port))
    unfinished.rename(chosen.port_file)
    print(f"{gateway.timestamp()} listening on 127.0.0.1:{server.server_port}", file=sys.stderr, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
