"""AWS::IAM::Role."""

from __future__ import annotations

import json
from typing import Any

from . import tags
from .arguments import typed
from .handler import Handler
from .request import Request


class Role(Handler):
    def create(self, request: Request) -> None:
        iam = request.client("iam")
        properties = request.properties
        name = properties.get("RoleName") or request.generated_name()
        arguments = {
            "RoleName": name,
            "AssumeRolePolicyDocument": document(properties["AssumeRolePolicyDocument"]),
        }
        for argument in ("Description", "MaxSessionDuration", "Path", "PermissionsBoundary"):
            if argument in properties:
                arguments[argument] = properties[argument]
        if request.tags:
            arguments["Tags"] = tags.pairs(request.tags)
        iam.create_role(**typed(iam, "create_role", arguments))
        request.identified(name)
        for policy in properties.get("Policies", []):
            self._put(request, policy)
        for arn in properties.get("ManagedPolicyArns", []):
            iam.attach_role_policy(RoleName=name, PolicyArn=arn)

    def _put(self, request: Request, policy: dict[str, Any]) -> None:
        request.client("iam").put_role_policy(
            RoleName=request.physical_id,
            PolicyName=policy["PolicyName"],
            PolicyDocument=document(policy["PolicyDocument"]),
        )

    def update(self, request: Request) -> None:
        iam, name, properties = request.client("iam"), request.physical_id, request.properties
        if request.changed("AssumeRolePolicyDocument"):
            iam.update_assume_role_policy(
                RoleName=name, PolicyDocument=document(properties["AssumeRolePolicyDocument"])
            )
        if request.changed("Description") or request.changed("MaxSessionDuration"):
            arguments = {
                "RoleName": name,
                "Description": properties.get("Description", ""),
                # One hour is what a role has that says nothing (IAM API Reference, UpdateRole).
                "MaxSessionDuration": properties.get("MaxSessionDuration", 3600),
            }
            iam.update_role(**typed(iam, "update_role", arguments))
        self._update_policies(request)
        put, gone = tags.difference(request)
        if put:
            iam.tag_role(RoleName=name, Tags=tags.pairs(put))
        if gone:
            iam.untag_role(RoleName=name, TagKeys=gone)

    def _update_policies(self, request: Request) -> None:
        iam, name = request.client("iam"), request.physical_id
        before = {item["PolicyName"]: item for item in request.previous.get("Policies", [])}
        after = {item["PolicyName"]: item for item in request.properties.get("Policies", [])}
        for policy_name, policy in after.items():
            if before.get(policy_name) != policy:
                self._put(request, policy)
        for policy_name in before.keys() - after.keys():
            iam.delete_role_policy(RoleName=name, PolicyName=policy_name)
        attached = set(request.previous.get("ManagedPolicyArns", []))
        wanted = set(request.properties.get("ManagedPolicyArns", []))
        for arn in wanted - attached:
            iam.attach_role_policy(RoleName=name, PolicyArn=arn)
        for arn in attached - wanted:
            iam.detach_role_policy(RoleName=name, PolicyArn=arn)

    def delete(self, request: Request) -> None:
        """Takes with it what the template put into the role, and no more."""
        iam, name = request.client("iam"), request.physical_id
        inline = {item["PolicyName"] for item in request.previous.get("Policies", [])}
        for policy_name in iam.list_role_policies(RoleName=name)["PolicyNames"]:
            if policy_name in inline:
                iam.delete_role_policy(RoleName=name, PolicyName=policy_name)
        managed = set(request.previous.get("ManagedPolicyArns", []))
        for policy in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
            if policy["PolicyArn"] in managed:
                iam.detach_role_policy(RoleName=name, PolicyArn=policy["PolicyArn"])
        iam.delete_role(RoleName=name)

    def attribute(self, request: Request, name: str) -> Any:
        return request.client("iam").get_role(RoleName=request.physical_id)["Role"][name]


def document(policy: Any) -> str:
    return policy if isinstance(policy, str) else json.dumps(policy)
