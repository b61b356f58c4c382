"""Instance profiles: usable a while after they are made, and held by an instance by their id, not by their name."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.ec2.models import EC2Backend
from moto.ec2.models.iam_instance_profile import IamInstanceProfileAssociation
from moto.ec2.responses import EC2Response
from moto.iam.models import IAMBackend, InstanceProfile, iam_backends

from .. import running
from .errors import error

_add_role = IAMBackend.add_role_to_instance_profile
_create_by_stack = InstanceProfile.create_from_cloudformation_json.__func__


def install() -> None:
    EC2Backend.associate_iam_instance_profile = associate_iam_instance_profile
    EC2Response.replace_iam_instance_profile_association = replace_iam_instance_profile_association
    EC2Backend.disassociate_iam_instance_profile = disassociate_iam_instance_profile
    IAMBackend.add_role_to_instance_profile = add_role_to_instance_profile
    InstanceProfile.create_from_cloudformation_json = classmethod(create_by_stack)


def usable(backend: EC2Backend, name: str | None, arn: str | None) -> InstanceProfile:
    """The profile, as EC2 knows it: what IAM has just made is not there yet."""
    profiles = iam_backends[backend.account_id][backend.partition].instance_profiles.values()
    found = next((profile for profile in profiles if (arn or name) == (profile.arn if arn else profile.name)), None)
    if found is None or (name and found.name != name) or not _settled(found):
        kind, called = ("arn", "ARN") if arn else ("name", "name")
        raise error(
            "InvalidParameterValue",
            f"Value ({arn or name}) for parameter iamInstanceProfile.{kind} is invalid. "
            f"Invalid IAM Instance Profile {called}",
        )
    if not found.roles:
        raise error("InvalidParameterValue", f'IAM Instance Profile "{found.arn}" has no associated IAM Roles')
    return found


def _settled(profile: InstanceProfile) -> bool:
    if getattr(profile, "made_by_stack", False):
        return True
    changed = getattr(profile, "role_added", profile.create_date)
    return bool((utcnow() - changed).total_seconds() >= running.cloud().settings.profile_delay)


def add_role_to_instance_profile(self: IAMBackend, profile_name: str, role_name: str) -> None:
    _add_role(self, profile_name, role_name)
    self.get_instance_profile(profile_name).role_added = utcnow()


def create_by_stack(cls: type[InstanceProfile], *args: Any, **kwargs: Any) -> InstanceProfile:
    """CloudFormation itself waits until EC2 knows the profile."""
    profile: InstanceProfile = _create_by_stack(cls, *args, **kwargs)
    profile.made_by_stack = True
    return profile


def associate_iam_instance_profile(
    self: EC2Backend,
    instance_id: str,
    iam_instance_profile_name: str | None = None,
    iam_instance_profile_arn: str | None = None,
) -> IamInstanceProfileAssociation:
    profile = usable(self, iam_instance_profile_name, iam_instance_profile_arn)
    instance = self.get_instance(instance_id)
    if instance_id in self.iam_instance_profile_associations:
        raise error("IncorrectState", f"There is an existing association for instance {instance_id}")
    return associate(self, instance, profile)


def associate(backend: EC2Backend, instance: Any, profile: InstanceProfile) -> IamInstanceProfileAssociation:
    from moto.ec2.utils import random_iam_instance_profile_association_id

    association = IamInstanceProfileAssociation(
        backend, random_iam_instance_profile_association_id(), instance, profile
    )
    backend.iam_instance_profile_associations[instance.id] = association
    # moto gives the association's id here.
    instance.iam_instance_profile = {"Arn": profile.arn, "Id": profile.id}
    return association


def replace_iam_instance_profile_association(self: EC2Response) -> ActionResult:
    backend = self.ec2_backend
    association_id = self._get_param("AssociationId")
    previous = _association(backend, association_id)
    wanted = self._get_param("IamInstanceProfile", {})
    profile = usable(backend, wanted.get("Name"), wanted.get("Arn"))
    self.error_on_dryrun()
    del backend.iam_instance_profile_associations[previous.instance_id]
    association = associate(backend, previous.instance, profile)
    return ActionResult({"IamInstanceProfileAssociation": association})


def disassociate_iam_instance_profile(self: EC2Backend, association_id: str) -> IamInstanceProfileAssociation:
    association = _association(self, association_id)
    del self.iam_instance_profile_associations[association.instance_id]
    association.instance.iam_instance_profile = None
    return association


def _association(backend: EC2Backend, association_id: str) -> IamInstanceProfileAssociation:
    for association in backend.iam_instance_profile_associations.values():
        if association.association_id == association_id:
            return association
    raise error("InvalidAssociationID.NotFound", f"An invalid association-id of '{association_id}' was given")
