"""Snapshots: what keeps an image's file system after the image is deregistered."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.models import EC2Backend
from moto.ec2.models.elastic_block_store import Snapshot
from moto.ec2.responses import EC2Response

from .. import running
from .errors import error

_delete = EC2Backend.delete_snapshot
_describe = EC2Response.describe_snapshots
_describe_backend = EC2Backend.describe_snapshots


def install() -> None:
    Snapshot.volume_size = property(lambda snapshot: getattr(snapshot, "volume_size_then", snapshot.volume.size))
    Snapshot.progress = property(lambda snapshot: "100%" if snapshot.status == "completed" else "0%")
    EC2Backend.delete_snapshot = delete_snapshot
    EC2Backend.describe_snapshots = describe_by_id
    EC2Response.describe_snapshots = describe_snapshots


def delete_snapshot(self: EC2Backend, snapshot_id: str) -> Snapshot:
    with running.api_lock:
        if snapshot_id not in self.snapshots:
            raise not_found(snapshot_id)
        # moto knows an image's own snapshot only, not one that an image was registered from.
        for image in self.amis.values():
            if image.ebs_snapshot.id == snapshot_id:
                raise error("InvalidSnapshot.InUse", f"The snapshot {snapshot_id} is currently in use by {image.id}")
        snapshot = _delete(self, snapshot_id)
        running.cloud().layers.release(snapshot_id)
        return snapshot


def describe_by_id(self: EC2Backend, snapshot_ids: list[str] | None = None, filters: Any = None) -> list[Snapshot]:
    for snapshot_id in snapshot_ids or []:
        if snapshot_id not in self.snapshots:
            raise not_found(snapshot_id)
    return _describe_backend(self, snapshot_ids, filters)


def describe_snapshots(self: EC2Response) -> ActionResult:
    """moto ignores the owner, so that `self` would list Debian's snapshots too."""
    answer = _describe(self)
    owners = {self.ec2_backend.account_id if owner == "self" else owner for owner in self._get_param("OwnerIds", [])}
    if owners:
        answer.result["Snapshots"] = [s for s in answer.result["Snapshots"] if s.owner_id in owners]
    return answer


def not_found(snapshot_id: str) -> Exception:
    return error("InvalidSnapshot.NotFound", f"The snapshot '{snapshot_id}' does not exist.")
