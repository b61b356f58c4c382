"""What boto3 and Python's own library read of a GameDay: world.py VERB [ARGUMENT...], JSON on stdout."""

import json
import struct
import sys
import zlib
from pathlib import Path
from xml.etree import ElementTree

import boto3

SVG = "{http://www.w3.org/2000/svg}"


def left() -> object:
    """All that a GameDay makes, by the name of its kind."""
    ec2, iam = boto3.client("ec2"), boto3.client("iam")
    live = [{"Name": "instance-state-name", "Values": ["pending", "running", "stopping", "stopped"]}]
    groups = ec2.describe_security_groups()["SecurityGroups"]
    found = {
        "instances": ec2.describe_instances(Filters=live)["Reservations"],
        "vpcs": ec2.describe_vpcs(Filters=[{"Name": "isDefault", "Values": ["false"]}])["Vpcs"],
        "security groups": [group for group in groups if group["GroupName"] != "default"],
        "addresses": ec2.describe_addresses()["Addresses"],
        "key pairs": ec2.describe_key_pairs()["KeyPairs"],
        "images": ec2.describe_images(Owners=["self"])["Images"],
        "snapshots": ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"],
        "launch templates": ec2.describe_launch_templates()["LaunchTemplates"],
        "groups": boto3.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"],
        "alarms": boto3.client("cloudwatch").describe_alarms()["MetricAlarms"],
        "roles": iam.list_roles()["Roles"],
        "instance profiles": iam.list_instance_profiles()["InstanceProfiles"],
        "buckets": boto3.client("s3").list_buckets()["Buckets"],
        "queues": boto3.client("sqs").list_queues().get("QueueUrls", []),
    }
    return [f"{len(these)} {kind}" for kind, these in found.items() if these]


def montages(bucket: str) -> object:
    """The ids of the jobs whose montage is there and is a JPEG."""
    s3 = boto3.client("s3")
    ids = []
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix="out/"):
        for found in page.get("Contents", []):
            head = s3.get_object(Bucket=bucket, Key=found["Key"], Range="bytes=0-2")["Body"].read()
            assert head == b"\xff\xd8\xff", found["Key"]
            ids.append(found["Key"].removeprefix("out/").removesuffix(".jpg"))
    return ids


def group(name: str) -> object:
    """The group's instances at work, and which of them run in EC2."""
    told = boto3.client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[name])
    ids = [
        one["InstanceId"] for one in told["AutoScalingGroups"][0]["Instances"] if one["LifecycleState"] == "InService"
    ]
    told = boto3.client("ec2").describe_instances(InstanceIds=ids)["Reservations"]
    states = [one["State"]["Name"] for reservation in told for one in reservation["Instances"]]
    return {"in_service": len(ids), "running": states.count("running")}


def changes(alarm: str) -> object:
    """The states that an alarm has come into, the first one first."""
    pages = boto3.client("cloudwatch").get_paginator("describe_alarm_history")
    items = [item for page in pages.paginate(AlarmName=alarm) for item in page["AlarmHistoryItems"]]
    items = [item for item in items if item["HistoryItemType"] == "StateUpdate"]
    items.sort(key=lambda item: item["Timestamp"])
    return [json.loads(item["HistoryData"])["newState"]["stateValue"] for item in items]


def pictures(svg: str, png: str) -> object:
    """Whether they can be read: the names of the SVG's texts, and the size of the PNG, whose every pixel is there."""
    texts = [node.text.strip() for node in ElementTree.parse(svg).iter(f"{SVG}text") if node.text]
    data = Path(png).read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    at, kind, pixels = 8, b"", b""
    width = height = 0
    while kind != b"IEND":
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        body = data[at + 8 : at + 8 + length]
        assert struct.unpack(">I", data[at + 8 + length : at + 12 + length])[0] == zlib.crc32(kind + body)
        if kind == b"IHDR":
            width, height, depth, colour = struct.unpack(">IIBB", body[:10])
            assert (depth, colour) == (8, 6)
        elif kind == b"IDAT":
            pixels += body
        at += 12 + length
    # A byte that names the filter of each row, then red, green, blue and opacity of each pixel.
    assert len(zlib.decompress(pixels)) == height * (1 + 4 * width)
    return {"texts": texts, "width": width, "height": height}


verb, *arguments = sys.argv[1:]
print(json.dumps(globals()[verb](*arguments)))
