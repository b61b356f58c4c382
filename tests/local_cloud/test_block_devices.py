"""A launch's block devices are the image's, with what the launch asks for laid over them."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from local_cloud.ec2 import block_devices
from moto.ec2.exceptions import EC2ClientError


def image(encrypted: bool = False) -> SimpleNamespace:
    snapshot = SimpleNamespace(id="snap-1", volume_size=8, encrypted=encrypted)
    return SimpleNamespace(root_device_name="/dev/xvda", ebs_snapshot=snapshot)


ROOT = {
    "VolumeSize": 8,
    "SnapshotId": "snap-1",
    "DeleteOnTermination": True,
    "VolumeType": "gp3",
    "Encrypted": False,
}


def test_without_a_wish_the_root_is_the_images():
    assert block_devices.for_launch(image(), []) == [{"DeviceName": "/dev/xvda", "Ebs": ROOT}]


def test_a_wish_changes_only_what_it_names():
    asked = [{"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 30, "Encrypted": True}}]
    assert block_devices.for_launch(image(), asked) == [
        {"DeviceName": "/dev/xvda", "Ebs": {**ROOT, "VolumeSize": 30, "Encrypted": True}}
    ]


def test_cloudformation_says_numbers_and_booleans_in_strings():
    asked = [{"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": "30", "DeleteOnTermination": "false"}}]
    [device] = block_devices.for_launch(image(), asked)
    assert (device["Ebs"]["VolumeSize"], device["Ebs"]["DeleteOnTermination"]) == (30, False)


def test_another_device_comes_on_top_and_can_be_left_out():
    extra = {"DeviceName": "/dev/sdb", "Ebs": {"VolumeSize": 4}}
    names = [device["DeviceName"] for device in block_devices.for_launch(image(), [extra])]
    assert names == ["/dev/xvda", "/dev/sdb"]
    left_out = [extra, {"DeviceName": "/dev/sdb", "NoDevice": ""}]
    assert len(block_devices.for_launch(image(), left_out)) == 1


def test_an_encrypted_snapshot_makes_an_encrypted_volume():
    [device] = block_devices.for_launch(
        image(encrypted=True), [{"DeviceName": "/dev/xvda", "Ebs": {"Encrypted": False}}]
    )
    assert device["Ebs"]["Encrypted"] is True


def test_a_root_smaller_than_its_snapshot_is_refused():
    with pytest.raises(EC2ClientError) as raised:
        block_devices.for_launch(image(), [{"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 4}}])
    assert raised.value.code == "InvalidBlockDeviceMapping"
    assert raised.value.message == "Volume of size 4GB is smaller than snapshot 'snap-1', expect size>= 8GB"
