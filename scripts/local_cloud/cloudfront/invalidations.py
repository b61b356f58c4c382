"""Invalidations: the edge forgets, which takes a moment, and one reference is one invalidation."""

from __future__ import annotations

import os
import time
from typing import Any

from moto.cloudfront.models import CloudFrontBackend, Invalidation

from .errors import error

_create = CloudFrontBackend.create_invalidation


def install() -> None:
    CloudFrontBackend.create_invalidation = create_invalidation
    Invalidation.status = property(_status, _set_status)


def _status(self: Invalidation) -> str:
    return "Completed" if time.monotonic() >= self.completed_at else "InProgress"


def _set_status(self: Invalidation, _: str) -> None:
    """moto's are completed at once."""
    self.completed_at = time.monotonic() + float(os.environ.get("AIL_CLOUD_PENDING", "2"))


def create_invalidation(self: CloudFrontBackend, dist_id: str, paths: list[str], caller_ref: str) -> Any:
    for other in self.invalidations.get(dist_id) or []:
        if other.caller_ref == caller_ref:
            if other.paths == paths:
                return other
            raise error("InvalidArgument", "The caller reference is that of an invalidation of other paths.")
    made = _create(self, dist_id, paths, caller_ref)
    self.distributions[dist_id].edge.forget(paths)
    return made
