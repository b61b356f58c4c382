"""Origin access controls: unique names, and not deleted while a distribution uses them."""

from __future__ import annotations

from typing import Any

from moto.cloudfront.responses import CloudFrontResponse

from .errors import error, no_version, wrong_version

_create = CloudFrontResponse.create_origin_access_control
_update = CloudFrontResponse.update_origin_access_control
_delete = CloudFrontResponse.delete_origin_access_control


def install() -> None:
    CloudFrontResponse.create_origin_access_control = create_origin_access_control
    CloudFrontResponse.update_origin_access_control = update_origin_access_control
    CloudFrontResponse.delete_origin_access_control = delete_origin_access_control


def create_origin_access_control(self: CloudFrontResponse) -> Any:
    name = self._get_param("OriginAccessControlConfig", {}).get("Name")
    if any(found.name == name for found in self.backend.origin_access_controls.values()):
        raise error("OriginAccessControlAlreadyExists", "An origin access control with this name already exists.")
    return _create(self)


def update_origin_access_control(self: CloudFrontResponse) -> Any:
    _check_version(self)
    return _update(self)


def delete_origin_access_control(self: CloudFrontResponse) -> Any:
    control = _check_version(self)
    for distribution in self.backend.distributions.values():
        if any(origin.get("OriginAccessControlId") == control for origin in distribution.config["Origins"]["Items"]):
            raise error("OriginAccessControlInUse", "The origin access control is in use by a distribution.")
    return _delete(self)


def _check_version(self: CloudFrontResponse) -> str:
    control = str(self._get_param("Id"))
    found, version = self.backend.get_origin_access_control(control), self._get_param("IfMatch")
    if not version:
        raise no_version()
    if version != found.etag:
        raise wrong_version()
    return control
