"""What is damaged, in ours and in the same way in Terraform's, which is not of our team."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import boto3


@dataclass(frozen=True)
class Remedy:
    """What a person does by hand where `terraform apply` ends with an error."""

    done: str
    do: Callable[[], None]


@dataclass(frozen=True)
class Damage:
    name: str
    attack: str
    """Of ours, by `gd-attack`."""
    same: Callable[[], None]
    """The same to Terraform's."""
    remedy: Remedy | None = None


def its_vpc() -> str:
    named = [{"Name": "tag:Name", "Values": ["vpc"]}]
    vpcs = boto3.client("ec2").describe_vpcs(Filters=named)["Vpcs"]
    return next(vpc["VpcId"] for vpc in vpcs if not any(tag["Key"] == "gd:team" for tag in vpc["Tags"]))


def delete_route() -> None:
    ec2 = boto3.client("ec2")
    tables = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [its_vpc()]}])["RouteTables"]
    table = next(table for table in tables if any(route.get("NatGatewayId") for route in table["Routes"]))
    ec2.delete_route(RouteTableId=table["RouteTableId"], DestinationCidrBlock="0.0.0.0/0")


def empty_group() -> None:
    ec2 = boto3.client("ec2")
    named = [{"Name": "vpc-id", "Values": [its_vpc()]}, {"Name": "group-name", "Values": ["bench"]}]
    group = ec2.describe_security_groups(Filters=named)["SecurityGroups"][0]
    ec2.revoke_security_group_ingress(GroupId=group["GroupId"], IpPermissions=group["IpPermissions"])


def delete_queue() -> None:
    sqs = boto3.client("sqs")
    sqs.delete_queue(QueueUrl=sqs.get_queue_url(QueueName="input")["QueueUrl"])


def suspend_group() -> None:
    boto3.client("autoscaling").suspend_processes(
        AutoScalingGroupName="workers", ScalingProcesses=["Launch", "Terminate"]
    )


def move_template() -> None:
    ec2 = boto3.client("ec2")
    smaller = {"InstanceType": "t3.nano"}
    made = ec2.create_launch_template_version(
        LaunchTemplateName="worker", SourceVersion="$Default", LaunchTemplateData=smaller
    )
    number = made["LaunchTemplateVersion"]["VersionNumber"]
    ec2.modify_launch_template(LaunchTemplateName="worker", DefaultVersion=str(number))


def replace_image() -> None:
    ec2 = boto3.client("ec2")
    # Theirs was made of the bastion: any other machine is a wrong one.
    groups = boto3.client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=["workers"])
    other = groups["AutoScalingGroups"][0]["Instances"][0]["InstanceId"]
    deregister_image()
    ec2.create_image(Name="worker", InstanceId=other, NoReboot=True)


def deregister_image() -> None:
    ec2 = boto3.client("ec2")
    named = [{"Name": "name", "Values": ["worker"]}]
    image = ec2.describe_images(Owners=["self"], Filters=named)["Images"][0]
    ec2.deregister_image(ImageId=image["ImageId"])


DAMAGES = (
    Damage("a deleted route", "private-route-deleted", delete_route),
    Damage("an emptied group", "nat-group-emptied", empty_group),
    Damage("a deleted queue", "input-deleted", delete_queue),
    Damage("a suspended group", "group-suspended", suspend_group),
    Damage("a moved template", "template-default-moved", move_template),
    Damage(
        "a replaced image",
        "image-replaced",
        replace_image,
        Remedy("the image in the place of its own is deregistered", deregister_image),
    ),
)
