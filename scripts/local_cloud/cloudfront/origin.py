"""The bucket behind a distribution, as its policy shows it to CloudFront."""

from __future__ import annotations

import fnmatch
import json
from typing import Any

from moto.s3.exceptions import MissingBucket
from moto.s3.models import FakeBucket, FakeKey, s3_backends

_SERVICE = "cloudfront.amazonaws.com"


class Denied(Exception):
    """S3 does not let CloudFront read the object, or tell whether it exists."""


class NoSuchKey(Exception):
    """There is no such object, and CloudFront may know."""


def read(account: str, distribution: str, origin: dict[str, Any], key: str) -> FakeKey:
    """The object; `distribution` is the ARN of the one that asks."""
    backend = s3_backends[account]["aws"]
    try:
        bucket = backend.get_bucket(origin["DomainName"].partition(".s3")[0])
    except MissingBucket:
        raise NoSuchKey from None
    # Without an access control CloudFront asks as a stranger, and the buckets here are private.
    if not key or not origin.get("OriginAccessControlId"):
        raise Denied
    if not _allows(bucket, distribution, "s3:GetObject", f"{bucket.arn}/{key}"):
        raise Denied
    found = backend.get_object(bucket.name, key)
    if isinstance(found, FakeKey):
        return found
    # "If the object you request doesn't exist, the error depends on whether you also have the s3:ListBucket
    # permission" (Amazon S3 API Reference, GetObject).
    raise NoSuchKey if _allows(bucket, distribution, "s3:ListBucket", bucket.arn) else Denied


def _allows(bucket: FakeBucket, distribution: str, action: str, resource: str) -> bool:
    policy = json.loads(bucket.policy) if bucket.policy else {}
    statements = policy.get("Statement", [])
    statements = [statements] if isinstance(statements, dict) else statements
    return any(
        each.get("Effect") == "Allow"
        and _SERVICE in _listed((each.get("Principal") or {}).get("Service") if _is_map(each.get("Principal")) else [])
        and any(fnmatch.fnmatchcase(action.lower(), pattern.lower()) for pattern in _listed(each.get("Action")))
        and any(fnmatch.fnmatchcase(resource, pattern) for pattern in _listed(each.get("Resource")))
        and _fulfilled(each.get("Condition") or {}, distribution)
        for each in statements
    )


def _fulfilled(conditions: dict[str, dict[str, Any]], distribution: str) -> bool:
    """Conditions on the distribution that asks; what asks for anything else is not fulfilled."""
    for operator, keys in conditions.items():
        for key, values in keys.items():
            if operator not in ("StringEquals", "ArnEquals") or key.lower() != "aws:sourcearn":
                return False
            if distribution not in _listed(values):
                return False
    return True


def _is_map(value: Any) -> bool:
    return isinstance(value, dict)


def _listed(value: Any) -> list[str]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
