"""AWS::EC2::EIP and AWS::EC2::EIPAssociation."""

from __future__ import annotations

from typing import Any

from . import tags
from .arguments import typed
from .handler import Handler
from .request import Request


class Address(Handler):
    """Its physical id is the address itself."""

    def create(self, request: Request) -> None:
        ec2 = request.client("ec2")
        tagged = tags.specification("elastic-ip", request.tags)
        made = ec2.allocate_address(Domain=request.properties.get("Domain", "vpc"), **tagged)
        request.identified(made["PublicIp"])
        self._associate(request)

    def _associate(self, request: Request) -> None:
        instance = request.properties.get("InstanceId")
        if instance:
            allocation = self.attribute(request, "AllocationId")
            request.client("ec2").associate_address(AllocationId=allocation, InstanceId=instance)

    def update(self, request: Request) -> None:
        tags.update_ec2(request, [self.attribute(request, "AllocationId")])
        if request.changed("InstanceId"):
            self._disassociate(request)
            self._associate(request)

    def _disassociate(self, request: Request) -> None:
        association = self._describe(request).get("AssociationId")
        if association:
            request.client("ec2").disassociate_address(AssociationId=association)

    def delete(self, request: Request) -> None:
        if request.previous.get("InstanceId"):
            self._disassociate(request)
        allocation = self.attribute(request, "AllocationId")
        request.client("ec2").release_address(AllocationId=allocation)

    def _describe(self, request: Request) -> dict[str, Any]:
        answer = request.client("ec2").describe_addresses(PublicIps=[request.physical_id])
        found: dict[str, Any] = answer["Addresses"][0]
        return found

    def attribute(self, request: Request, name: str) -> Any:
        return self._describe(request)[name]


class AddressAssociation(Handler):
    def create(self, request: Request) -> None:
        ec2 = request.client("ec2")
        properties = dict(request.properties)
        if "EIP" in properties:
            properties["PublicIp"] = properties.pop("EIP")
        made = ec2.associate_address(**typed(ec2, "associate_address", properties))
        request.identified(made["AssociationId"])

    def update(self, request: Request) -> None:
        """What changes without a new association is only its own name for the address."""
        self.create(request)

    def delete(self, request: Request) -> None:
        request.client("ec2").disassociate_address(AssociationId=request.physical_id)

    def attribute(self, request: Request, name: str) -> Any:
        return {"Id": request.physical_id}[name]
