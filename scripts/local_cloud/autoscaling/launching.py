"""How a group starts an instance: RunInstances with what the launch template or configuration says."""

from __future__ import annotations

from collections import Counter
from typing import Any

from moto.autoscaling.models import FakeAutoScalingGroup, FakeLaunchConfiguration, InstanceState
from moto.ec2.exceptions import DryRunClientError, InvalidSecurityGroupNotFoundError
from moto.ec2.models.instances import Instance
from moto.ec2.models.launch_templates import LaunchTemplateVersion
from moto.ec2.responses import EC2Response

from . import state

# What a launch template has that RunInstances does not take, or that the group itself says.
NOT_TAKEN = ("TagSpecifications", "SubnetId", "MaxCount", "MinCount")


def launch(group: FakeAutoScalingGroup) -> InstanceState:
    """Raises what EC2 refuses it with."""
    subnet_id, zone = _where(group)
    version = template_version(group)
    parameters = _of_template(version) if version else _of_configuration(group.launch_config)
    parameters |= {"MinCount": 1, "MaxCount": 1}
    if interfaces := parameters.get("NetworkInterfaces"):
        parameters["NetworkInterfaces"] = [{**interfaces[0], "SubnetId": subnet_id}, *interfaces[1:]]
    elif subnet_id:
        parameters["SubnetId"] = subnet_id
    else:
        parameters["Placement"] = {**parameters.get("Placement", {}), "AvailabilityZone": zone}
    parameters["TagSpecifications"] = _tags(group, version)
    instance = _run_instances(group, parameters)
    instance.autoscaling_group = group
    member = InstanceState(
        instance,
        lifecycle_state=state.PENDING,
        protected_from_scale_in=group.new_instances_protected_from_scale_in,
    )
    life = state.life(member)
    if version:
        template = version.template
        life.launch_template = {
            "LaunchTemplateId": template.id,
            "LaunchTemplateName": template.name,
            "Version": str(version.number),
        }
    else:
        life.launch_configuration = group.launch_config.name
    group.instance_states.append(member)
    return member


def template_version(group: FakeAutoScalingGroup) -> LaunchTemplateVersion | None:
    if group.ec2_launch_template is None:
        return None
    return group.ec2_launch_template.get_version(group.launch_template_version)


def _where(group: FakeAutoScalingGroup) -> tuple[str | None, str]:
    """The subnet, or the zone, that has the fewest."""
    zones = Counter(member.instance.placement.zone for member in state.counted(group))
    if group.vpc_zone_identifier:
        subnets = group.ec2_backend.describe_subnets(subnet_ids=group.vpc_zone_identifier.split(","))
        chosen = min(subnets, key=lambda subnet: zones[subnet.availability_zone])
        return chosen.id, chosen.availability_zone
    return None, min(group.availability_zones, key=lambda zone: zones[zone])


def _of_template(version: LaunchTemplateVersion) -> dict[str, Any]:
    return {name: value for name, value in version.data.items() if name not in NOT_TAKEN}


def _of_configuration(configuration: FakeLaunchConfiguration) -> dict[str, Any]:
    groups = configuration.security_groups or []
    profile = configuration.iam_instance_profile
    parameters = {
        "ImageId": configuration.image_id,
        "InstanceType": configuration.instance_type,
        "KeyName": configuration.key_name,
        "UserData": configuration.user_data,
        "SecurityGroupIds": [group for group in groups if group.startswith("sg-")],
        "SecurityGroups": [group for group in groups if not group.startswith("sg-")],
        "AssociatePublicIpAddress": configuration.associate_public_ip_address,
        "BlockDeviceMappings": configuration.block_device_mapping_dict,
        "MetadataOptions": configuration.metadata_options,
        "EbsOptimized": configuration.ebs_optimized,
        "IamInstanceProfile": {"Arn" if profile.startswith("arn:") else "Name": profile} if profile else None,
    }
    return {name: value for name, value in parameters.items() if value}


def _tags(group: FakeAutoScalingGroup, version: LaunchTemplateVersion | None) -> list[dict[str, Any]]:
    """The group's tags win over the template's (Auto Scaling User Guide, "Tag Auto Scaling groups and instances")."""
    tags: dict[str, str] = {}
    volumes: list[dict[str, Any]] = []
    if version:
        for specification in version.data.get("TagSpecifications", []):
            if specification["ResourceType"] == "instance":
                tags |= {tag["Key"]: tag["Value"] for tag in specification["Tags"]}
            elif specification["ResourceType"] == "volume":
                volumes.append(specification)
        tags |= {
            "aws:ec2launchtemplate:id": version.template.id,
            "aws:ec2launchtemplate:version": str(version.number),
        }
    tags |= group.get_propagated_tags()
    tags["aws:autoscaling:groupName"] = group.name
    own = {"ResourceType": "instance", "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}
    return [own, *volumes]


def check(group: FakeAutoScalingGroup) -> None:
    """A template that could start nothing is refused when the group is given it."""
    version = template_version(group)
    if version is None:
        return
    parameters, backend = _of_template(version), group.ec2_backend
    interfaces = parameters.get("NetworkInterfaces") or []
    of_interfaces = [each for interface in interfaces for each in interface.get("Groups", [])]
    for security_group in (*(parameters.get("SecurityGroupIds") or []), *of_interfaces):
        if backend.get_security_group_from_id(security_group) is None:
            raise InvalidSecurityGroupNotFoundError(security_group)
    if image := parameters.get("ImageId"):
        backend.describe_images(ami_ids=[image])
    try:
        _run_instances(group, {**parameters, "MinCount": 1, "MaxCount": 1, "DryRun": True})
    except DryRunClientError:
        return


def _run_instances(group: FakeAutoScalingGroup, parameters: dict[str, Any]) -> Instance:
    """Through the operation of the API, so that what it checks holds here too; as the service-linked role, which may
    do it whoever asked for the group."""
    if parameters.get("UserData") is not None:
        # As a request has it: text.
        parameters["UserData"] = str(parameters["UserData"])
    response = EC2Response()
    response.params = parameters
    response.uri_match = {}
    response.region, response.current_account = group.region, group.account_id
    response.partition = "aws"
    return response.run_instances().result.instances[0]
