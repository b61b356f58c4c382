"""What ExportImage refuses before it starts a task, in the words of the service where they are known."""

from __future__ import annotations

import json
from typing import Any

from moto.core.exceptions import ServiceException
from moto.ec2.exceptions import EC2ClientError
from moto.iam.models import iam_backends
from moto.s3.models import FakeBucket, s3_backends

from ..disk.convert import QEMU_OPTIONS
from .task import Request

DEFAULT_ROLE = "vmimport"
# The documented trust of the role (VM Import/Export User Guide, "Required service role").
TRUSTED_SERVICE = "vmie.amazonaws.com"
EXTERNAL_ID = "vmimport"
LARGEST_VOLUME_GIB = 1024
LONGEST_DESCRIPTION = 255


def read(parameters: dict[str, Any]) -> Request:
    """The request, or the error of a parameter that is absent or senseless."""
    location = parameters.get("S3ExportLocation") or {}
    for name, value in (
        ("diskImageFormat", parameters.get("DiskImageFormat")),
        ("imageId", parameters.get("ImageId")),
        ("s3ExportLocation.s3Bucket", location.get("S3Bucket")),
    ):
        if not value:
            raise EC2ClientError("MissingParameter", f"The request must contain the parameter {name}")
    disk_format = parameters["DiskImageFormat"]
    if disk_format.lower() not in QEMU_OPTIONS:
        raise EC2ClientError(
            "InvalidParameterValue", f"Value ({disk_format}) for parameter diskImageFormat is invalid."
        )
    description = parameters.get("Description")
    if description and len(description) > LONGEST_DESCRIPTION:
        raise EC2ClientError("InvalidParameterValue", "The description is longer than 255 characters")
    return Request(
        image_id=parameters["ImageId"],
        disk_format=disk_format.lower(),
        bucket=location["S3Bucket"],
        prefix=location.get("S3Prefix"),
        role=parameters.get("RoleName") or DEFAULT_ROLE,
        description=description,
    )


def check_image(backend: Any, image_id: str) -> Any:
    """The image, if it is the caller's, whole and not encrypted."""
    images = backend.describe_images(ami_ids=[image_id])
    if not images or images[0].state in ("deregistered", "failed"):
        raise EC2ClientError("InvalidAMIID.Unavailable", f"The image id '[{image_id}]' is no longer available")
    image = images[0]
    if image.owner_id != backend.account_id:
        raise EC2ClientError(
            "NotExportable", f"The image ID provided ({image_id}) is a shared AMI and is not exportable."
        )
    if image.state != "available":
        raise EC2ClientError(
            "InvalidAMIID.Unavailable", f"The image ID '{image_id}' is not available. Its state is {image.state}"
        )
    snapshot = image.ebs_snapshot
    if snapshot.encrypted:
        raise EC2ClientError(
            "InvalidParameter",
            f"The image ID ({image_id}) provided has encrypted EBS block devices and is not exportable.",
        )
    if volume_gib(image) > LARGEST_VOLUME_GIB:
        raise EC2ClientError("InvalidParameter", f"The image ID ({image_id}) provided has a volume of more than 1 TiB.")
    return image


def volume_gib(image: Any) -> int:
    return int(image.ebs_snapshot.volume_size)


def check_role(account: str, name: str) -> None:
    """The role must exist and let VM Import/Export take it on."""
    for role in list(iam_backends[account]["aws"].roles.values()):
        if role.name == name and _trusts(role.assume_role_policy_document):
            return
    raise EC2ClientError(
        "InvalidParameter",
        f"The service role {name} provided does not exist or does not have sufficient permissions",
    )


def _trusts(document: str | dict[str, Any] | None) -> bool:
    try:
        policy = json.loads(document) if isinstance(document, str) else document or {}
    except ValueError:
        return False
    return any(_allows(statement) for statement in _list(policy.get("Statement")))


def _allows(statement: dict[str, Any]) -> bool:
    principal = statement.get("Principal")
    services = _list(principal.get("Service")) if isinstance(principal, dict) else []
    if statement.get("Effect") != "Allow" or TRUSTED_SERVICE not in services:
        return False
    if not {"sts:assumerole", "sts:*"} & {str(action).lower() for action in _list(statement.get("Action"))}:
        return False
    # Names of condition keys do not depend on case; the documentation writes sts:Externalid.
    external_ids = [
        _list(values)
        for operator, conditions in (statement.get("Condition") or {}).items()
        for key, values in conditions.items()
        if operator.lower().startswith("stringequals") and key.lower() == "sts:externalid"
    ]
    return all(EXTERNAL_ID in values for values in external_ids)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def check_bucket(account: str, region: str, name: str) -> FakeBucket:
    """The bucket must exist, be the caller's, lie in the region of the image and not use a KMS key."""
    try:
        bucket = s3_backends[account]["aws"].get_bucket(name)
    except ServiceException as missing:
        raise EC2ClientError("InvalidParameter", f"The S3 bucket {name} does not exist") from missing
    if bucket.account_id != account:
        raise EC2ClientError("InvalidParameter", f"Insufficient permissions - no access to the S3 bucket {name}")
    if bucket.region_name != region:
        raise EC2ClientError("InvalidParameter", "The given S3 bucket is not local to the region.")
    rule = (bucket.encryption or {}).get("Rule", {})
    if rule.get("ApplyServerSideEncryptionByDefault", {}).get("SSEAlgorithm", "").startswith("aws:kms"):
        raise EC2ClientError("InvalidParameter", f"The S3 bucket {name} uses server-side encryption with a KMS key")
    return bucket
