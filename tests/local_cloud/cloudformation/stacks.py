"""A CloudFormation to test against, and the few words that the tests speak with it."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[2]
TEMPLATES = REPOSITORY / "tools" / "ail-stack" / "templates"
# Phases of a quarter of this; long enough to be seen by a poll of 20 ms.
PENDING = "0.4"
# For what has to be done within a phase.
UNHURRIED = "4"
# Generous against a loaded machine; nothing here takes more than two seconds.
DEADLINE = 30.0


class Cloud:
    def __init__(self, port: int, region: str = "eu-central-1") -> None:
        self._port = port
        self._region = region
        self.endpoint = f"http://127.0.0.1:{port}"
        self._session = botocore.session.Session()
        self._clients: dict[str, Any] = {}
        self._names = (f"stack-{number}" for number in itertools.count(1))
        self.cloudformation = self.client("cloudformation")
        self.ec2 = self.client("ec2")

    def client(self, service: str) -> Any:
        if service not in self._clients:
            self._clients[service] = self._session.create_client(
                service,
                region_name=self._region,
                endpoint_url=self.endpoint,
                aws_access_key_id="test",
                aws_secret_access_key="test",
                config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
            )
        return self._clients[service]

    def elsewhere(self, region: str) -> Cloud:
        return Cloud(self._port, region)

    def name(self) -> str:
        return next(self._names)

    def image(self) -> str:
        image: str = self.ec2.describe_images()["Images"][0]["ImageId"]
        return image

    def create(self, resources: Any, name: str | None = None, **options: Any) -> str:
        """Create a stack from resources or a whole template; its id."""
        name = name or self.name()
        answer = self.cloudformation.create_stack(StackName=name, TemplateBody=body(resources), **options)
        return str(answer["StackId"])

    def settled(self, stack: str) -> dict[str, Any]:
        """The stack once nothing is in progress any more."""

        def rest() -> dict[str, Any] | None:
            found: dict[str, Any] = self.describe(stack)
            return None if found["StackStatus"].endswith("_IN_PROGRESS") else found

        found = eventually(rest)
        assert found is not None
        return found

    def describe(self, stack: str) -> dict[str, Any]:
        found: dict[str, Any] = self.cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
        return found

    def made(self, resources: Any, **options: Any) -> str:
        """A stack that is CREATE_COMPLETE."""
        stack = self.create(resources, **options)
        found = self.settled(stack)
        assert found["StackStatus"] == "CREATE_COMPLETE", self.events(stack)
        return stack

    def events(self, stack: str) -> list[tuple[str, str, str | None]]:
        """Oldest first: logical id, status, reason."""
        pages = self.cloudformation.get_paginator("describe_stack_events").paginate(StackName=stack)
        events = [event for page in pages for event in page["StackEvents"]]
        return [(it["LogicalResourceId"], it["ResourceStatus"], it.get("ResourceStatusReason")) for it in events[::-1]]

    def statuses(self, stack: str, logical_id: str) -> list[str]:
        return [status for name, status, _ in self.events(stack) if name == logical_id]

    def reason(self, stack: str, logical_id: str, status: str) -> str | None:
        found = [reason for name, state, reason in self.events(stack) if (name, state) == (logical_id, status)]
        assert found, f"no {status} of {logical_id} in {self.events(stack)}"
        return found[-1]

    def resources(self, stack: str) -> dict[str, dict[str, Any]]:
        answer = self.cloudformation.describe_stack_resources(StackName=stack)
        return {it["LogicalResourceId"]: it for it in answer["StackResources"]}

    def physical_id(self, stack: str, logical_id: str) -> str:
        return str(self.resources(stack)[logical_id]["PhysicalResourceId"])

    def outputs(self, stack: str) -> dict[str, str]:
        return {it["OutputKey"]: it["OutputValue"] for it in self.describe(stack).get("Outputs", [])}

    def change_set(self, stack: str, resources: Any, name: str = "change", **options: Any) -> Any:
        """A change set, described once it is made or has failed."""
        options = {"ChangeSetType": "UPDATE"} | options
        if resources is not None:
            options["TemplateBody"] = body(resources)
        made = self.cloudformation.create_change_set(StackName=stack, ChangeSetName=name, **options)

        def ready() -> Any:
            found = self.cloudformation.describe_change_set(ChangeSetName=made["Id"])
            return None if found["Status"].endswith(("PENDING", "IN_PROGRESS")) else found

        return eventually(ready)

    def reset(self) -> None:
        request = urllib.request.Request(f"{self.endpoint}/moto-api/reset", method="POST")
        urllib.request.urlopen(request).close()


def body(resources: Any) -> str:
    if isinstance(resources, str):
        return resources
    if "Resources" not in resources:
        resources = {"Resources": resources}
    return json.dumps(resources)


def eventually(ready: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + DEADLINE
    while (found := ready()) is None:
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)
    return found


def refused(call: Callable[..., Any], **arguments: Any) -> tuple[str, str]:
    """The code and the message with which a call is refused."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


# One image: moto's own list of 1,285 costs seconds at each reset.
IMAGES = [
    {
        "ami_id": "ami-0123456789abcdef0",
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


@contextlib.contextmanager
def _running(directory: Path, pending: str) -> Iterator[Cloud]:
    images = directory / "images.json"
    images.write_text(json.dumps(IMAGES))
    environment = os.environ | {
        "AIL_CLOUD_PENDING": pending,
        "MOTO_AMIS_PATH": str(images),
        "MOTO_EC2_ENABLE_INSTANCE_TYPE_VALIDATION": "true",
        "MOTO_ENABLE_AMI_VALIDATION": "true",
        "MOTO_ENABLE_KEYPAIR_VALIDATION": "true",
        "PYTHONPATH": str(REPOSITORY / "scripts"),
    }
    server = subprocess.Popen(
        [sys.executable, str(HERE / "server.py")], env=environment, stdout=subprocess.PIPE, text=True
    )
    assert server.stdout is not None
    try:
        port = server.stdout.readline()
        assert port, "the server did not start"
        yield Cloud(int(port))
    finally:
        server.terminate()
        server.wait()


@pytest.fixture(scope="session")
def running_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    with _running(tmp_path_factory.mktemp("moto"), PENDING) as cloud:
        yield cloud


@pytest.fixture
def unhurried() -> Iterator[Cloud]:
    with tempfile.TemporaryDirectory() as directory, _running(Path(directory), UNHURRIED) as cloud:
        yield cloud


@pytest.fixture
def cloud(running_cloud: Cloud) -> Iterator[Cloud]:
    yield running_cloud
    running_cloud.reset()
