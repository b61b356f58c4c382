"""AWS::EC2::KeyPair."""

from __future__ import annotations

from typing import Any

from . import tags
from .handler import Handler
from .request import Request


class KeyPair(Handler):
    def create(self, request: Request) -> None:
        ec2 = request.client("ec2")
        name = request.properties["KeyName"]
        tagged = tags.specification("key-pair", request.tags)
        if "PublicKeyMaterial" in request.properties:
            material = str(request.properties["PublicKeyMaterial"]).encode()
            ec2.import_key_pair(KeyName=name, PublicKeyMaterial=material, **tagged)
        else:
            self._generate(request, name, tagged)
        request.identified(name)

    def _generate(self, request: Request, name: str, tagged: dict[str, Any]) -> None:
        """The service keeps the private half of a key it makes in a parameter."""
        made = request.client("ec2").create_key_pair(
            KeyName=name,
            KeyType=request.properties.get("KeyType", "rsa"),
            KeyFormat=request.properties.get("KeyFormat", "pem"),
            **tagged,
        )
        request.client("ssm").put_parameter(
            Name=f"/ec2/keypair/{made['KeyPairId']}",
            Value=made["KeyMaterial"],
            Type="SecureString",
        )

    def update(self, request: Request) -> None:
        """Every property asks for a new key pair."""

    def delete(self, request: Request) -> None:
        ec2 = request.client("ec2")
        key_id = self.attribute(request, "KeyPairId")
        ec2.delete_key_pair(KeyName=request.physical_id)
        if "PublicKeyMaterial" not in request.previous:
            request.client("ssm").delete_parameters(Names=[f"/ec2/keypair/{key_id}"])

    def attribute(self, request: Request, name: str) -> Any:
        found = request.client("ec2").describe_key_pairs(KeyNames=[request.physical_id])
        return found["KeyPairs"][0][name]
