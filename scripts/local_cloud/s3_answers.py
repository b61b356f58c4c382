"""What S3 answers about multipart uploads and versions, where moto answers something else."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from moto.s3.models import FakeMultipart
from moto.s3.responses import S3Response

_make = FakeMultipart.__init__
_list_parts = S3Response.list_parts
_list_uploads = S3Response.list_multipart_uploads
_versioning = S3Response.get_bucket_versioning
_INITIATED = re.compile(r"(<UploadId>([^<]+)</UploadId>.*?<Initiated>)[^<]*", re.DOTALL)


def install() -> None:
    FakeMultipart.__init__ = make
    S3Response.list_parts = list_parts
    S3Response.list_multipart_uploads = list_uploads
    S3Response.get_bucket_versioning = versioning


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


def list_parts(self: S3Response) -> Any:
    """The root is `ListPartsResult` (Amazon S3 API Reference, ListParts): some SDKs look at it."""
    return _rooted(_list_parts(self), "ListPartsResponse", "ListPartsResult")


def versioning(self: S3Response) -> Any:
    """The root is `VersioningConfiguration` (Amazon S3 API Reference, GetBucketVersioning)."""
    return _rooted(_versioning(self), "GetBucketVersioningResponse", "VersioningConfiguration")


def _rooted(answer: Any, wrong: str, right: str) -> Any:
    status, headers, body = answer
    return status, headers, re.sub(rf"(</?){wrong}\b", rf"\1{right}", _text(body))


def _text(body: str | bytes) -> str:
    return body.decode() if isinstance(body, bytes) else body
