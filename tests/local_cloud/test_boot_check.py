"""The boot check without a machine: what it makes of records, of S3, and of what a login shows."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

SCRIPTS = Path(__file__).parents[2] / "scripts"
sys.path.insert(0, str(SCRIPTS))

from boot_check import checks, machine  # noqa: E402
from boot_check.deadline import Deadline  # noqa: E402
from boot_check.login import Account, LoginFailed  # noqa: E402
from boot_check.report import CheckFailed  # noqa: E402

# Plays sshd, PAM and passwd at its terminal; SCENE says what goes wrong.
FAKE_SSH = """\
#!/usr/bin/env python3
import getpass, os, sys
scene = os.environ["SCENE"]
ask = getpass.getpass
if ask("admin@127.0.0.1's password: ") != "old-password":
    sys.exit("admin@127.0.0.1: Permission denied (publickey,password).")
if scene == "closed":
    sys.exit("Connection closed by 127.0.0.1 port 22")
if scene == "never expired":
    input("admin@vm:~$ ")
print("WARNING: Your password has expired.")
print("You must change your password now and login again!")
ask("Current password: ")
print()
if ask("New password: ") != ask("Retype new password: "):
    sys.exit("Sorry, passwords do not match.")
if scene == "refused":
    sys.exit("passwd: Authentication token manipulation error")
print("passwd: password updated successfully")
"""


def boot_check(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    known = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "AIL_"))}
    known |= {"PYTHONPATH": str(SCRIPTS), "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    command = [sys.executable, "-m", "boot_check", *map(str, arguments)]
    return subprocess.run(command, env=known | environment, capture_output=True, text=True)


def write(path: Path, record: Any) -> Path:
    path.write_text(record if isinstance(record, str) else json.dumps(record))
    return path


@pytest.mark.parametrize(
    ("record", "words"),
    [
        ("{", "not JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
        ([], "expected an object"),
        ({}, "exports: expected a list of exported images, found none"),
        ({"exports": [{"format": "vmdk", "bucket": "b"}]}, "exports[0].key: expected str, found None"),
        ({"exports": [{"format": 1}]}, "exports[0].format: expected str, found 1"),
    ],
)
def test_a_record_that_cannot_be_used(tmp_path: Path, record: Any, words: str) -> None:
    file = write(tmp_path / "release.json", record)
    result = boot_check(file, AIL_DEFAULT_PASSWORD="x")
    assert (result.returncode, result.stdout, result.stderr) == (65, "", f"boot-check: {file}: {words}\n")


def export(content: bytes, **other: Any) -> dict[str, Any]:
    digest = hashlib.sha256(content).hexdigest()
    size = {"bytes": len(content), "sha256": digest}
    return {"format": "vmdk", "bucket": "released", "key": "ai-lab-1.vmdk"} | size | other


def test_the_password_is_never_an_argument_and_must_be_there(tmp_path: Path) -> None:
    file = write(tmp_path / "release.json", {"exports": [export(b"")]})
    result = boot_check(file)
    assert result.returncode == 65
    assert result.stderr == "boot-check: no default password: use --password-file or AIL_DEFAULT_PASSWORD\n"
    assert boot_check(file, "--password", "x").returncode == 2


def test_a_format_that_was_not_exported(tmp_path: Path) -> None:
    file = write(tmp_path / "release.json", {"exports": [export(b"")]})
    result = boot_check(file, "--format", "vhd", AIL_DEFAULT_PASSWORD="x")
    assert (result.returncode, result.stderr) == (65, "boot-check: exports: no vhd among vmdk\n")


def test_an_unreachable_endpoint(tmp_path: Path) -> None:
    file = write(tmp_path / "release.json", {"region": "eu-central-1", "exports": [export(b"")]})
    # Nothing listens on the discard port of a machine of today.
    result = boot_check(file, AIL_DEFAULT_PASSWORD="x", AWS_ENDPOINT_URL="http://127.0.0.1:9", AWS_MAX_ATTEMPTS="1")
    assert result.returncode == 69
    assert result.stderr.startswith("boot-check: Could not connect to the endpoint URL")


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    client = boto3.client(
        "s3", endpoint_url=url, region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test"
    )
    client.create_bucket(Bucket="released")
    client.put_object(Bucket="released", Key="ai-lab-1.vmdk", Body=b"no disk at all")
    yield url
    server.stop()


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"bytes": 3}, "s3://released/ai-lab-1.vmdk has 14 bytes, the record says 3"),
        ({"sha256": "00"}, "the record says 00"),
        ({}, "invalid VMDK image descriptor"),
    ],
)
def test_an_image_that_is_not_what_the_record_says(
    tmp_path: Path, endpoint: str, other: dict[str, Any], words: str
) -> None:
    file = write(tmp_path / "release.json", {"exports": [export(b"no disk at all", **other)]})
    result = boot_check(
        file, AIL_DEFAULT_PASSWORD="x", AWS_ENDPOINT_URL=endpoint, AWS_DEFAULT_REGION="us-east-1", TMPDIR=str(tmp_path)
    )
    assert (result.returncode, result.stderr) == (1, "")
    last = result.stdout.splitlines()[-1]
    assert last.startswith("FAIL  vmdk ") and words in last
    assert os.listdir(tmp_path) == ["release.json"]


@pytest.fixture
def account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Account:
    ssh = tmp_path / "ssh"
    ssh.write_text(FAKE_SSH)
    ssh.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    return Account("admin", 22, tmp_path, Deadline(2))


def test_the_expired_password_is_changed(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCENE", "as it should be")
    account.change_expired_password("old-password", "new-password")


@pytest.mark.parametrize(
    ("scene", "password", "words"),
    [
        ("wrong", "wrong-password", "the demand to change the password did not come: access was denied"),
        ("closed", "old-password", "the demand to change the password did not come: the connection ended"),
        ("never expired", "old-password", "the demand to change the password did not come: nothing in"),
        ("refused", "old-password", "the confirmation of the change did not come: the connection ended"),
    ],
)
def test_a_login_that_goes_wrong_says_where(
    account: Account, monkeypatch: pytest.MonkeyPatch, scene: str, password: str, words: str
) -> None:
    monkeypatch.setenv("SCENE", scene)
    with pytest.raises(LoginFailed) as caught:
        account.change_expired_password(password, "new-password")
    assert str(caught.value).startswith(words)
    assert "old-password" not in str(caught.value)


def test_equal_host_keys_are_found() -> None:
    one, other = ["ssh-ed25519 AAAA", "ssh-rsa BBBB"], ["ssh-ed25519 CCCC", "ssh-rsa BBBB"]
    with pytest.raises(CheckFailed, match="the same on both: ssh-rsa"):
        checks.host_keys_differ(one, other)
    assert checks.host_keys_differ(one[:1], other[:1]) == "ssh-ed25519"


def test_an_accelerator_is_believed_when_it_counts() -> None:
    assert machine.runs_with("tcg")
    assert not machine.runs_with("no-such-accelerator")
