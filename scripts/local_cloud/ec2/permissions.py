"""Who may use an image or a snapshot, block public access, and deprecation."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.ec2.models import EC2Backend
from moto.ec2.models.amis import Ami
from moto.ec2.responses import EC2Response

from .errors import error
from .images import check_owner

# EC2 User Guide, "Deprecate an Amazon EC2 AMI": at most ten years ahead.
LONGEST_LIFE = timedelta(days=3653)

_describe_image_attribute = EC2Response.describe_image_attribute


def install() -> None:
    for operation in (
        modify_image_attribute,
        reset_image_attribute,
        describe_image_attribute,
        modify_snapshot_attribute,
        reset_snapshot_attribute,
        get_image_block_public_access_state,
        enable_image_block_public_access,
        disable_image_block_public_access,
        get_snapshot_block_public_access_state,
        enable_snapshot_block_public_access,
        disable_snapshot_block_public_access,
        enable_image_deprecation,
        disable_image_deprecation,
    ):
        setattr(EC2Response, operation.__name__, operation)


def modify_image_attribute(self: EC2Response) -> EmptyResult:
    parameters = self._get_params()
    image = _own_image(self)
    if image.state != "available":
        raise error("IncorrectState", f"The image ID '{image.id}' is {image.state}: its attributes cannot be modified")
    attribute = parameters.get("Attribute") or ""
    description = parameters.get("Description", {}).get("Value")
    if attribute == "description" and description is None:
        description = parameters.get("Value")
    changes = parameters.get("LaunchPermission") or {}
    add, remove = list(changes.get("Add") or []), list(changes.get("Remove") or [])
    # The older style names the operation and the grantees apart.
    flat = [
        *({"Group": group} for group in parameters.get("UserGroups") or []),
        *({"UserId": user} for user in parameters.get("UserIds") or []),
        *({"OrganizationArn": arn} for arn in parameters.get("OrganizationArns") or []),
        *({"OrganizationalUnitArn": arn} for arn in parameters.get("OrganizationalUnitArns") or []),
    ]
    if flat:
        if parameters.get("OperationType") not in ("add", "remove"):
            raise error("InvalidParameterCombination", "OperationType must be add or remove")
        (add if parameters["OperationType"] == "add" else remove).extend(flat)
    if not add and not remove and description is None:
        raise error("InvalidParameterCombination", "No attributes specified.")
    if {"Group": "all"} in add:
        _check_may_be_public(self.ec2_backend, image)
    self.error_on_dryrun()
    if description is not None:
        image.description = description
    self.ec2_backend.modify_image_attribute(image.id, add, remove)
    return EmptyResult()


def reset_image_attribute(self: EC2Response) -> EmptyResult:
    image = _own_image(self)
    if self._get_param("Attribute") != "launchPermission":
        raise error("InvalidRequest", "The request received was invalid.")
    self.error_on_dryrun()
    image.launch_permissions = []
    return EmptyResult()


def describe_image_attribute(self: EC2Response) -> ActionResult:
    image = self.ec2_backend.describe_images(ami_ids=[self._get_param("ImageId")])[0]
    # Only its owner may read an image's attributes.
    check_owner(image)
    if self._get_param("Attribute") == "description":
        return ActionResult({"ImageId": image.id, "Description": {"Value": image.description}})
    return _describe_image_attribute(self)


def modify_snapshot_attribute(self: EC2Response) -> EmptyResult:
    parameters = self._get_params()
    backend = self.ec2_backend
    snapshot = _own_snapshot(self)
    changes = parameters.get("CreateVolumePermission") or {}
    add, remove = list(changes.get("Add") or []), list(changes.get("Remove") or [])
    flat = [
        *({"Group": group} for group in parameters.get("GroupNames") or []),
        *({"UserId": user} for user in parameters.get("UserIds") or []),
    ]
    (remove if parameters.get("OperationType") == "remove" else add).extend(flat)
    if not add and not remove:
        raise error("InvalidParameterCombination", "No attributes specified.")
    if snapshot.status != "completed":
        raise error("IncorrectState", f"Snapshot '{snapshot.id}' is {snapshot.status}")
    if snapshot.encrypted and {"Group": "all"} in add:
        raise error("InvalidParameter", f"Encrypted snapshot {snapshot.id} cannot be made public")
    if {"Group": "all"} in add and _snapshot_block_state(backend) != "unblocked":
        raise error(
            "OperationNotPermitted",
            "You can't publicly share this snapshot because block public access for snapshots is enabled in this "
            "Region.",
        )
    self.error_on_dryrun()
    backend.add_create_volume_permission(snapshot.id, **_grantees(add))
    backend.remove_create_volume_permission(snapshot.id, **_grantees(remove))
    return EmptyResult()


def reset_snapshot_attribute(self: EC2Response) -> EmptyResult:
    snapshot = _own_snapshot(self)
    self.error_on_dryrun()
    snapshot.create_volume_permission_groups.clear()
    snapshot.create_volume_permission_userids.clear()
    return EmptyResult()


def get_image_block_public_access_state(self: EC2Response) -> ActionResult:
    return ActionResult({"ImageBlockPublicAccessState": _block_state(self.ec2_backend), "ManagedBy": "account"})


def enable_image_block_public_access(self: EC2Response) -> ActionResult:
    state = self._get_param("ImageBlockPublicAccessState")
    if state != "block-new-sharing":
        raise error("InvalidParameterValue", f"Value ({state}) for parameter ImageBlockPublicAccessState is invalid.")
    self.error_on_dryrun()
    self.ec2_backend.ail_image_block = state
    return ActionResult({"ImageBlockPublicAccessState": state})


def disable_image_block_public_access(self: EC2Response) -> ActionResult:
    self.error_on_dryrun()
    self.ec2_backend.ail_image_block = "unblocked"
    return ActionResult({"ImageBlockPublicAccessState": "unblocked"})


def get_snapshot_block_public_access_state(self: EC2Response) -> ActionResult:
    return ActionResult({"State": _snapshot_block_state(self.ec2_backend), "ManagedBy": "account"})


def enable_snapshot_block_public_access(self: EC2Response) -> ActionResult:
    state = self._get_param("State")
    if state not in ("block-all-sharing", "block-new-sharing"):
        raise error("InvalidParameterValue", f"Value ({state}) for parameter State is invalid.")
    self.error_on_dryrun()
    self.ec2_backend.ail_snapshot_block = state
    return ActionResult({"State": state})


def disable_snapshot_block_public_access(self: EC2Response) -> ActionResult:
    self.error_on_dryrun()
    self.ec2_backend.ail_snapshot_block = "unblocked"
    return ActionResult({"State": "unblocked"})


def enable_image_deprecation(self: EC2Response) -> ActionResult:
    image = _own_image(self)
    when = self._get_param("DeprecateAt")
    if not isinstance(when, datetime):
        when = datetime.fromisoformat(str(when).replace("Z", "+00:00"))
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    now = datetime.now(UTC)
    if not now < when <= now + LONGEST_LIFE:
        raise error("InvalidParameterValue", f"DeprecateAt ({when.isoformat()}) must be in the next 10 years")
    self.error_on_dryrun()
    # EC2 rounds to the nearest minute (EC2 API Reference, EnableImageDeprecation).
    minute = (when + timedelta(seconds=30)).replace(second=0, microsecond=0)
    image.deprecation_time = minute.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return ActionResult({"Return": True})


def disable_image_deprecation(self: EC2Response) -> ActionResult:
    image = _own_image(self)
    self.error_on_dryrun()
    image.deprecation_time = None
    return ActionResult({"Return": True})


def _own_image(self: EC2Response) -> Ami:
    image_id = self._get_param("ImageId")
    image = self.ec2_backend.amis.get(image_id)
    if image is None:
        raise error("InvalidAMIID.NotFound", f"The image id '[{image_id}]' does not exist")
    check_owner(image)
    return image


def _own_snapshot(self: EC2Response) -> Any:
    snapshot = self.ec2_backend.describe_snapshots([self._get_param("SnapshotId")])[0]
    if snapshot.owner_id != self.ec2_backend.account_id:
        raise error("UnauthorizedOperation", "You are not authorized to perform this operation.")
    return snapshot


def _check_may_be_public(backend: EC2Backend, image: Ami) -> None:
    if _block_state(backend) != "unblocked":
        raise error(
            "OperationNotPermitted",
            "You can't publicly share this image because block public access for AMIs is enabled in this Region. "
            "To publicly share the image, you must call the DisableImageBlockPublicAccess API.",
        )
    if image.ebs_snapshot.encrypted:
        raise error("InvalidParameter", f"Image {image.id} has encrypted snapshots and cannot be made public")


def _block_state(backend: EC2Backend) -> str:
    """New accounts have it on; a cloud of one's own begins without."""
    return getattr(backend, "ail_image_block", "unblocked")


def _snapshot_block_state(backend: EC2Backend) -> str:
    return getattr(backend, "ail_snapshot_block", "unblocked")


def _grantees(permissions: list[dict[str, str]]) -> dict[str, list[str]]:
    return {
        "user_ids": [p["UserId"] for p in permissions if "UserId" in p],
        "groups": [p["Group"] for p in permissions if "Group" in p],
    }
