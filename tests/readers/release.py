"""Read a release back with boto3 and compare it with its record, fact by fact.

    python release.py RECORD DIRECTORY

Downloads the disks into DIRECTORY. Prints a line a disagreement and exits 1, or the number of facts and exits 0.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3

Fact = tuple[str, Any, Any]
LASTING = {"ail:asset-id", "ail:tool", "ail:run"}


def tags_of(resource: dict[str, Any], key: str = "Tags") -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in resource.get(key, [])}


def tag_facts(what: str, tags: dict[str, str], asset_id: str) -> Iterator[Fact]:
    yield f"{what}: asset id", tags.get("ail:asset-id"), asset_id
    yield f"{what}: has the tags of what stays", tags.keys() >= LASTING, True


def image_facts(record: dict[str, Any]) -> Iterator[Fact]:
    ec2 = boto3.client("ec2", region_name=record["region"])
    images = ec2.describe_images(Owners=["self"])["Images"]
    own = [image for image in images if tags_of(image).get("ail:asset-id") == record["asset_id"]]
    yield "images of the asset id", [image["ImageId"] for image in own], [record["image"]["id"]]
    for image in own:
        yield "image: name", image["Name"], record["image"]["name"]
        yield "image: state", image["State"], record["image"]["state"]
        yield "image: public", image["Public"], record["image"]["public"]
        yield from tag_facts("image", tags_of(image), record["asset_id"])
        snapshots = [device["Ebs"]["SnapshotId"] for device in image["BlockDeviceMappings"] if "Ebs" in device]
        yield "image: snapshots", snapshots, record["image"]["snapshots"]
    for snapshot in ec2.describe_snapshots(SnapshotIds=record["image"]["snapshots"])["Snapshots"]:
        yield "snapshot: state", snapshot["State"], "completed"
        yield from tag_facts("snapshot", tags_of(snapshot), record["asset_id"])


def export_facts(record: dict[str, Any], directory: Path) -> Iterator[Fact]:
    ec2 = boto3.client("ec2", region_name=record["region"])
    s3 = boto3.client("s3", region_name=record["region"])
    prefix = f"ai_lab/{record['asset_id']}/"
    for export in record["exports"]:
        task = ec2.describe_export_image_tasks(ExportImageTaskIds=[export["task"]])["ExportImageTasks"][0]
        yield f"{export['format']} task: state", task["Status"], "completed"
        yield f"{export['format']} task: image", task["ImageId"], record["image"]["id"]
        yield from tag_facts(f"{export['format']} task", tags_of(task), record["asset_id"])

        yield "key", export["key"], f"{prefix}ai-lab-{record['asset_id']}.{export['format']}"
        path = directory / Path(export["key"]).name
        s3.download_file(export["bucket"], export["key"], str(path))
        yield f"{path.name}: bytes", path.stat().st_size, export["bytes"]
        with path.open("rb") as file:
            yield f"{path.name}: SHA-256", hashlib.file_digest(file, "sha256").hexdigest(), export["sha256"]
        tags = s3.get_object_tagging(Bucket=export["bucket"], Key=export["key"])
        yield from tag_facts(path.name, tags_of(tags, "TagSet"), record["asset_id"])
        yield from disk_facts(path, export["format"])

        listed = s3.list_objects_v2(Bucket=export["bucket"], Prefix=prefix)["Contents"]
        beside = [record["bill"]["key"], record["checksums"]["key"], record["checksums"]["signature"]["key"]]
        yield "objects", sorted(o["Key"] for o in listed), sorted([e["key"] for e in record["exports"]] + beside)
        access = s3.get_public_access_block(Bucket=export["bucket"])["PublicAccessBlockConfiguration"]
        yield "the bucket is private", set(access.values()), {True}


def bill_facts(record: dict[str, Any]) -> Iterator[Fact]:
    s3 = boto3.client("s3", region_name=record["region"])
    bill = record["bill"]
    found = s3.get_object(Bucket=bill["bucket"], Key=bill["key"])
    yield "bill: type", found["ContentType"], "application/vnd.cyclonedx+json; version=1.6"
    yield "bill: image", found["Metadata"].get("image-id"), record["image"]["id"]
    content = found["Body"].read()
    yield "bill: bytes", len(content), bill["bytes"]
    yield "bill: SHA-256", hashlib.sha256(content).hexdigest(), record["inventory"]["sha256"]
    tags = s3.get_object_tagging(Bucket=bill["bucket"], Key=bill["key"])
    yield from tag_facts("bill", tags_of(tags, "TagSet"), record["asset_id"])


def disk_facts(path: Path, wanted: str) -> Iterator[Fact]:
    """qemu calls VHD `vpc`; its check knows VMDK alone of the three."""
    driver = {"vmdk": "vmdk", "vhd": "vpc", "raw": "raw"}[wanted]
    info = json.loads(subprocess.check_output(["qemu-img", "info", "-f", driver, "--output", "json", path]))
    yield f"{path.name}: format", info["format"], driver
    yield f"{path.name}: a disk of whole GiB", info["virtual-size"] % 2**30, 0
    if driver == "vmdk":
        yield f"{path.name}: create type", info["format-specific"]["data"]["create-type"], "streamOptimized"
        check = subprocess.run(["qemu-img", "check", "-q", "-f", driver, path], check=False)
        yield f"{path.name}: qemu-img check", check.returncode, 0


def nothing_else_facts(record: dict[str, Any]) -> Iterator[Fact]:
    ec2 = boto3.client("ec2", region_name=record["region"])
    stacks = boto3.client("cloudformation", region_name=record["region"]).describe_stacks()["Stacks"]
    yield "stacks", [stack["StackName"] for stack in stacks], ["AIL-VM-BUCKET"]
    instances = [i for r in ec2.describe_instances()["Reservations"] for i in r["Instances"]]
    yield "instances", [i["InstanceId"] for i in instances if i["State"]["Name"] != "terminated"], []
    yield "key pairs", ec2.describe_key_pairs()["KeyPairs"], []
    yield "volumes", ec2.describe_volumes()["Volumes"], []
    groups = [group["GroupName"] for group in ec2.describe_security_groups()["SecurityGroups"]]
    yield "security groups", set(groups), {"default"}


def main(record_file: str, directory: str) -> int:
    record = json.loads(Path(record_file).read_text())
    facts = [
        *image_facts(record),
        *export_facts(record, Path(directory)),
        *bill_facts(record),
        *nothing_else_facts(record),
    ]
    wrong = [fact for fact in facts if fact[1] != fact[2]]
    for name, found, expected in wrong:
        print(f"{name}: found {found!r}, the record has {expected!r}")
    if not wrong:
        print(f"{len(facts)} facts agree")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
