"""List with boto3 whatever there is of an asset id, an id a line; only the permanent bucket stack is passed over.

    python left.py ASSET_ID

Export tasks that ended are passed over too: EC2 keeps them for a while and has no call that removes them.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

import boto3

PERMANENT = "AIL-VM-BUCKET"


def left(asset_id: str) -> Iterator[str]:
    ec2, cloudformation, s3 = boto3.client("ec2"), boto3.client("cloudformation"), boto3.client("s3")
    tagged = [{"Name": "tag:ail:asset-id", "Values": [asset_id]}]

    for stack in cloudformation.describe_stacks()["Stacks"]:
        if stack["StackName"] != PERMANENT:
            yield stack["StackId"]
    for reservation in ec2.describe_instances(Filters=tagged)["Reservations"]:
        for instance in reservation["Instances"]:
            if instance["State"]["Name"] != "terminated":
                yield instance["InstanceId"]
    yield from (volume["VolumeId"] for volume in ec2.describe_volumes(Filters=tagged)["Volumes"])
    yield from (group["GroupId"] for group in ec2.describe_security_groups(Filters=tagged)["SecurityGroups"])
    yield from (pair["KeyPairId"] for pair in ec2.describe_key_pairs()["KeyPairs"])
    yield from (image["ImageId"] for image in ec2.describe_images(Owners=["self"])["Images"])
    yield from (snapshot["SnapshotId"] for snapshot in ec2.describe_snapshots(Filters=tagged)["Snapshots"])
    for task in ec2.describe_export_image_tasks()["ExportImageTasks"]:
        if task["Status"] == "active":
            yield task["ExportImageTaskId"]
    for bucket in s3.list_buckets()["Buckets"]:
        for thing in s3.list_objects_v2(Bucket=bucket["Name"], Prefix=f"ai_lab/{asset_id}/").get("Contents", []):
            yield f"s3://{bucket['Name']}/{thing['Key']}"
        for upload in s3.list_multipart_uploads(Bucket=bucket["Name"]).get("Uploads", []):
            yield f"s3://{bucket['Name']}/{upload['Key']}?uploadId={upload['UploadId']}"


if __name__ == "__main__":
    for thing in left(sys.argv[1]):
        print(thing)
