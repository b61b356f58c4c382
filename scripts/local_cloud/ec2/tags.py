"""CreateTags and DeleteTags refuse what does not exist; moto checks only some kinds."""

from __future__ import annotations

from moto.ec2.models import EC2Backend

from .errors import error

_do_resources_exist = EC2Backend.do_resources_exist


def install() -> None:
    EC2Backend.do_resources_exist = do_resources_exist


def do_resources_exist(self: EC2Backend, resource_ids: list[str]) -> bool:
    for resource_id in resource_ids:
        if resource_id.startswith("i-"):
            if self.get_instance_by_id(resource_id) is None:
                raise error("InvalidInstanceID.NotFound", f"The instance ID '{resource_id}' does not exist")
        elif resource_id.startswith("key-"):
            if resource_id not in {key.id for key in self.key_pairs.values()}:
                raise error("InvalidKeyPair.NotFound", f"The key pair '{resource_id}' does not exist")
        elif resource_id.startswith("snap-") and resource_id not in self.snapshots:
            raise error("InvalidSnapshot.NotFound", f"The snapshot '{resource_id}' does not exist.")
        elif resource_id.startswith("vol-") and resource_id not in self.volumes:
            raise error("InvalidVolume.NotFound", f"The volume '{resource_id}' does not exist.")
        elif resource_id.startswith("ami-") and resource_id not in self.amis:
            raise error("InvalidAMIID.NotFound", f"The image id '[{resource_id}]' does not exist")
    return _do_resources_exist(self, resource_ids)
