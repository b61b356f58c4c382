"""Key pairs: EC2's fingerprints, and ids where moto knows names only."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from cryptography.hazmat.primitives import serialization
from moto.core.responses import ActionResult
from moto.ec2.models import EC2Backend
from moto.ec2.models.key_pairs import KeyPair
from moto.ec2.responses import EC2Response

from .errors import error

_describe = EC2Response.describe_key_pairs
_delete = EC2Response.delete_key_pair
_describe_backend = EC2Backend.describe_key_pairs


def install() -> None:
    KeyPair.key_fingerprint = property(fingerprint, lambda key, value: None)
    EC2Response.describe_key_pairs = describe_key_pairs
    EC2Response.delete_key_pair = delete_key_pair
    EC2Backend.describe_key_pairs = describe_by_name


def fingerprint(key: KeyPair) -> str:
    """EC2 User Guide, "Verify the fingerprint of your key pair"."""
    public = serialization.load_ssh_public_key(key.material_public)
    if key.key_type == "ed25519":
        blob = base64.b64decode(key.material_public.split()[1])
        return base64.b64encode(hashlib.sha256(blob).digest()).decode()
    if key.material:
        private = serialization.load_pem_private_key(key.material, None)
        der = private.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return _colons(hashlib.sha1(der).hexdigest())
    der = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return _colons(hashlib.md5(der).hexdigest())


def _colons(digits: str) -> str:
    return ":".join(digits[i : i + 2] for i in range(0, len(digits), 2))


def describe_by_name(self: EC2Backend, key_names: list[str], filters: Any = None) -> list[KeyPair]:
    """moto's message for an unknown key is a printed set of objects."""
    for name in key_names:
        if name is not None and name not in self.key_pairs:
            raise error("InvalidKeyPair.NotFound", f"The key pair '{name}' does not exist")
    return _describe_backend(self, key_names, filters)


def describe_key_pairs(self: EC2Response) -> ActionResult:
    wanted = self._get_param("KeyPairIds", [])
    known = {key.id for key in self.ec2_backend.key_pairs.values()}
    for key_id in wanted:
        if key_id not in known:
            raise error("InvalidKeyPair.NotFound", f"The key pair with ID '{key_id}' does not exist")
    answer = _describe(self)
    if wanted:
        answer.result["KeyPairs"] = [key for key in answer.result["KeyPairs"] if key.id in wanted]
    return answer


def delete_key_pair(self: EC2Response) -> ActionResult:
    """A key that is not there counts as deleted (EC2 API Reference, DeleteKeyPair)."""
    key_id = self._get_param("KeyPairId")
    if key_id:
        for key in self.ec2_backend.key_pairs.values():
            if key.id == key_id:
                self.params["KeyName"] = key.key_name
    return _delete(self)
