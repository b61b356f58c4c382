"""Users: their credentials for services such as Git, which moto lacks; and who holds something is not deleted."""

from __future__ import annotations

import secrets
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import utcnow
from moto.iam.exceptions import DeleteConflictException, NotFoundException
from moto.iam.models import IAMBackend, User
from moto.iam.responses import IamResponse

_make = User.__init__
_delete = IAMBackend.delete_user


def install() -> None:
    User.__init__ = make
    IAMBackend.delete_user = delete_user
    IamResponse.create_service_specific_credential = create
    IamResponse.list_service_specific_credentials = listed
    IamResponse.delete_service_specific_credential = delete


def make(self: User, *args: Any, **kwargs: Any) -> None:
    _make(self, *args, **kwargs)
    self.service_specific_credentials = {}


def delete_user(self: IAMBackend, user_name: str) -> None:
    """IAM API Reference, "DeleteUser". Of policies, moto knows."""
    user = self.get_user(user_name)
    first = {
        "delete login profile": user.password,
        "delete access keys": user.access_keys,
        "delete signing certificates": user.signing_certificates,
        "delete SSH public keys": user.ssh_public_keys,
        "delete service specific credentials": user.service_specific_credentials,
        "delete MFA device": user.mfa_devices,
        "remove users from group": self.get_groups_for_user(user_name),
    }
    for deed, held in first.items():
        if held:
            raise DeleteConflictException(f"Cannot delete entity, must {deed} first.")
    _delete(self, user_name)


def create(self: IamResponse) -> ActionResult:
    user = self.backend.get_user(self._get_param("UserName"))
    made = {
        "CreateDate": utcnow(),
        "ServiceName": self._get_param("ServiceName"),
        "ServiceUserName": f"{user.name}-at-{self.current_account}",
        "ServiceSpecificCredentialId": "ACCA" + secrets.token_hex(8).upper(),
        "UserName": user.name,
        "Status": "Active",
    }
    user.service_specific_credentials[made["ServiceSpecificCredentialId"]] = made
    return ActionResult({"ServiceSpecificCredential": {**made, "ServicePassword": secrets.token_urlsafe(32)}})


def listed(self: IamResponse) -> ActionResult:
    service = self._get_param("ServiceName")
    own = self.backend.get_user(self._get_param("UserName")).service_specific_credentials.values()
    return ActionResult({"ServiceSpecificCredentials": [one for one in own if service in (None, one["ServiceName"])]})


def delete(self: IamResponse) -> EmptyResult:
    wanted = self._get_param("ServiceSpecificCredentialId")
    own = self.backend.get_user(self._get_param("UserName")).service_specific_credentials
    if own.pop(wanted, None) is None:
        raise NotFoundException(f"The service specific credential {wanted} cannot be found.")
    return EmptyResult()
