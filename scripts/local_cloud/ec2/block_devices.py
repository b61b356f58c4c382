"""Block device mappings: a launch's own laid over the image's, with EC2's defaults."""

from __future__ import annotations

from typing import Any

from moto.ec2.models.amis import Ami
from moto.ec2.models.elastic_block_store import VolumeAttachment
from moto.ec2.models.instances import Instance
from moto.ec2.responses import EC2Response

from . import public_images
from .errors import error

# EC2's own default for a volume of an image that names none (EC2 User Guide, "Amazon EBS volume types").
VOLUME_TYPE = "gp3"


def install() -> None:
    # moto fills in DeleteOnTermination=False and refuses a root device without a size: EC2 takes both from the image.
    EC2Response._parse_block_device_mapping = lambda self: self._get_param("BlockDeviceMappings", [])
    Ami.block_device_mappings = property(_of_image)
    Instance.block_device_mappings = property(_of_instance)
    VolumeAttachment.delete_on_termination = property(
        lambda attachment: attachment.instance.block_device_mapping[attachment.device].delete_on_termination
    )
    original = Ami.__init__

    def initialise(
        self: Ami, ec2_backend: Any, ami_id: str, instance: Any = None, source_ami: Any = None, **rest: Any
    ) -> None:
        original(self, ec2_backend, ami_id, instance=instance, source_ami=source_ami, **rest)
        size, encrypted = public_images.ROOT_SIZE, False
        if instance is not None:
            root = root_volume(instance)
            if root is not None:
                size, encrypted = root.size, root.encrypted
                self.ebs_snapshot.volume = root
            self.root_device_name = instance.root_device_name
        if source_ami is not None:
            size, encrypted = source_ami.ebs_snapshot.volume_size, source_ami.ebs_snapshot.encrypted
            self.root_device_name = source_ami.root_device_name
        self.root_device_type = "ebs"
        self.hypervisor = "xen"
        self.boot_mode = "uefi-preferred"
        # A snapshot outlives its volume, and keeps the size it had then.
        self.ebs_snapshot.volume_size_then = size
        self.ebs_snapshot.encrypted = encrypted

    Ami.__init__ = initialise


def root_volume(instance: Instance) -> Any:
    device = instance.block_device_mapping.get(instance.root_device_name)
    return instance.ec2_backend.volumes.get(device.volume_id) if device else None


def for_launch(image: Ami, asked: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What moto's run_instances is to make."""
    snapshot = image.ebs_snapshot
    devices: dict[str, dict[str, Any]] = {
        image.root_device_name: {
            "VolumeSize": snapshot.volume_size,
            "SnapshotId": snapshot.id,
            "DeleteOnTermination": True,
            "VolumeType": VOLUME_TYPE,
            "Encrypted": snapshot.encrypted,
        }
    }
    for mapping in asked:
        name = mapping["DeviceName"]
        if mapping.get("NoDevice") is not None:
            devices.pop(name, None)
            continue
        if "VirtualName" in mapping and not mapping.get("Ebs"):
            continue
        given = {key: value for key, value in (mapping.get("Ebs") or {}).items() if value is not None}
        devices[name] = {**devices.get(name, {"DeleteOnTermination": True, "Encrypted": False}), **_typed(given)}
    _check_root(image, devices.get(image.root_device_name))
    return [{"DeviceName": name, "Ebs": ebs} for name, ebs in devices.items()]


def _typed(ebs: dict[str, Any]) -> dict[str, Any]:
    """CloudFormation hands on numbers and booleans as strings."""
    result = dict(ebs)
    for key in ("VolumeSize", "Iops", "Throughput"):
        if key in result:
            result[key] = int(result[key])
    for key in ("DeleteOnTermination", "Encrypted"):
        if key in result:
            result[key] = str(result[key]).lower() == "true"
    return result


def _check_root(image: Ami, root: dict[str, Any] | None) -> None:
    if root is None:
        return
    smallest = image.ebs_snapshot.volume_size
    if root["VolumeSize"] < smallest:
        raise error(
            "InvalidBlockDeviceMapping",
            f"Volume of size {root['VolumeSize']}GB is smaller than snapshot '{image.ebs_snapshot.id}', "
            f"expect size>= {smallest}GB",
        )
    if image.ebs_snapshot.encrypted:
        root["Encrypted"] = True


def _of_image(image: Ami) -> list[dict[str, Any]]:
    snapshot = image.ebs_snapshot
    return [
        {
            "DeviceName": image.root_device_name,
            "Ebs": {
                "SnapshotId": snapshot.id,
                "VolumeSize": snapshot.volume_size,
                "DeleteOnTermination": True,
                "VolumeType": VOLUME_TYPE,
                "Encrypted": snapshot.encrypted,
            },
        }
    ]


def _of_instance(instance: Instance) -> list[dict[str, Any]]:
    return [
        {
            "DeviceName": name,
            "Ebs": {
                "AttachTime": device.attach_time,
                "DeleteOnTermination": device.delete_on_termination,
                "Status": Instance.get_block_device_status(device.status),
                "VolumeId": device.volume_id,
            },
        }
        for name, device in instance.get_block_device_mapping
    ]
