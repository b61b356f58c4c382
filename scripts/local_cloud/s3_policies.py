"""Bucket policies that ask for TLS, on a cloud that has none to offer.

Moto takes a Deny for fulfilled whatever its condition says, so the usual
"deny plain HTTP" would close a bucket to everybody. The API is reached over
loopback only, which nobody can listen in on: it counts as secure transport.

Nor does moto look at the principal: what a policy allows to a service would be allowed to everybody.
"""

from __future__ import annotations

import json
from typing import Any

from moto.s3.models import FakeBucket

_KEY = "aws:securetransport"


def install() -> None:
    FakeBucket.get_permission = _get_permission


def _get_permission(bucket: FakeBucket, action: str, resource: str) -> Any:
    from moto.iam.access_control import IAMPolicy, PermissionResult

    if bucket.policy is None:
        return PermissionResult.NEUTRAL
    policy = json.loads(bucket.policy)
    statements = policy.get("Statement", [])
    statements = [statements] if isinstance(statements, dict) else statements
    concerned = [found for statement in statements if not _for_a_service(statement) and (found := _over_tls(statement))]
    if not concerned:
        return PermissionResult.NEUTRAL
    return IAMPolicy(json.dumps({**policy, "Statement": concerned})).is_action_permitted(action, resource)


def _for_a_service(statement: dict[str, Any]) -> bool:
    """Whether it lets only services in: whoever calls this API is none."""
    principal = statement.get("Principal")
    return statement.get("Effect") == "Allow" and isinstance(principal, dict) and set(principal) == {"Service"}


def _over_tls(statement: dict[str, Any]) -> dict[str, Any] | None:
    """The statement as it is for a request over TLS; None if it does not apply to one."""
    conditions = {}
    for operator, keys in statement.get("Condition", {}).items():
        others = {key: value for key, value in keys.items() if key.lower() != _KEY}
        wanted = [value for key, value in keys.items() if key.lower() == _KEY]
        if wanted and operator.startswith("Bool"):
            values = wanted[0] if isinstance(wanted[0], list) else [wanted[0]]
            if "true" not in {str(value).lower() for value in values}:
                return None
        elif wanted:
            others = keys
        if others:
            conditions[operator] = others
    rest = {key: value for key, value in statement.items() if key != "Condition"}
    return {**rest, "Condition": conditions} if conditions else rest
