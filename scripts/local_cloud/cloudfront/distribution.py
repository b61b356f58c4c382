"""A distribution."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from typing import Any

from moto.cloudfront.models import random_id

from .edge import Edge

# What CreateDistribution adds to a configuration that does not say it (Amazon CloudFront API Reference,
# DistributionConfig, DefaultCacheBehavior and Origin).
_DEFAULTS: dict[str, Any] = {
    "Aliases": {"Quantity": 0},
    "CacheBehaviors": {"Quantity": 0},
    "Comment": "",
    "CustomErrorResponses": {"Quantity": 0},
    "DefaultRootObject": "",
    "HttpVersion": "http2",
    "IsIPV6Enabled": True,
    "Logging": {"Enabled": False, "IncludeCookies": False, "Bucket": "", "Prefix": ""},
    "OriginGroups": {"Quantity": 0},
    "PriceClass": "PriceClass_All",
    "Restrictions": {"GeoRestriction": {"RestrictionType": "none", "Quantity": 0}},
    "Staging": False,
    "ViewerCertificate": {
        "CloudFrontDefaultCertificate": True,
        "SSLSupportMethod": "vip",
        "MinimumProtocolVersion": "TLSv1",
        "CertificateSource": "cloudfront",
    },
    "WebACLId": "",
}
_METHODS = ["HEAD", "GET"]
_BEHAVIOUR_DEFAULTS: dict[str, Any] = {
    "AllowedMethods": {"Quantity": 2, "Items": _METHODS, "CachedMethods": {"Quantity": 2, "Items": _METHODS}},
    "Compress": False,
    "FieldLevelEncryptionId": "",
    "FunctionAssociations": {"Quantity": 0},
    "LambdaFunctionAssociations": {"Quantity": 0},
    "SmoothStreaming": False,
    "TrustedKeyGroups": {"Enabled": False, "Quantity": 0},
    "TrustedSigners": {"Enabled": False, "Quantity": 0},
}
_ORIGIN_DEFAULTS: dict[str, Any] = {
    "ConnectionAttempts": 3,
    "ConnectionTimeout": 10,
    "CustomHeaders": {"Quantity": 0},
    "OriginAccessControlId": "",
    "OriginPath": "",
    "OriginShield": {"Enabled": False},
}


class Distribution:
    def __init__(self, account: str, config: dict[str, Any]) -> None:
        self.id = self.distribution_id = random_id()
        self.arn = f"arn:aws:cloudfront::{account}:distribution/{self.id}"
        self.edge = Edge(self, account)
        self.caller_reference = config["CallerReference"]
        self.change(config)

    def change(self, config: dict[str, Any]) -> None:
        self.config = whole(config)
        self.etag = random_id()
        self.changed = datetime.now(UTC)
        self._deployed_at = time.monotonic() + float(os.environ.get("AIL_CLOUD_PENDING", "2"))

    def advance(self) -> None:
        """What moto tells its own distributions; this one goes by the clock."""

    @property
    def domain_name(self) -> str:
        """Where it is served: no name ends in cloudfront.net on this machine."""
        return self.edge.domain_name

    @property
    def status(self) -> str:
        return "Deployed" if time.monotonic() >= self._deployed_at else "InProgress"

    @property
    def location(self) -> str:
        return f"https://cloudfront.amazonaws.com/2020-05-31/distribution/{self.id}"

    def described(self) -> dict[str, Any]:
        return {
            **self._identity(),
            "InProgressInvalidationBatches": 0,
            "ActiveTrustedSigners": {"Enabled": False, "Quantity": 0},
            "ActiveTrustedKeyGroups": {"Enabled": False, "Quantity": 0},
            "DistributionConfig": self.config,
        }

    def summary(self) -> dict[str, Any]:
        """A line of ListDistributions: the configuration's members beside the identity."""
        return {**self.config, **self._identity()}

    def _identity(self) -> dict[str, Any]:
        return {
            "Id": self.id,
            "ARN": self.arn,
            "Status": self.status,
            "LastModifiedTime": self.changed,
            "DomainName": self.domain_name,
        }


def whole(config: dict[str, Any]) -> dict[str, Any]:
    origins = config["Origins"]
    return {
        **_DEFAULTS,
        **config,
        "DefaultCacheBehavior": {**_BEHAVIOUR_DEFAULTS, **config["DefaultCacheBehavior"]},
        "Origins": {**origins, "Items": [{**_ORIGIN_DEFAULTS, **origin} for origin in origins["Items"]]},
    }
