"""Count with boto3 whatever there is of a team's GameDay, by kind, as one JSON object.

    python team.py TEAM

What AWS itself made beside it (volumes of instances) is counted as well where it is tagged. Instances that are shutting
down are waited for.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import boto3
from botocore.exceptions import ClientError

Item = dict[str, Any]

EC2 = {
    "address": ("describe_addresses", "Addresses"),
    "image": ("describe_images", "Images"),
    "internet gateway": ("describe_internet_gateways", "InternetGateways"),
    "key pair": ("describe_key_pairs", "KeyPairs"),
    "launch template": ("describe_launch_templates", "LaunchTemplates"),
    "network ACL": ("describe_network_acls", "NetworkAcls"),
    "route table": ("describe_route_tables", "RouteTables"),
    "security group": ("describe_security_groups", "SecurityGroups"),
    "snapshot": ("describe_snapshots", "Snapshots"),
    "subnet": ("describe_subnets", "Subnets"),
    "volume": ("describe_volumes", "Volumes"),
    "vpc": ("describe_vpcs", "Vpcs"),
}


def instances(team: str) -> Iterator[str]:
    ec2 = boto3.client("ec2")
    of_team = [{"Name": "tag:gd:team", "Values": [team]}]
    leaving = [*of_team, {"Name": "instance-state-name", "Values": ["shutting-down"]}]
    while ec2.describe_instances(Filters=leaving)["Reservations"]:
        time.sleep(0.5)
    for reservation in ec2.describe_instances(Filters=of_team)["Reservations"]:
        yield from ("instance" for one in reservation["Instances"] if one["State"]["Name"] != "terminated")


def network(team: str) -> Iterator[str]:
    ec2 = boto3.client("ec2")
    of_team = [{"Name": "tag:gd:team", "Values": [team]}]
    for kind, (describe, member) in EC2.items():
        yield from (kind for _ in getattr(ec2, describe)(Filters=of_team)[member])
    gateways = ec2.describe_nat_gateways(Filters=of_team)["NatGateways"]
    yield from ("nat gateway" for gateway in gateways if gateway["State"] != "deleted")
    for table in ec2.describe_route_tables(Filters=of_team)["RouteTables"]:
        yield from ("route" for _ in table["Routes"])
        yield from ("route table association" for _ in table["Associations"])
    for group in ec2.describe_security_groups(Filters=of_team)["SecurityGroups"]:
        yield from ("rule" for way in ("IpPermissions", "IpPermissionsEgress") for _ in group[way])


def queues(team: str) -> Iterator[str]:
    sqs, s3 = boto3.client("sqs"), boto3.client("s3")
    for url in sqs.list_queues().get("QueueUrls", []):
        if sqs.list_queue_tags(QueueUrl=url).get("Tags", {}).get("gd:team") == team:
            yield "queue"
    for bucket in s3.list_buckets()["Buckets"]:
        try:
            tags = s3.get_bucket_tagging(Bucket=bucket["Name"])["TagSet"]
        except ClientError:
            continue
        if {"Key": "gd:team", "Value": team} in tags:
            yield "bucket"
            yield from ("object" for _ in s3.list_objects_v2(Bucket=bucket["Name"]).get("Contents", []))


def fleet(team: str) -> Iterator[str]:
    iam, scaling, watch = boto3.client("iam"), boto3.client("autoscaling"), boto3.client("cloudwatch")
    for role in of(team, iam.list_roles()["Roles"], "RoleName"):
        yield "role"
        yield from ("policy" for _ in iam.list_role_policies(RoleName=role["RoleName"])["PolicyNames"])
        attached = iam.list_attached_role_policies(RoleName=role["RoleName"])["AttachedPolicies"]
        yield from ("attached policy" for _ in attached)
    for profile in of(team, iam.list_instance_profiles()["InstanceProfiles"], "InstanceProfileName"):
        yield "instance profile"
        yield from ("role of a profile" for _ in profile["Roles"])
    for group in of(team, scaling.describe_auto_scaling_groups()["AutoScalingGroups"], "AutoScalingGroupName"):
        name = group["AutoScalingGroupName"]
        yield "group"
        policies = scaling.describe_policies(AutoScalingGroupName=name)["ScalingPolicies"]
        yield from ("scaling policy" for _ in policies)
        yield from ("hook" for _ in scaling.describe_lifecycle_hooks(AutoScalingGroupName=name)["LifecycleHooks"])
    yield from ("alarm" for _ in of(team, watch.describe_alarms()["MetricAlarms"], "AlarmName"))


def of(team: str, items: Iterable[Item], name: str) -> Iterator[Item]:
    return (item for item in items if team in item[name])


if __name__ == "__main__":
    parts = (part(sys.argv[1]) for part in (instances, network, queues, fleet))
    print(json.dumps(Counter(kind for part in parts for kind in part), sort_keys=True))
