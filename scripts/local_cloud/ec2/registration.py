"""The way round CreateImage: a snapshot of a root volume, registered as an image."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.models import EC2Backend
from moto.ec2.models.elastic_block_store import Snapshot
from moto.ec2.responses import EC2Response

from .. import running
from .background import Pending, later
from .errors import error
from .images import check_name
from .instances import machine_of
from .snapshots import not_found

_create_snapshot = EC2Response.create_snapshot
_register = EC2Backend.register_image


def install() -> None:
    EC2Response.create_snapshot = create_snapshot
    EC2Response.register_image = register_image


def create_snapshot(self: EC2Response) -> ActionResult:
    """A root volume's snapshot is a copy of what is written; of a volume that no machine has, it is empty."""
    answer = _create_snapshot(self)
    snapshot: Any = answer.result
    snapshot.volume_size_then = snapshot.volume.size
    attachment = snapshot.volume.attachment
    instance = attachment.instance if attachment else None
    machine = machine_of(instance) if instance and attachment.device == instance.root_device_name else None
    if machine is not None:
        _fill(snapshot, lambda: machine.capture_live(snapshot.id))
    return answer


def register_image(self: EC2Response) -> ActionResult:
    parameters = self._get_params()
    backend = self.ec2_backend
    name = parameters.get("Name") or ""
    check_name(backend, name)
    root_device = parameters.get("RootDeviceName") or "/dev/sda1"
    mapping = next((m for m in parameters.get("BlockDeviceMappings") or [] if m["DeviceName"] == root_device), {})
    snapshot_id = mapping.get("Ebs", {}).get("SnapshotId")
    if not snapshot_id:
        raise error("MissingParameter", f"The request must contain a snapshot for the root device {root_device}")
    snapshot = backend.snapshots.get(snapshot_id)
    if snapshot is None:
        raise not_found(snapshot_id)
    layers = running.cloud().layers
    if snapshot.status != "completed" or not layers.holds(snapshot_id):
        raise error("InvalidSnapshot.NotFound", f"Snapshot '{snapshot_id}' holds no completed root file system")
    self.error_on_dryrun()
    image = _register(backend, name, parameters.get("Description") or "")
    # moto makes a snapshot of its own for each image; this one has its snapshot already.
    backend.snapshots.pop(image.ebs_snapshot.id)
    image.ebs_snapshot = snapshot
    image.root_device_name = root_device
    image.architecture = parameters.get("Architecture") or "i386"
    image.virtualization_type = parameters.get("VirtualizationType") or "paravirtual"
    image.image_location = f"{backend.account_id}/{name}"
    layers.hold(image.id, layers.stack_of(snapshot_id))
    specifications = parameters.get("TagSpecifications") or []
    image.add_tags({tag["Key"]: tag.get("Value", "") for spec in specifications for tag in spec.get("Tags") or []})
    return ActionResult({"ImageId": image.id})


def _fill(snapshot: Snapshot, capture: Any) -> None:
    pending = Pending()
    snapshot.status = "pending"

    def work() -> None:
        try:
            capture()
        except Exception:
            with running.api_lock:
                snapshot.status = "error"
            raise
        pending.wait()
        with running.api_lock:
            snapshot.status = "completed"
            if snapshot.id not in snapshot.ec2_backend.snapshots:
                running.cloud().layers.release(snapshot.id)

    later(work, f"making {snapshot.id}")
