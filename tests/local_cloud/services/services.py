"""What the tests of queues, metrics and groups speak with: a server whose minute lasts a second."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[2]
REGION = "eu-central-1"
MINUTE = 1
DEADLINE = 30.0
IMAGE = "ami-0123456789abcdef0"
IMAGES = [
    {
        "ami_id": IMAGE,
        "architecture": "x86_64",
        "name": "tested",
        "owner_id": "136693071363",
        "public": True,
        "root_device_name": "/dev/sda1",
        "root_device_type": "ebs",
        "state": "available",
        "virtualization_type": "hvm",
    }
]


class Cloud:
    def __init__(self, port: int, authorities: Path) -> None:
        self.authorities = authorities
        self.endpoint = f"http://127.0.0.1:{port}"
        self.clients: dict[tuple[str, str], Any] = {}

    def client(self, service: str, region: str = REGION) -> Any:
        if (service, region) not in self.clients:
            self.clients[service, region] = boto3.client(
                service,
                endpoint_url=self.endpoint,
                region_name=region,
                aws_access_key_id="test",
                aws_secret_access_key="test",
                config=Config(retries={"total_max_attempts": 1}),
            )
        return self.clients[service, region]

    def reset(self) -> None:
        urllib.request.urlopen(urllib.request.Request(f"{self.endpoint}/moto-api/reset", method="POST")).close()


def eventually(ready: Callable[[], Any], seconds: float = DEADLINE, told: Callable[[], Any] = lambda: "") -> Any:
    """What it answers as soon as that is neither None nor False nor empty; what is told, if it never is."""
    deadline = time.monotonic() + seconds
    while not (found := ready()):
        assert time.monotonic() < deadline, f"waited in vain {told()}"
        time.sleep(0.05)
    return found


def refused(call: Callable[..., Any], **arguments: Any) -> tuple[str, str]:
    """The code and the message with which a call is refused."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def serve(directory: Path, **settings: str) -> Iterator[Cloud]:
    images = directory / "images.json"
    images.write_text(json.dumps(IMAGES))
    environment = os.environ | {
        "AIL_CLOUD_MINUTE": str(MINUTE),
        "AIL_CLOUD_LAUNCH_CONFIGURATIONS": "true",
        "MOTO_AMIS_PATH": str(images),
        "MOTO_ENABLE_AMI_VALIDATION": "true",
        "PYTHONPATH": str(REPOSITORY / "scripts"),
        **settings,
    }
    server = subprocess.Popen(
        [sys.executable, str(HERE / "services_server.py")], env=environment, stdout=subprocess.PIPE, text=True
    )
    assert server.stdout is not None
    try:
        told = server.stdout.readline()
        assert told, "the server did not start"
        port, authorities = told.split()
        yield Cloud(int(port), Path(authorities))
    finally:
        server.terminate()
        server.wait()


@pytest.fixture(scope="session")
def running_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    yield from serve(tmp_path_factory.mktemp("services"))


@pytest.fixture
def cloud(running_cloud: Cloud) -> Iterator[Cloud]:
    yield running_cloud
    running_cloud.reset()
