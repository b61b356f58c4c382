"""The metadata service: tokens, and the tree as a directory listing."""

from __future__ import annotations

import socket
import threading
import urllib.error
import urllib.request

import pytest
from local_cloud.ec2 import metadata
from local_cloud.machines.metadata import _Server

TREE = {"instance-id": "i-1", "placement": {"region": "eu-central-1"}, "role": lambda: "fresh"}


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ([], "instance-id\nplacement/\nrole"),
        (["instance-id"], "i-1"),
        (["placement"], "region"),
        (["placement", "region"], "eu-central-1"),
        (["role"], "fresh"),
        (["nothing"], None),
        (["instance-id", "deeper"], None),
    ],
)
def test_a_directory_lists_its_entries(path, text):
    assert metadata._walk(TREE, path) == text


@pytest.fixture
def service():
    """The real server at a free port, demanding a token."""

    def lookup(path: str, with_token: bool) -> str | None:
        if not with_token:
            raise PermissionError
        return "i-1" if path == "/latest/meta-data/instance-id" else None

    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    server = _Server(lookup, listener)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.shutdown()
    server.server_close()


def ask(url: str, method: str = "GET", **headers: str) -> tuple[int, str]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(urllib.request.Request(url, method=method, headers=named), timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, ""


def test_a_token_opens_the_tree(service):
    instance_id = f"{service}/latest/meta-data/instance-id"
    status, token = ask(f"{service}/latest/api/token", "PUT", X_aws_ec2_metadata_token_ttl_seconds="60")
    assert status == 200
    assert ask(instance_id, X_aws_ec2_metadata_token=token) == (200, "i-1")
    assert ask(instance_id) == (401, "")
    assert ask(instance_id, X_aws_ec2_metadata_token="made-up") == (401, "")
    assert ask(f"{service}/latest/nothing", X_aws_ec2_metadata_token=token) == (404, "")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 400),
        ({"X_aws_ec2_metadata_token_ttl_seconds": "0"}, 400),
        ({"X_aws_ec2_metadata_token_ttl_seconds": "21601"}, 400),
        ({"X_aws_ec2_metadata_token_ttl_seconds": "60", "X_Forwarded_For": "10.0.0.1"}, 403),
    ],
)
def test_a_token_is_not_given_to_everybody(service, headers, status):
    assert ask(f"{service}/latest/api/token", "PUT", **headers) == (status, "")
