"""AWS::EC2::SecurityGroup."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from ..intrinsics import normal
from . import tags
from .arguments import typed
from .handler import Handler
from .request import Request

# Every new group of a VPC allows all outbound traffic until a template says otherwise.
_ALL_OUTBOUND = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
# How long a group may still be in use by an instance that is going away.
_RELEASE = 120.0


class SecurityGroup(Handler):
    def create(self, request: Request) -> None:
        ec2 = request.client("ec2")
        properties = request.properties
        arguments = {
            "GroupName": properties.get("GroupName") or request.generated_name(255),
            "Description": properties["GroupDescription"],
            **tags.specification("security-group", request.tags),
        }
        if "VpcId" in properties:
            arguments["VpcId"] = properties["VpcId"]
        group_id = ec2.create_security_group(**arguments)["GroupId"]
        request.identified(group_id)
        self._authorize(request, "ingress", properties.get("SecurityGroupIngress", []))
        if properties.get("SecurityGroupEgress"):
            ec2.revoke_security_group_egress(GroupId=group_id, IpPermissions=[_ALL_OUTBOUND])
            self._authorize(request, "egress", properties["SecurityGroupEgress"])

    def update(self, request: Request) -> None:
        tags.update_ec2(request, [request.physical_id])
        for direction, name in (
            ("ingress", "SecurityGroupIngress"),
            ("egress", "SecurityGroupEgress"),
        ):
            before = request.previous.get(name, [])
            after = request.properties.get(name, [])
            if direction == "egress":
                before, after = before or [_OPEN_EGRESS], after or [_OPEN_EGRESS]
            self._revoke(request, direction, [rule for rule in before if rule not in after])
            self._authorize(request, direction, [rule for rule in after if rule not in before])

    def _authorize(self, request: Request, direction: str, rules: list[dict[str, Any]]) -> None:
        self._rules(request, f"authorize_security_group_{direction}", direction, rules)

    def _revoke(self, request: Request, direction: str, rules: list[dict[str, Any]]) -> None:
        self._rules(request, f"revoke_security_group_{direction}", direction, rules)

    def _rules(self, request: Request, operation: str, direction: str, rules: list[dict[str, Any]]) -> None:
        if not rules:
            return
        ec2 = request.client("ec2")
        arguments = {
            "GroupId": request.physical_id,
            "IpPermissions": [permission(rule, direction) for rule in rules],
        }
        getattr(ec2, operation)(**typed(ec2, operation, arguments))

    def delete(self, request: Request) -> None:
        ec2 = request.client("ec2")

        def deleted() -> bool:
            try:
                ec2.delete_security_group(GroupId=request.physical_id)
            except ClientError as error:
                if error.response["Error"]["Code"] != "DependencyViolation" or given_up():
                    raise
                return False
            return True

        given_up = request.deadline(_RELEASE)
        request.wait("the group to be free", deleted, _RELEASE * 2)

    def attribute(self, request: Request, name: str) -> Any:
        if name in ("GroupId", "Id"):
            return request.physical_id
        group = request.client("ec2").describe_security_groups(GroupIds=[request.physical_id])
        return group["SecurityGroups"][0][name]


_OPEN_EGRESS = {"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}


def permission(rule: dict[str, Any], direction: str) -> dict[str, Any]:
    """An IpPermission from a rule of a template."""
    rule = normal(rule)
    found: dict[str, Any] = {"IpProtocol": rule["IpProtocol"]}
    for name in ("FromPort", "ToPort"):
        if name in rule:
            found[name] = rule[name]
    described = {"Description": rule["Description"]} if "Description" in rule else {}
    if "CidrIp" in rule:
        found["IpRanges"] = [{"CidrIp": rule["CidrIp"], **described}]
    if "CidrIpv6" in rule:
        found["Ipv6Ranges"] = [{"CidrIpv6": rule["CidrIpv6"], **described}]
    side = "Source" if direction == "ingress" else "Destination"
    prefix_list = rule.get(f"{side}PrefixListId")
    if prefix_list:
        found["PrefixListIds"] = [{"PrefixListId": prefix_list, **described}]
    group = rule.get(f"{side}SecurityGroupId")
    if group:
        found["UserIdGroupPairs"] = [{"GroupId": group, **described}]
    elif rule.get("SourceSecurityGroupName"):
        found["UserIdGroupPairs"] = [{"GroupName": rule["SourceSecurityGroupName"], **described}]
    return found
