"""List with boto3 whatever there is of an asset id, an id a line.

    python left.py ASSET_ID

Export tasks that ended are passed over: EC2 keeps them for a while and has no call that removes them.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator

import boto3


def left(asset_id: str) -> Iterator[str]:
    ec2, cloudformation, s3 = boto3.client("ec2"), boto3.client("cloudformation"), boto3.client("s3")
    tagged = [{"Name": "tag:ail:asset-id", "Values": [asset_id]}]

    for stack in cloudformation.describe_stacks()["Stacks"]:
        if stack["StackName"] == "ail-ec2-" + re.sub("[_. ]", "-", asset_id):
            yield stack["StackId"]
    for reservation in ec2.describe_instances(Filters=tagged)["Reservations"]:
        for instance in reservation["Instances"]:
            if instance["State"]["Name"] != "terminated":
                yield instance["InstanceId"]
    yield from (volume["VolumeId"] for volume in ec2.describe_volumes(Filters=tagged)["Volumes"])
    yield from (group["GroupId"] for group in ec2.describe_security_groups(Filters=tagged)["SecurityGroups"])
    # By name as well: what was made without a tag would be the worst that is left.
    for pair in ec2.describe_key_pairs()["KeyPairs"]:
        if pair["KeyName"].startswith(f"ail-{asset_id}-"):
            yield pair["KeyPairId"]
    for image in ec2.describe_images(Owners=["self"])["Images"]:
        if image["Name"] == f"ail-{asset_id}":
            yield image["ImageId"]
    yield from (snapshot["SnapshotId"] for snapshot in ec2.describe_snapshots(Filters=tagged)["Snapshots"])
    for task in ec2.describe_export_image_tasks()["ExportImageTasks"]:
        if task["Status"] == "active" and task["S3ExportLocation"]["S3Prefix"] == f"ai_lab/{asset_id}/":
            yield task["ExportImageTaskId"]
    for bucket in s3.list_buckets()["Buckets"]:
        name, prefix = bucket["Name"], f"ai_lab/{asset_id}/"
        for thing in s3.list_objects_v2(Bucket=name, Prefix=prefix).get("Contents", []):
            yield f"s3://{name}/{thing['Key']}"
        for upload in s3.list_multipart_uploads(Bucket=name, Prefix=prefix).get("Uploads", []):
            yield f"s3://{name}/{upload['Key']}?uploadId={upload['UploadId']}"


if __name__ == "__main__":
    for thing in left(sys.argv[1]):
        print(thing)
