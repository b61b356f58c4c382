"""The operations on distributions; tags stay moto's, on the same store."""

from __future__ import annotations

from typing import Any

from moto.cloudfront.exceptions import DistributionAlreadyExists, NoSuchDistribution, OriginDoesNotExist
from moto.cloudfront.responses import CloudFrontResponse
from moto.core.responses import ActionResult, EmptyResult
from moto.wafv2.models import GLOBAL_REGION, wafv2_backends

from .distribution import Distribution
from .errors import error, no_version, wrong_version


def install() -> None:
    for operation in (
        create_distribution,
        create_distribution_with_tags,
        delete_distribution,
        get_distribution,
        get_distribution_config,
        list_distributions,
        update_distribution,
    ):
        setattr(CloudFrontResponse, operation.__name__, operation)


def create_distribution(self: CloudFrontResponse) -> ActionResult:
    return _create(self, self._get_param("DistributionConfig", {}), [])


def create_distribution_with_tags(self: CloudFrontResponse) -> ActionResult:
    given = self._get_param("DistributionConfigWithTags", {})
    return _create(self, given["DistributionConfig"], (given.get("Tags") or {}).get("Items") or [])


def _create(self: CloudFrontResponse, config: dict[str, Any], tags: list[dict[str, str]]) -> ActionResult:
    _check(self, config)
    for other in self.backend.distributions.values():
        if other.caller_reference == config["CallerReference"]:
            raise DistributionAlreadyExists(other.id)
    made = Distribution(self.current_account, config)
    self.backend.distributions[made.id] = made
    self.backend.tagger.tag_resource(made.arn, tags)
    return ActionResult({"Distribution": made.described(), "ETag": made.etag, "Location": made.location})


def _check(self: CloudFrontResponse, config: dict[str, Any]) -> None:
    origins = config["Origins"]["Items"]
    if config["DefaultCacheBehavior"]["TargetOriginId"] not in {origin["Id"] for origin in origins}:
        raise OriginDoesNotExist
    acl = config.get("WebACLId")
    if acl and acl not in wafv2_backends[self.current_account][GLOBAL_REGION].wacls:
        raise error("InvalidWebACLId", "The specified web ACL does not exist or is not of the scope CLOUDFRONT.")
    for origin in origins:
        control = origin.get("OriginAccessControlId")
        if control and control not in self.backend.origin_access_controls:
            raise error("InvalidOriginAccessControl", "The specified origin access control does not exist.")


def _found(self: CloudFrontResponse) -> Any:
    found = self.backend.distributions.get(self._get_param("Id"))
    if found is None:
        raise NoSuchDistribution
    return found


def _version_checked(self: CloudFrontResponse) -> Any:
    found, version = _found(self), self._get_param("IfMatch")
    if not version:
        raise no_version()
    if version != found.etag:
        raise wrong_version()
    return found


def get_distribution(self: CloudFrontResponse) -> ActionResult:
    found = _found(self)
    return ActionResult({"Distribution": found.described(), "ETag": found.etag})


def get_distribution_config(self: CloudFrontResponse) -> ActionResult:
    found = _found(self)
    return ActionResult({"DistributionConfig": found.config, "ETag": found.etag})


def update_distribution(self: CloudFrontResponse) -> ActionResult:
    found, config = _version_checked(self), self._get_param("DistributionConfig", {})
    _check(self, config)
    if config["CallerReference"] != found.caller_reference:
        raise error("IllegalUpdate", "The update contains modifications that are not allowed: CallerReference")
    found.change(config)
    return ActionResult({"Distribution": found.described(), "ETag": found.etag, "Location": found.location})


def delete_distribution(self: CloudFrontResponse) -> ActionResult:
    found = _version_checked(self)
    if found.config["Enabled"]:
        raise error("DistributionNotDisabled", "The specified distribution is not disabled.")
    if found.status != "Deployed":
        raise error("ResourceNotDisabled", "The distribution you are trying to delete has not been disabled.")
    found.edge.close()
    del self.backend.distributions[found.id]
    return EmptyResult()


def list_distributions(self: CloudFrontResponse) -> ActionResult:
    limit = int(self._get_param("MaxItems") or 100)
    marker = self._get_param("Marker") or ""
    later = [found for found in self.backend.distributions.values() if found.id > marker]
    later.sort(key=lambda found: found.id)
    page = later[:limit]
    more = len(later) > limit
    listed: dict[str, Any] = {
        "Marker": marker,
        "MaxItems": limit,
        "IsTruncated": more,
        "Quantity": len(page),
        "Items": [found.summary() for found in page],
    }
    if more:
        listed["NextMarker"] = page[-1].id
    return ActionResult({"DistributionList": listed})
