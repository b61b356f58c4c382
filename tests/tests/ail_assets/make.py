"""Makes what the tests list and remove, with boto3, as releases would have left it.

    make.py THING ASSET_ID [ARGUMENT ...]

Prints what it made as one JSON object.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import Any

import boto3

RUN = "00c0ffee"
GROUP = {"Group": {"Type": "AWS::EC2::SecurityGroup", "Properties": {"GroupDescription": "test"}}}

ec2 = boto3.client("ec2")
s3 = boto3.client("s3")
cloudformation = boto3.client("cloudformation")


def tags(asset_id: str, *more: tuple[str, str]) -> list[dict[str, str]]:
    pairs = [("ail:asset-id", asset_id), ("ail:tool", "test"), ("ail:run", RUN), *more]
    return [{"Key": key, "Value": value} for key, value in pairs]


def specification(kind: str, *pairs: Any) -> list[dict[str, Any]]:
    return [{"ResourceType": kind, "Tags": tags(*pairs)}]


def volume(asset_id: str, *more: tuple[str, str]) -> str:
    answer = ec2.create_volume(
        AvailabilityZone=ec2.meta.region_name + "a", Size=8, TagSpecifications=specification("volume", asset_id, *more)
    )
    return answer["VolumeId"]


def stack(name: str, asset_id: str, resources: dict[str, Any], **options: Any) -> str:
    body = json.dumps({"Resources": resources})
    cloudformation.create_stack(StackName=name, TemplateBody=body, Tags=tags(asset_id), **options)
    return name


def settled(name: str) -> None:
    waiter = cloudformation.get_waiter("stack_create_complete")
    waiter.wait(StackName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 60})


def rolled_back(name: str) -> None:
    """boto3's waiter of this name waits for an update's."""
    for _ in range(120):
        if cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"] == "ROLLBACK_COMPLETE":
            return
        time.sleep(0.5)
    raise TimeoutError(name)


def bucket(name: str) -> str:
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": ec2.meta.region_name})
    return name


def leftovers(asset_id: str) -> dict[str, str]:
    """One of each kind that needs no instance."""
    store = bucket(f"bucket-{asset_id}")
    prefix = f"ai_lab/{asset_id}/"
    s3.put_object(Bucket=store, Key=f"{prefix}ai-lab-{asset_id}.vmdk", Body=b"x" * 2048, Tagging=f"ail:run={RUN}")
    upload = s3.create_multipart_upload(Bucket=store, Key=f"{prefix}ai-lab-{asset_id}.raw")
    s3.upload_part(Bucket=store, Key=upload["Key"], UploadId=upload["UploadId"], PartNumber=1, Body=b"y" * 5000)
    made = volume(asset_id)
    snapshot = ec2.create_snapshot(VolumeId=made, TagSpecifications=specification("snapshot", asset_id))
    group = ec2.create_security_group(
        GroupName=f"loose-{asset_id}", Description="test", TagSpecifications=specification("security-group", asset_id)
    )
    pair = ec2.create_key_pair(KeyName=f"ail-{asset_id}-{RUN}", TagSpecifications=specification("key-pair", asset_id))
    settled(stack(f"ail-ec2-{asset_id}", asset_id, GROUP))
    return {
        "bucket": store,
        "upload": upload["UploadId"],
        "volume": made,
        "snapshot": snapshot["SnapshotId"],
        "group": group["GroupId"],
        "key_pair": pair["KeyPairId"],
    }


def stacks(asset_id: str) -> dict[str, str]:
    """Stacks in the states that a killed run leaves."""
    no_image = {"ImageId": "ami-00000000", "InstanceType": "t3.micro"}
    failing = GROUP | {"Instance": {"Type": "AWS::EC2::Instance", "DependsOn": "Group", "Properties": no_image}}
    stack(f"ail-failed-{asset_id}", asset_id, failing)
    cloudformation.create_change_set(
        StackName=f"ail-review-{asset_id}",
        ChangeSetName="first",
        ChangeSetType="CREATE",
        TemplateBody=json.dumps({"Resources": GROUP}),
        Tags=tags(asset_id),
    )
    rolled_back(f"ail-failed-{asset_id}")
    stack(f"ail-creating-{asset_id}", asset_id, GROUP)
    return {}


def linked(asset_id: str) -> dict[str, str]:
    """A stack in which one group lets in another, and so takes its id."""
    group_id = {"Fn::GetAtt": ["Group", "GroupId"]}
    rule = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "SourceSecurityGroupId": group_id}
    other = {"GroupDescription": "test", "SecurityGroupIngress": [rule]}
    resources = GROUP | {"Other": {"Type": "AWS::EC2::SecurityGroup", "Properties": other}}
    name = stack(f"ail-linked-{asset_id}", asset_id, resources)
    settled(name)
    return {"stack": name}


def protected(asset_id: str) -> dict[str, str]:
    settled(stack(f"ail-protected-{asset_id}", asset_id, GROUP, EnableTerminationProtection=True))
    return {}


def full_bucket(asset_id: str) -> dict[str, str]:
    """A stack that cannot be deleted: its bucket is not empty."""
    settled(stack(f"ail-full-{asset_id}", asset_id, {"Bucket": {"Type": "AWS::S3::Bucket"}}))
    found = cloudformation.describe_stack_resources(StackName=f"ail-full-{asset_id}")
    name = found["StackResources"][0]["PhysicalResourceId"]
    s3.put_object(Bucket=name, Key="in the way", Body=b"")
    return {"bucket": name}


def many(asset_id: str, snapshots: str, objects: str) -> dict[str, str]:
    """More snapshots and objects than one page, or one call, takes."""
    store, source = bucket(f"bucket-{asset_id}"), volume("another")
    for _ in range(int(snapshots)):
        ec2.create_snapshot(VolumeId=source, TagSpecifications=specification("snapshot", asset_id))
    for number in range(int(objects)):
        s3.put_object(Bucket=store, Key=f"ai_lab/{asset_id}/{number:05}", Body=b"x")
    s3.put_object(Bucket=store, Key=f"ai_lab/{asset_id}.1/other", Body=b"x")
    return {"bucket": store}


def versions(asset_id: str) -> dict[str, str]:
    """An object from before versioning, and one with three versions and a delete marker."""
    store, prefix = bucket(f"bucket-{asset_id}"), f"ai_lab/{asset_id}/"
    s3.put_object(Bucket=store, Key=prefix + "old", Body=b"x")
    s3.put_bucket_versioning(Bucket=store, VersioningConfiguration={"Status": "Enabled"})
    for _ in range(3):
        s3.put_object(Bucket=store, Key=prefix + "new", Body=b"x")
    s3.delete_object(Bucket=store, Key=prefix + "new")
    return {"bucket": store}


def old_and_new(asset_id: str) -> dict[str, str]:
    """One volume whose time has passed, one whose time is to come, and an export that was never renamed."""
    store = bucket(f"bucket-{asset_id}")
    s3.put_object(Bucket=store, Key=f"ai_lab/{asset_id}/export-ami-0123456789abcdef0.vhd", Body=b"x")
    s3.put_object(Bucket=store, Key=f"ai_lab/{asset_id}/ai-lab-{asset_id}.vhd", Body=b"x")
    return {
        "bucket": store,
        "passed": volume(asset_id, ("ail:expires", "2020-01-01T00:00:00Z")),
        "coming": volume(asset_id, ("ail:expires", "2999-01-01T00:00:00Z")),
        "lasting": volume(asset_id),
    }


THINGS: dict[str, Callable[..., dict[str, str]]] = {
    thing.__name__: thing for thing in (leftovers, stacks, linked, protected, full_bucket, many, versions, old_and_new)
}

if __name__ == "__main__":
    print(json.dumps(THINGS[sys.argv[1]](*sys.argv[2:])))
