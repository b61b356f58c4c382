"""Images that are file systems: made from an instance, copied, deregistered."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.models import EC2Backend
from moto.ec2.models.amis import Ami
from moto.ec2.models.instances import StateReason
from moto.ec2.responses import EC2Response

from .. import running
from ..machines.layers import Stack
from . import public_images
from .background import Pending, later
from .errors import error
from .instances import RUNNING, STOPPED, machine_of

# EC2 API Reference, CreateImage, Name.
NAME = re.compile(r"[a-zA-Z0-9()\[\] ./\-'@_]{3,128}")

_create, _copy, _deregister = EC2Backend.create_image, EC2Backend.copy_image, EC2Backend.deregister_image


def install() -> None:
    layers = running.cloud().layers
    layers.hold(public_images.ID, (running.cloud().base_image,))
    EC2Response.create_image = create_image
    EC2Response.copy_image = copy_image
    EC2Response.deregister_image = deregister_image
    EC2Backend.deregister_image = forget_image


def create_image(self: EC2Response) -> ActionResult:
    parameters = self._get_params()
    backend = self.ec2_backend
    name = parameters.get("Name") or ""
    check_name(backend, name)
    tags = _tags(parameters)
    instance = backend.get_instance(parameters["InstanceId"])
    machine = machine_of(instance)
    if machine is None or instance._state.code not in (RUNNING, STOPPED):
        raise error(
            "IncorrectInstanceState",
            f"The instance '{instance.id}' is not in a state from which an image can be created: {instance.state}",
        )
    self.error_on_dryrun()
    image = _create(backend, instance.id, name, parameters.get("Description") or "", [])
    image.image_location = f"{backend.account_id}/{name}"
    capture = machine.capture_live if parameters.get("NoReboot") else machine.capture
    _make(image, tags, lambda: capture(image.id))
    return ActionResult({"ImageId": image.id})


def copy_image(self: EC2Response) -> ActionResult:
    parameters = self._get_params()
    backend = self.ec2_backend
    name = parameters.get("Name") or ""
    check_name(backend, name)
    from moto.ec2.models import ec2_backends

    source_backend = ec2_backends[backend.account_id][parameters["SourceRegion"]]
    source = source_backend.amis.get(parameters["SourceImageId"])
    if source is None:
        raise error("InvalidAMIID.NotFound", f"The image id '[{parameters['SourceImageId']}]' does not exist")
    if source.state != "available":
        raise error("InvalidAMIID.Unavailable", f"The image ID '{source.id}' is {source.state}")
    tags = _tags(parameters)
    if parameters.get("CopyImageTags"):
        own = {tag["key"]: tag["value"] for tag in source.get_tags() if not tag["key"].startswith("aws:")}
        tags["image"] = {**own, **tags["image"]}
    self.error_on_dryrun()
    image = _copy(backend, source.id, parameters["SourceRegion"], name, parameters.get("Description"))
    image.image_location = f"{backend.account_id}/{name}"
    image.source_image_id, image.source_image_region = source.id, parameters["SourceRegion"]
    if parameters.get("Encrypted") or parameters.get("KmsKeyId"):
        image.ebs_snapshot.encrypted = True
    layers = running.cloud().layers
    # Held before the answer: the source may be deregistered the moment after.
    stack = layers.stack_of(source.id)
    layers.hold(image.id, stack)
    _make(image, tags, lambda: stack)
    return ActionResult({"ImageId": image.id})


def deregister_image(self: EC2Response) -> ActionResult:
    parameters = self._get_params()
    backend = self.ec2_backend
    image = backend.amis.get(parameters["ImageId"])
    if image is not None:
        check_owner(image)
    self.error_on_dryrun()
    backend.deregister_image(parameters["ImageId"])
    answer: dict[str, Any] = {"Return": True}
    if parameters.get("DeleteAssociatedSnapshots"):
        answer["DeleteSnapshotResults"] = [_delete_snapshot(backend, image.ebs_snapshot.id)]
    return ActionResult(answer)


def forget_image(self: EC2Backend, ami_id: str) -> None:
    with running.api_lock:
        _deregister(self, ami_id)
        running.cloud().layers.release(ami_id)


def check_name(backend: EC2Backend, name: str) -> None:
    if not NAME.fullmatch(name):
        raise error(
            "InvalidAMIName.Malformed",
            "AMI names must be between 3 and 128 characters long, and may contain letters, numbers, "
            "'(', ')', '.', '-', '/' and '_'",
        )
    for image in backend.amis.values():
        if image.name == name and image.owner_id == backend.account_id:
            raise error("InvalidAMIName.Duplicate", f"AMI name {name} is already in use by AMI {image.id}")


def check_owner(image: Ami) -> None:
    if image.owner_id != image.ec2_backend.account_id:
        raise error("AuthFailure", f"Not authorized for images: [{image.id}]")


def _tags(parameters: dict[str, Any]) -> dict[str, dict[str, str]]:
    tags: dict[str, dict[str, str]] = {"image": {}, "snapshot": {}}
    for specification in parameters.get("TagSpecifications") or []:
        kind = specification.get("ResourceType")
        if kind not in tags:
            raise error("InvalidParameterValue", f"'{kind}' is not a valid taggable resource type for this operation.")
        tags[kind].update({tag["Key"]: tag.get("Value", "") for tag in specification.get("Tags") or []})
    return tags


def _make(image: Ami, tags: dict[str, dict[str, str]], capture: Callable[[], Stack]) -> None:
    """Pending until the file system is there; `failed`, with a reason, if it cannot be had."""
    pending = Pending()
    snapshot = image.ebs_snapshot
    image.state, snapshot.status = "pending", "pending"
    image.add_tags(tags["image"])
    snapshot.add_tags(tags["snapshot"])

    def work() -> None:
        layers = running.cloud().layers
        backend = image.ec2_backend
        try:
            stack = capture()
            with running.api_lock:
                if snapshot.id in backend.snapshots:
                    layers.hold(snapshot.id, stack)
                if image.id not in backend.amis:
                    # Deregistered while it was made.
                    layers.release(image.id)
        except Exception as failure:
            with running.api_lock:
                image.state, snapshot.status = "failed", "error"
                image.state_reason = StateReason(f"Server.InternalError: {failure}", "Server.InternalError")
            raise
        pending.wait()
        with running.api_lock:
            image.state, snapshot.status = "available", "completed"

    later(work, f"making {image.id}")


def _delete_snapshot(backend: EC2Backend, snapshot_id: str) -> dict[str, str]:
    if snapshot_id not in backend.snapshots:
        return {"SnapshotId": snapshot_id, "ReturnCode": "success"}
    in_use = any(image.ebs_snapshot.id == snapshot_id for image in backend.amis.values())
    if in_use:
        return {"SnapshotId": snapshot_id, "ReturnCode": "skipped"}
    backend.delete_snapshot(snapshot_id)
    return {"SnapshotId": snapshot_id, "ReturnCode": "success"}
