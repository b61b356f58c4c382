"""AWS::CloudFront::OriginAccessControl and AWS::CloudFront::Distribution."""

from __future__ import annotations

from typing import Any

from . import tags
from .handler import Handler
from .request import Request
from .shape import shaped

# The real handler gives up after an hour; a distribution of this cloud takes seconds.
_DEPLOYMENT = 300


class OriginAccessControl(Handler):
    def create(self, request: Request) -> None:
        cloudfront = request.client("cloudfront")
        arguments = shaped(request, cloudfront, "create_origin_access_control", request.properties)
        made = cloudfront.create_origin_access_control(**arguments)
        request.identified(made["OriginAccessControl"]["Id"])

    def _version(self, request: Request) -> str:
        found = request.client("cloudfront").get_origin_access_control(Id=request.physical_id)
        return str(found["ETag"])

    def update(self, request: Request) -> None:
        cloudfront = request.client("cloudfront")
        arguments = shaped(request, cloudfront, "update_origin_access_control", request.properties)
        cloudfront.update_origin_access_control(**arguments, Id=request.physical_id, IfMatch=self._version(request))

    def delete(self, request: Request) -> None:
        version = self._version(request)
        request.client("cloudfront").delete_origin_access_control(Id=request.physical_id, IfMatch=version)

    def attribute(self, request: Request, name: str) -> Any:
        return {"Id": request.physical_id}[name]


class Distribution(Handler):
    def create(self, request: Request) -> None:
        cloudfront = request.client("cloudfront")
        config = self._config(request, request.token)
        tagged = {"Items": tags.pairs(request.tags)}
        made = cloudfront.create_distribution_with_tags(
            DistributionConfigWithTags={"DistributionConfig": config, "Tags": tagged}
        )
        request.identified(made["Distribution"]["Id"])
        self._wait(request)

    def _config(self, request: Request, reference: str) -> dict[str, Any]:
        given = dict(request.properties["DistributionConfig"])
        given["DefaultCacheBehavior"] = _behaviour(given["DefaultCacheBehavior"])
        if "CacheBehaviors" in given:
            given["CacheBehaviors"] = [_behaviour(each) for each in given["CacheBehaviors"]]
        whole = {"DistributionConfig": {"Comment": "", "CallerReference": reference, **given}}
        renamed = {"IPV6Enabled": "IsIPV6Enabled"}
        config: dict[str, Any] = shaped(
            request, request.client("cloudfront"), "create_distribution", whole, renamed=renamed
        )["DistributionConfig"]
        return config

    def _found(self, request: Request) -> dict[str, Any]:
        found: dict[str, Any] = request.client("cloudfront").get_distribution(Id=request.physical_id)
        return found

    def _wait(self, request: Request) -> None:
        def deployed() -> bool:
            return bool(self._found(request)["Distribution"]["Status"] == "Deployed")

        request.wait("Distribution", deployed, _DEPLOYMENT)

    def update(self, request: Request) -> None:
        cloudfront, found = request.client("cloudfront"), self._found(request)
        reference = found["Distribution"]["DistributionConfig"]["CallerReference"]
        config = self._config(request, reference)
        cloudfront.update_distribution(DistributionConfig=config, Id=request.physical_id, IfMatch=found["ETag"])
        put, gone = tags.difference(request)
        arn = found["Distribution"]["ARN"]
        if put:
            cloudfront.tag_resource(Resource=arn, Tags={"Items": tags.pairs(put)})
        if gone:
            cloudfront.untag_resource(Resource=arn, TagKeys={"Items": gone})
        self._wait(request)

    def delete(self, request: Request) -> None:
        """What serves is disabled first, everywhere, before it can be deleted."""
        cloudfront, found = request.client("cloudfront"), self._found(request)
        config = found["Distribution"]["DistributionConfig"]
        if config["Enabled"]:
            cloudfront.update_distribution(
                DistributionConfig={**config, "Enabled": False}, Id=request.physical_id, IfMatch=found["ETag"]
            )
        self._wait(request)
        cloudfront.delete_distribution(Id=request.physical_id, IfMatch=self._found(request)["ETag"])

    def attribute(self, request: Request, name: str) -> Any:
        found = self._found(request)["Distribution"]
        return {"Id": found["Id"], "DomainName": found["DomainName"]}[name]


def _behaviour(given: dict[str, Any]) -> dict[str, Any]:
    """What is cached stands inside what is allowed, where a template has the two side by side."""
    behaviour = dict(given)
    cached = behaviour.pop("CachedMethods", None)
    allowed = behaviour.get("AllowedMethods")
    if allowed:
        behaviour["AllowedMethods"] = {"Quantity": len(allowed), "Items": allowed}
        if cached:
            behaviour["AllowedMethods"]["CachedMethods"] = cached
    return behaviour
