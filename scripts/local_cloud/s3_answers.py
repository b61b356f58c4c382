"""What S3 answers about multipart uploads and the settings of buckets, where moto answers something else."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from moto.s3.exceptions import S3ClientError
from moto.s3.models import FakeMultipart
from moto.s3.responses import S3Response

_make = FakeMultipart.__init__
_list_uploads = S3Response.list_multipart_uploads
_delete = S3Response._bucket_response_delete
_INITIATED = re.compile(r"(<UploadId>([^<]+)</UploadId>.*?<Initiated>)[^<]*", re.DOTALL)


def install() -> None:
    FakeMultipart.__init__ = make
    S3Response.list_multipart_uploads = list_uploads
    S3Response._bucket_response_delete = delete
    for name, root in ROOTS.items():
        rooted(name, root)


def make(self: FakeMultipart, *args: Any, **kwargs: Any) -> None:
    _make(self, *args, **kwargs)
    self.initiated = datetime.now(UTC)


def list_uploads(self: S3Response) -> Any:
    """moto says of every upload that it was begun in 2010."""
    status, headers, body = _list_uploads(self)
    uploads = {upload.id: upload for upload in self.backend.list_multipart_uploads(self.bucket_name).values()}

    def initiated(found: re.Match[str]) -> str:
        upload = uploads.get(found[2])
        return found[1] + upload.initiated.strftime("%Y-%m-%dT%H:%M:%S.000Z") if upload else found[0]

    return status, headers, _INITIATED.sub(initiated, _text(body))


# Amazon S3 API Reference: the root of each answer. Some SDKs look at it.
ROOTS = {
    "get_bucket_cors": "CORSConfiguration",
    "get_bucket_logging": "BucketLoggingStatus",
    "get_bucket_notification": "NotificationConfiguration",
    "get_bucket_replication": "ReplicationConfiguration",
    "get_bucket_versioning": "VersioningConfiguration",
    "get_object_lock_configuration": "ObjectLockConfiguration",
    "list_bucket_inventory_configurations": "ListInventoryConfigurationsResult",
    "list_parts": "ListPartsResult",
}
_ROOT = re.compile(
    r"(?P<head>(?:<\?xml[^>]*\?>\s*)?)(?:<(?P<root>\w+)(?P<rest>.*)</(?P=root)>|<\w+[^>]*/>)?\s*",
    re.DOTALL,
)


def rooted(name: str, root: str) -> None:
    answer = getattr(S3Response, name)

    def with_root(self: S3Response) -> Any:
        status, headers, body = answer(self)
        return status, headers, _with_root(_text(body), root)

    setattr(S3Response, name, with_root)


def _with_root(body: str, root: str) -> str:
    """The document under this root; nothing at all is an empty one."""
    found = _ROOT.fullmatch(body)
    if found is None:
        return body
    head, rest = found["head"], found["rest"]
    return f"{head}<{root}/>" if rest is None else f"{head}<{root}{rest}</{root}>"


def delete(self: S3Response, bucket_name: str, querystring: dict[str, Any]) -> Any:
    """moto takes the deletion of an inventory for that of the bucket."""
    if "inventory" not in querystring:
        return _delete(self, bucket_name, querystring)
    self._set_action("BUCKET", "DELETE", {"policy": [""]})
    self._authenticate_and_authorize_s3_action(bucket_name=bucket_name)
    inventories = self.backend.get_bucket(bucket_name).inventory_configs
    if inventories.pop(querystring["id"][0], None) is None:
        raise S3ClientError("NoSuchConfiguration", "The specified configuration does not exist.")
    return 204, {}, ""


def _text(body: str | bytes) -> str:
    return body.decode() if isinstance(body, bytes) else body
