"""Which acknowledgement a template asks for before it may touch IAM."""

from __future__ import annotations

from . import errors
from .template import Template

# The types and their name property (CloudFormation User Guide,
# "Acknowledging IAM resources in CloudFormation templates").
_NAMES = {
    "AWS::IAM::AccessKey": None,
    "AWS::IAM::Group": "GroupName",
    "AWS::IAM::InstanceProfile": "InstanceProfileName",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::Policy": None,
    "AWS::IAM::Role": "RoleName",
    "AWS::IAM::User": "UserName",
    "AWS::IAM::UserToGroupAddition": None,
}


def required(template: Template) -> tuple[list[str], str | None]:
    """The capabilities and the reason, as ValidateTemplate tells them."""
    kinds = [kind for kind in template.types if kind in _NAMES]
    if not kinds:
        return [], None
    named = any(
        _NAMES.get(resource["Type"]) in (resource.get("Properties") or {})
        for resource in template.resources.values()
        if resource["Type"] in kinds and _NAMES[resource["Type"]]
    )
    capability = "CAPABILITY_NAMED_IAM" if named else "CAPABILITY_IAM"
    reason = f"The following resource(s) require capabilities: [{', '.join(kinds)}]"
    return [capability], reason


def check(template: Template, given: list[str]) -> None:
    wanted, _ = required(template)
    for capability in wanted:
        enough = {capability, "CAPABILITY_NAMED_IAM"}
        if not enough & set(given):
            raise errors.insufficient_capabilities(capability)
