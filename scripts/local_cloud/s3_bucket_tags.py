"""Tags given to CreateBucket (Amazon S3 API Reference, CreateBucketConfiguration), which moto leaves out."""

from __future__ import annotations

from typing import Any

import xmltodict
from moto.s3.responses import S3Response

_put = S3Response._bucket_response_put


def install() -> None:
    S3Response._bucket_response_put = put


def put(self: S3Response, request: Any, bucket_name: str, querystring: dict[str, Any]) -> Any:
    # A configuration that is the whole of the request, not that of a sub-resource.
    tags = {} if querystring else _tags(self.body)
    answer = _put(self, request, bucket_name, querystring)
    if tags:
        self.backend.put_bucket_tagging(bucket_name, tags)
    return answer


def _tags(body: bytes | str) -> dict[str, str]:
    if not body:
        return {}
    configuration = xmltodict.parse(body, force_list={"Tag": True}).get("CreateBucketConfiguration") or {}
    tags = (configuration.get("Tags") or {}).get("Tag", [])
    return {tag["Key"]: tag.get("Value") or "" for tag in tags}
