"""AWS::EC2::Instance."""

from __future__ import annotations

from typing import Any

from . import tags
from .arguments import typed
from .handler import Handler
from .request import Request, failure

# The handler's own timeout for an instance to run or to stop
# (a real one gives up after about this long with NotStabilized).
_STABILIZE = 600.0

# Properties that RunInstances takes under the same name.
_SAME = (
    "AdditionalInfo",
    "BlockDeviceMappings",
    "CpuOptions",
    "CreditSpecification",
    "DisableApiTermination",
    "EbsOptimized",
    "EnclaveOptions",
    "HibernationOptions",
    "ImageId",
    "InstanceInitiatedShutdownBehavior",
    "InstanceType",
    "KernelId",
    "KeyName",
    "LaunchTemplate",
    "MetadataOptions",
    "NetworkInterfaces",
    "PrivateIpAddress",
    "RamdiskId",
    "SecurityGroupIds",
    "SecurityGroups",
    "SubnetId",
)
_ATTRIBUTES = {
    "AvailabilityZone": lambda it: it["Placement"]["AvailabilityZone"],
    "InstanceId": lambda it: it["InstanceId"],
    "PrivateDnsName": lambda it: it.get("PrivateDnsName", ""),
    "PrivateIp": lambda it: it.get("PrivateIpAddress", ""),
    "PublicDnsName": lambda it: it.get("PublicDnsName", ""),
    "PublicIp": lambda it: it.get("PublicIpAddress", ""),
    "VpcId": lambda it: it.get("VpcId", ""),
}


class Instance(Handler):
    def create(self, request: Request) -> None:
        ec2 = request.client("ec2")
        properties = request.properties
        arguments = {name: properties[name] for name in _SAME if name in properties}
        if "UserData" in properties:
            # The property is base64 already, and the client encodes once more.
            arguments["UserData"] = _decoded(properties["UserData"])
        if "IamInstanceProfile" in properties:
            arguments["IamInstanceProfile"] = {"Name": properties["IamInstanceProfile"]}
        if "Monitoring" in properties:
            arguments["Monitoring"] = {"Enabled": properties["Monitoring"]}
        placement = _placement(properties)
        if placement:
            arguments["Placement"] = placement
        arguments |= self._tag_specifications(request)
        arguments |= {"MinCount": 1, "MaxCount": 1, "ClientToken": request.token}
        answer = ec2.run_instances(**typed(ec2, "run_instances", arguments))
        request.identified(answer["Instances"][0]["InstanceId"])
        request.wait("the instance to run", lambda: self._is_running(request), _STABILIZE)
        if "SourceDestCheck" in properties:
            self._modify(request, "SourceDestCheck", properties["SourceDestCheck"])

    def _tag_specifications(self, request: Request) -> dict[str, Any]:
        if not request.tags:
            return {}
        specifications = tags.specification("instance", request.tags)["TagSpecifications"]
        if str(request.properties.get("PropagateTagsToVolumeOnCreation")).lower() == "true":
            own = {key: value for key, value in request.tags.items() if key[:4] != "aws:"}
            specifications += tags.specification("volume", own).get("TagSpecifications", [])
        return {"TagSpecifications": specifications}

    def _describe(self, request: Request) -> dict[str, Any]:
        answer = request.client("ec2").describe_instances(InstanceIds=[request.physical_id])
        found: dict[str, Any] = answer["Reservations"][0]["Instances"][0]
        return found

    def _is_running(self, request: Request) -> bool:
        instance = self._describe(request)
        state = instance["State"]["Name"]
        if state in ("terminated", "shutting-down"):
            reason = instance.get("StateReason", {}).get("Message") or "unknown"
            raise failure(
                request,
                f"Instance {request.physical_id} failed to stabilize. Current state: {state}. Reason: {reason}",
                "NotStabilized",
            )
        return bool(state == "running")

    def update(self, request: Request) -> None:
        tags.update_ec2(request, [request.physical_id])
        if request.changed("SecurityGroupIds"):
            groups = request.properties.get("SecurityGroupIds", [])
            request.client("ec2").modify_instance_attribute(InstanceId=request.physical_id, Groups=groups)
        for name in ("DisableApiTermination", "InstanceInitiatedShutdownBehavior", "SourceDestCheck"):
            if request.changed(name) and name in request.properties:
                self._modify(request, name, request.properties[name])
        if request.changed("MetadataOptions"):
            ec2 = request.client("ec2")
            arguments = {
                "InstanceId": request.physical_id,
                **request.properties.get("MetadataOptions", {}),
            }
            ec2.modify_instance_metadata_options(**typed(ec2, "modify_instance_metadata_options", arguments))
        stopped = [name for name in ("InstanceType", "UserData") if request.changed(name)]
        if stopped:
            self._modify_stopped(request, stopped)

    def _modify_stopped(self, request: Request, names: list[str]) -> None:
        """The type and the user data change only while an instance is stopped."""
        ec2 = request.client("ec2")
        ec2.stop_instances(InstanceIds=[request.physical_id])
        request.wait("the instance to stop", lambda: self._state(request) == "stopped", _STABILIZE)
        for name in names:
            value = request.properties.get(name, "")
            self._modify(request, name, _decoded(value) if name == "UserData" else value)
        ec2.start_instances(InstanceIds=[request.physical_id])
        request.wait("the instance to run", lambda: self._is_running(request), _STABILIZE)

    def _modify(self, request: Request, name: str, value: Any) -> None:
        ec2 = request.client("ec2")
        arguments = {"InstanceId": request.physical_id, name: {"Value": value}}
        ec2.modify_instance_attribute(**typed(ec2, "modify_instance_attribute", arguments))

    def must_replace(self, request: Request) -> bool:
        # The rest of the conditional ones change in place on an EBS-backed instance.
        return any(request.changed(name) for name in ("BlockDeviceMappings", "Tenancy", "HostId", "KernelId"))

    def delete(self, request: Request) -> None:
        request.client("ec2").terminate_instances(InstanceIds=[request.physical_id])
        request.wait(
            "the instance to terminate",
            lambda: self._state(request) == "terminated",
            _STABILIZE,
        )

    def _state(self, request: Request) -> str:
        return str(self._describe(request)["State"]["Name"])

    def attribute(self, request: Request, name: str) -> Any:
        return _ATTRIBUTES[name](self._describe(request))


def _placement(properties: dict[str, Any]) -> dict[str, Any]:
    names = {
        "Affinity": "Affinity",
        "AvailabilityZone": "AvailabilityZone",
        "HostId": "HostId",
        "PlacementGroupName": "GroupName",
        "Tenancy": "Tenancy",
    }
    return {argument: properties[name] for name, argument in names.items() if name in properties}


def _decoded(user_data: str) -> str:
    import base64

    return base64.b64decode(user_data).decode("utf-8", errors="surrogateescape")
