"""What an instance's metadata service answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from moto.core.utils import utcnow
from moto.ec2.models.instances import Instance
from moto.iam.models import iam_backends
from moto.sts.models import sts_backends

from .. import running

# Role credentials on an instance live 6 hours (EC2 User Guide, "Retrieve security credentials"); those
# handed out here are new when less than an hour is left.
CREDENTIAL_SECONDS = 6 * 3600
RENEWAL_SECONDS = 3600


class Tree:
    """The paths below http://169.254.169.254 for one instance."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._credentials: Any = None

    def lookup(self, path: str, with_token: bool) -> str | None:
        with running.api_lock:
            options = self._instance.metadata_options
            if options.http_endpoint == "disabled":
                raise LookupError("the metadata service is off")
            if options.http_tokens == "required" and not with_token:
                raise PermissionError("a token is required")
            for root in ("/latest/user-data", "/latest/dynamic/instance-identity/document"):
                if path.rstrip("/") == root:
                    return self._user_data() if root.endswith("user-data") else self._identity()
            if not path.startswith("/latest/meta-data"):
                return None
            parts = [part for part in path.split("/")[3:] if part]
            if parts == ["public-keys"]:
                # This one listing says `0=name` where the path is `0` (EC2 User Guide, "Instance metadata categories").
                return f"0={self._instance.key_name}" if self._instance.key_name else None
            return _walk(self._meta_data(), parts)

    def _meta_data(self) -> dict[str, Any]:
        instance = self._instance
        zone = instance.availability_zone or f"{instance.ec2_backend.region_name}a"
        tree: dict[str, Any] = {
            "ami-id": instance.image_id,
            "ami-launch-index": str(instance.ami_launch_index),
            "hostname": instance.private_dns_name,
            "instance-action": "none",
            "instance-id": instance.id,
            "instance-life-cycle": instance.lifecycle or "on-demand",
            "instance-type": instance.instance_type,
            "local-hostname": instance.private_dns_name,
            "local-ipv4": instance.private_ip,
            "mac": instance.nics[0].mac_address,
            "placement": {"availability-zone": zone, "region": instance.ec2_backend.region_name},
            "security-groups": "\n".join(group.name for group in instance.nics[0].group_set),
        }
        if instance.public_ip:
            tree["public-ipv4"] = tree["public-hostname"] = instance.public_ip
        key = instance.ec2_backend.key_pairs.get(instance.key_name)
        if key:
            tree["public-keys"] = {"0": {"openssh-key": key.public_key.strip() + "\n"}}
        if instance.metadata_options.instance_metadata_tags == "enabled":
            tree["tags"] = {"instance": {tag["key"]: tag["value"] for tag in instance.get_tags()}}
        if instance.iam_instance_profile:
            tree["iam"] = self._iam(instance.iam_instance_profile)
        return tree

    def _iam(self, held: dict[str, str]) -> dict[str, Any]:
        profiles = iam_backends[self._instance.owner_id]["aws"].instance_profiles.values()
        # Another one of the same name is not the one that the instance was given.
        profile = next((found for found in profiles if found.id == held["Id"]), None)
        now = utcnow().strftime("%Y-%m-%dT%H:%M:%SZ")
        if profile is None:
            return {"info": json.dumps({"Code": "InstanceProfileNotFound", "LastUpdated": now}, indent=2)}
        info = {
            "Code": "Success",
            "LastUpdated": now,
            "InstanceProfileArn": profile.arn,
            "InstanceProfileId": profile.id,
        }
        roles: dict[str, Callable[[], str]] = {
            role.name: lambda role=role: self._role_credentials(role) for role in profile.roles
        }
        return {"info": json.dumps(info, indent=2), "security-credentials": roles}

    def _role_credentials(self, role: Any) -> str:
        role_arn = role.arn
        if "ec2.amazonaws.com" not in str(role.assume_role_policy_document):
            code, message = "AssumeRoleUnauthorizedAccess", f"EC2 cannot assume the role {role.name}."
            return json.dumps({"Code": code, "Message": message}, indent=2)
        held = self._credentials
        if held is None or held.role_arn != role_arn or (held.expiration - utcnow()).total_seconds() < RENEWAL_SECONDS:
            region = self._instance.ec2_backend.region_name
            held = self._credentials = sts_backends[self._instance.owner_id]["aws"].assume_role(
                region_name=region,
                role_session_name=self._instance.id,
                role_arn=role_arn,
                policy="",
                duration=CREDENTIAL_SECONDS,
                external_id="",
            )
            held.issued = utcnow()
        return json.dumps(
            {
                "Code": "Success",
                "LastUpdated": held.issued.strftime("%Y-%m-%dT%H:%M:%SZ"),
                "Type": "AWS-HMAC",
                "AccessKeyId": held.access_key_id,
                "SecretAccessKey": held.secret_access_key,
                "Token": held.session_token,
                "Expiration": held.expiration.strftime("%Y-%m-%dT%H:%M:%SZ"),
            },
            indent=2,
        )

    def _user_data(self) -> str | None:
        from .launch import decoded_user_data

        return decoded_user_data(self._instance).decode(errors="replace") or None

    def _identity(self) -> str:
        instance = self._instance
        document = {
            "accountId": instance.owner_id,
            "architecture": instance.architecture,
            "availabilityZone": instance.availability_zone,
            "imageId": instance.image_id,
            "instanceId": instance.id,
            "instanceType": instance.instance_type,
            "pendingTime": instance.launch_time.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "privateIp": instance.private_ip,
            "region": instance.ec2_backend.region_name,
            "version": "2017-09-30",
        }
        return json.dumps(document, indent=2)


def _walk(node: Any, parts: list[str]) -> str | None:
    for part in parts:
        if not isinstance(node, dict) or part not in node:
            return None
        node = node[part]
    if callable(node):
        return str(node())
    if isinstance(node, dict):
        return "\n".join(f"{name}/" if isinstance(child, dict) else name for name, child in node.items())
    return str(node)
