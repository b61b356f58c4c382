"""What something else still uses is not deleted: an ACL by a distribution, a set by an ACL."""

from __future__ import annotations

from moto.cloudfront.models import cloudfront_backends
from moto.wafv2.models import WAFV2Backend

from .checks import statements
from .errors import in_use

_delete_web_acl = WAFV2Backend.delete_web_acl
_delete_ip_set = WAFV2Backend.delete_ip_set


def install() -> None:
    WAFV2Backend.delete_web_acl = delete_web_acl
    WAFV2Backend.delete_ip_set = delete_ip_set


def delete_web_acl(self: WAFV2Backend, name: str, scope: str, _id: str, lock_token: str) -> None:
    distributions = cloudfront_backends[self.account_id]["aws"].distributions.values()
    attached = {distribution.config.get("WebACLId") for distribution in distributions}
    if any(acl.name == name and acl.id == _id and arn in attached for arn, acl in self.wacls.items()):
        raise in_use()
    _delete_web_acl(self, name, scope, _id, lock_token)


def delete_ip_set(self: WAFV2Backend, name: str, scope: str, _id: str, lock_token: str) -> None:
    wanted = {arn for arn, found in self.ip_sets.items() if found.ip_set_id == _id}
    for acl in self.wacls.values():
        for rule in acl.rules:
            if any(content.get("ARN") in wanted for _, content in statements(rule.statement)):
                raise in_use()
    _delete_ip_set(self, name, scope, _id, lock_token)
