"""A cloud with real machines, from `up` to its last trace. Needs root; skipped where it cannot run."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import boto3
import pytest
from local_cloud import control, doctor, members, settings
from local_cloud.ec2 import public_images

REPOSITORY = Path(__file__).parents[2]
NAME = f"life-{os.getpid()}"


@pytest.fixture
def cloud(monkeypatch):
    monkeypatch.setenv("AIL_CLOUD_NAME", NAME)
    monkeypatch.setenv("AIL_CLOUD_PORT", "0")
    monkeypatch.setenv("AIL_CLOUD_PENDING", "0.5")
    chosen = settings.from_environment()
    if findings := doctor.examine(chosen):
        pytest.skip(f"no local cloud here: {findings[0]}")
    yield chosen
    command("down")


def command(*arguments: str, exits: int = 0) -> str:
    ran = subprocess.run([REPOSITORY / "scripts" / "cloud", *arguments], capture_output=True, text=True)
    assert ran.returncode == exits, ran.stderr
    return ran.stdout


def client(chosen):
    return boto3.client(
        "ec2",
        endpoint_url=control.endpoint(chosen),
        region_name=settings.REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


def instances(ec2, ids):
    found = ec2.describe_instances(InstanceIds=ids)["Reservations"]
    return [instance for reservation in found for instance in reservation["Instances"]]


def await_state(ec2, ids, state):
    deadline = time.monotonic() + 60
    while {instance["State"]["Name"] for instance in instances(ec2, ids)} != {state}:
        assert time.monotonic() < deadline, instances(ec2, ids)
        time.sleep(0.1)


def banner(address):
    with socket.create_connection((address, 22), timeout=5) as connection:
        return connection.recv(8)


def launch(ec2, count=1, image=public_images.ID, **rest):
    answer = ec2.run_instances(ImageId=image, MinCount=count, MaxCount=count, InstanceType="t3.micro", **rest)
    return [instance["InstanceId"] for instance in answer["Instances"]]


def traces(chosen) -> list[str]:
    """All that a cloud may leave on a machine."""
    namespaces = Path("/run/netns")
    left = [str(path) for path in namespaces.glob(f"{chosen.namespace_prefix}*")]
    left += [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines() if f"/{NAME}/" in line]
    left += [str(path) for path in (chosen.state, chosen.lifecycle_lock) if path.exists()]
    left += [str(pid) for pid in members.find(chosen.state, [])]
    left += [str(path) for path in Path("/sys/fs/cgroup").glob(f"*/ail-cloud/{NAME}")]
    if chosen.address_locks.is_dir():
        left += [str(lock) for lock in chosen.address_locks.iterdir() if lock.read_text() == str(chosen.state)]
    return left


def test_machines_images_and_nothing_left(cloud):
    assert command("up") == ""
    assert command("env").splitlines()[0] == f"export AWS_ENDPOINT_URL={control.endpoint(cloud)}"
    ec2 = client(cloud)

    ids = launch(ec2, 2, UserData="#!/bin/sh\necho the user data ran\n")
    await_state(ec2, ids, "running")
    first, second = instances(ec2, ids)
    assert first["PublicIpAddress"] == first["PublicDnsName"] != second["PublicIpAddress"]
    assert banner(first["PublicIpAddress"]) == banner(second["PublicIpAddress"]) == b"SSH-2.0-"
    console = ec2.get_console_output(InstanceId=ids[0])["Output"]
    assert "-----BEGIN SSH HOST KEY KEYS-----" in console
    assert "the user data ran" in console

    image = ec2.create_image(InstanceId=ids[0], Name="life")["ImageId"]
    ec2.get_waiter("image_available").wait(ImageIds=[image], WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    layers = list((cloud.state / "layers").iterdir())
    assert len(layers) == 1
    ec2.terminate_instances(InstanceIds=ids)
    await_state(ec2, ids, "terminated")
    assert layers[0].exists()
    third = launch(ec2, image=image)
    await_state(ec2, third, "running")
    answer = ec2.deregister_image(ImageId=image, DeleteAssociatedSnapshots=True)
    assert [result["ReturnCode"] for result in answer["DeleteSnapshotResults"]] == ["success"]
    ec2.terminate_instances(InstanceIds=third)
    await_state(ec2, third, "terminated")
    assert not layers[0].exists()
    # Not even an init that outlived its systemd-nspawn.
    assert members.find(cloud.state, []) == [control.health(cloud)["pid"]]
    assert ec2.describe_volumes()["Volumes"] == []

    command("down")
    assert traces(cloud) == []


def test_a_killed_server_leaves_nothing_that_down_does_not_find(cloud):
    command("up")
    launch(client(cloud), 2)
    time.sleep(1)
    os.kill(control.health(cloud)["pid"], signal.SIGKILL)
    command("status", exits=1)
    assert traces(cloud) != []
    command("down")
    assert traces(cloud) == []


def test_a_second_up_finds_the_first(cloud):
    command("up")
    before = control.health(cloud)
    assert command("up") == ""
    assert control.health(cloud) == before


def test_a_stale_state_of_an_earlier_boot_is_swept_away(cloud):
    cloud.state.mkdir(parents=True)
    cloud.boot_id_file.write_text("00000000-0000-0000-0000-000000000000")
    cloud.port_file.write_text("1")
    assert control.endpoint(cloud) is None
    command("up")
    assert control.healthy(cloud)


def test_without_a_cloud_env_says_so(cloud):
    shutil.rmtree(cloud.state, ignore_errors=True)
    assert command("env", exits=1) == ""
