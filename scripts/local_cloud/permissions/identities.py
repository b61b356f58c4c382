"""Who calls, by the access key, and which policies are theirs."""

from __future__ import annotations

import json
import urllib.parse
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from moto.iam.models import iam_backends
from moto.sts.models import sts_backends

from ..settings import ACCOUNT


@dataclass(frozen=True)
class Identity:
    arn: str
    holders: tuple[Any, ...]
    """The role, or the user with its groups: whatever has policies."""

    def documents(self) -> list[dict[str, Any]]:
        return [document for holder in self.holders for document in _documents(holder)]


def of(access_key: str) -> Identity | None:
    """None for a key of nobody's: it is taken for the account's own."""
    iam = iam_backends[ACCOUNT]["aws"]
    for session in list(sts_backends[ACCOUNT]["aws"].assumed_roles):
        if session.access_key_id == access_key:
            # By its ARN: a role made again under the same name has policies of its own.
            roles = tuple(role for role in list(iam.roles.values()) if role.arn == session.role_arn)
            return Identity(session.arn, roles)
    for user in list(iam.users.values()):
        if any(key.access_key_id == access_key for key in user.access_keys):
            return Identity(user.arn, (user, *iam.get_groups_for_user(user.name)))
    return None


def _documents(holder: Any) -> Iterable[dict[str, Any]]:
    attached = [version.document for policy in holder.managed_policies.values() for version in policy.versions
                if version.is_default]  # fmt: skip
    for document in [*holder.policies.values(), *attached]:
        yield json.loads(urllib.parse.unquote(document))
