"""Image exports as the service does them: what is refused, how a task goes, what cancelling leaves."""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

HERE = Path(__file__).parent
# Generous against a loaded machine; a test's own work takes a second or two.
DEADLINE = 60.0
# As in the server.
DISK_BYTES = 96 * 1024**2
TRUST = {
    "Effect": "Allow",
    "Principal": {"Service": "vmie.amazonaws.com"},
    "Action": "sts:AssumeRole",
    "Condition": {"StringEquals": {"sts:Externalid": "vmimport"}},
}


class Cloud:
    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self.ec2, self.s3, self.iam = (self.client(name) for name in ("ec2", "s3", "iam"))
        self._numbers = itertools.count(1)
        self.role("vmimport", TRUST)
        self.bucket("exports-here", "eu-central-1")
        self.bucket("exports-elsewhere", "eu-west-1")

    def client(self, service: str, region: str = "eu-central-1") -> Any:
        return boto3.client(
            service,
            region_name=region,
            endpoint_url=self.endpoint,
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
        )

    def role(self, name: str, statement: dict[str, Any]) -> None:
        document = {"Version": "2012-10-17", "Statement": [statement]}
        self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(document))

    def bucket(self, name: str, region: str) -> None:
        place = {"LocationConstraint": region}
        self.client("s3", region).create_bucket(Bucket=name, CreateBucketConfiguration=place)

    def image(self, **tags: str) -> str:
        image = self.ec2.describe_images(Owners=["136693071363"])["Images"][0]["ImageId"]
        instance = self.ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
        made: str = self.ec2.create_image(InstanceId=instance, Name=f"image-{next(self._numbers)}")["ImageId"]
        if tags:
            self.ec2.create_tags(Resources=[made], Tags=[{"Key": key, "Value": value} for key, value in tags.items()])
        return made

    def export(self, image: str, disk_format: str = "VHD", **options: Any) -> Any:
        location = {"S3Bucket": "exports-here", "S3Prefix": "some/"}
        return self.ec2.export_image(
            **{"ImageId": image, "DiskImageFormat": disk_format, "S3ExportLocation": location} | options
        )

    def task(self, task_id: str) -> dict[str, Any]:
        return self.ec2.describe_export_image_tasks(ExportImageTaskIds=[task_id])["ExportImageTasks"][0]

    def history(self, task_id: str) -> list[dict[str, Any]]:
        """Each answer that differs from the one before, to the last state."""
        seen: list[dict[str, Any]] = []

        def rest() -> bool | None:
            found = self.task(task_id)
            if not seen or seen[-1] != found:
                seen.append(found)
            return True if found["Status"] in ("completed", "deleted") else None

        eventually(rest)
        return seen

    def objects(self) -> list[str]:
        return [it["Key"] for it in self.s3.list_objects_v2(Bucket="exports-here").get("Contents", [])]

    def download(self, key: str, bucket: str = "exports-here") -> bytes:
        return self.s3.get_object(Bucket=bucket, Key=key)["Body"].read()

    def fault(self, **fault: Any) -> None:
        body = json.dumps({"service": "ec2", "operation": "ExportImageTask", **fault}).encode()
        urllib.request.urlopen(urllib.request.Request(f"{self.endpoint}/ail-cloud/faults", body)).close()


def eventually(ready: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + DEADLINE
    while (found := ready()) is None:
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)
    return found


def refused(call: Callable[..., Any], *arguments: Any, **options: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(*arguments, **options)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


@pytest.fixture(scope="module")
def server() -> Iterator[subprocess.Popen[str]]:
    environment = os.environ | {"PYTHONPATH": str(HERE.parents[1] / "scripts")}
    process = subprocess.Popen(
        [sys.executable, str(HERE / "export_server.py")], env=environment, stdout=subprocess.PIPE, text=True
    )
    yield process
    process.send_signal(signal.SIGINT)
    process.wait()


@pytest.fixture(scope="module")
def cloud(server: subprocess.Popen[str]) -> Cloud:
    assert server.stdout is not None
    return Cloud(f"http://127.0.0.1:{server.stdout.readline().strip()}")


@pytest.mark.parametrize(("disk_format", "magic"), [("VMDK", b"KDMV"), ("VHD", b"conectix"), ("RAW", b"")])
def test_the_object_is_the_disk_in_the_format(cloud: Cloud, tmp_path: Path, disk_format: str, magic: bytes) -> None:
    task = cloud.export(cloud.image(), disk_format, Description="for the test")["ExportImageTaskId"]
    last = cloud.history(task)[-1]
    assert last == {
        "ExportImageTaskId": task,
        "ImageId": last["ImageId"],
        "Description": "for the test",
        "Status": "completed",
        "S3ExportLocation": {"S3Bucket": "exports-here", "S3Prefix": "some/"},
        "Tags": [],
    }
    disk = tmp_path / "disk"
    disk.write_bytes(cloud.download(f"some/{task}.{disk_format.lower()}"))
    assert disk.read_bytes().startswith(magic)
    name = {"VMDK": "vmdk", "VHD": "vpc", "RAW": "raw"}[disk_format]
    information = json.loads(subprocess.check_output(["qemu-img", "info", "--output=json", "-f", name, disk]))
    assert information["virtual-size"] == DISK_BYTES
    if disk_format == "VMDK":
        assert information["format-specific"]["data"]["create-type"] == "streamOptimized"


def test_progress_rises_and_the_disk_is_built_once_for_two_formats(cloud: Cloud) -> None:
    image = cloud.image(seconds="1")
    first = cloud.history(cloud.export(image, "VMDK")["ExportImageTaskId"])
    numbers = [int(it["Progress"]) for it in first if it["Status"] == "active"]
    assert numbers == sorted(numbers) and numbers[0] == 0 and len(set(numbers)) > 1
    assert [it["StatusMessage"] for it in first if "StatusMessage" in it][0] == "validating"
    second = cloud.history(cloud.export(image, "VHD")["ExportImageTaskId"])
    assert "updating" not in [it.get("StatusMessage") for it in second]


def test_what_is_refused(cloud: Cloud) -> None:
    image = cloud.image()
    cloud.role("wrong-service", TRUST | {"Principal": {"Service": "ec2.amazonaws.com"}})
    cloud.role("wrong-id", TRUST | {"Condition": {"StringEquals": {"sts:ExternalId": "other"}}})
    role = "The service role {} provided does not exist or does not have sufficient permissions"
    for code, message, options in (
        ("InvalidParameter", role.format("absent"), {"RoleName": "absent"}),
        ("InvalidParameter", role.format("wrong-service"), {"RoleName": "wrong-service"}),
        ("InvalidParameter", role.format("wrong-id"), {"RoleName": "wrong-id"}),
        ("InvalidParameter", "The S3 bucket nowhere-at-all does not exist",
         {"S3ExportLocation": {"S3Bucket": "nowhere-at-all"}}),
        ("InvalidParameter", "The given S3 bucket is not local to the region.",
         {"S3ExportLocation": {"S3Bucket": "exports-elsewhere"}}),
        ("InvalidParameterValue", "Value (OVA) for parameter diskImageFormat is invalid.", {"DiskImageFormat": "OVA"}),
        ("DryRunOperation", "Request would have succeeded, but DryRun flag is set.", {"DryRun": True}),
    ):  # fmt: skip
        assert refused(cloud.export, image, **options) == (code, message)
    assert refused(cloud.export, "ami-00000000000000000")[0] == "InvalidAMIID.NotFound"
    assert refused(cloud.export, "ami-0123456789abcdef0")[0] == "NotExportable"
    assert (
        cloud.ec2.describe_export_image_tasks(Filters=[{"Name": "task-state", "Values": ["active"]}])[
            "ExportImageTasks"
        ]
        == []
    )


def test_a_client_token_starts_one_task(cloud: Cloud) -> None:
    image = cloud.image()
    first = cloud.export(image, ClientToken="one")["ExportImageTaskId"]
    assert cloud.export(image, ClientToken="one")["ExportImageTaskId"] == first
    assert refused(cloud.export, image, "RAW", ClientToken="one")[0] == "IdempotentParameterMismatch"
    cloud.history(first)
    assert cloud.export(image, ClientToken="one")["Status"] == "completed"


def test_one_task_an_image_and_five_a_region(cloud: Cloud) -> None:
    images = [cloud.image(seconds="30") for _ in range(6)]
    tasks = [cloud.export(image)["ExportImageTaskId"] for image in images[:5]]
    code, message = refused(cloud.export, images[0], "RAW")
    assert (code, message) == (
        "ResourceLimitExceeded",
        f"The image {images[0]} is already being exported by the task {tasks[0]}",
    )
    assert refused(cloud.export, images[5]) == (
        "ResourceLimitExceeded",
        "You have reached the maximum number of concurrent export image tasks (5)",
    )
    for task in tasks:
        cloud.ec2.cancel_export_task(ExportTaskId=task)
    assert [cloud.history(task)[-1]["Status"] for task in tasks] == ["deleted"] * 5


def test_cancelling_ends_the_program_and_leaves_no_object(cloud: Cloud, server: subprocess.Popen[str]) -> None:
    task = cloud.export(cloud.image(seconds="987"))["ExportImageTaskId"]

    def sleeping() -> list[str] | None:
        found = subprocess.run(["pgrep", "-f", "^sleep 987$"], capture_output=True, text=True).stdout.split()
        return found or None

    eventually(sleeping)
    cloud.ec2.cancel_export_task(ExportTaskId=task)
    states = [(it["Status"], it.get("StatusMessage")) for it in cloud.history(task)]
    assert states == [("deleting", "User initiated deletion"), ("deleted", "User initiated deletion")]
    assert sleeping() is None
    assert not [key for key in cloud.objects() if task in key]
    assert refused(cloud.ec2.cancel_export_task, ExportTaskId=task)[0] == "IncorrectState"
    absent = "export-ami-00000000000000000"
    assert refused(cloud.ec2.cancel_export_task, ExportTaskId=absent)[0] == "InvalidExportTaskID.NotFound"


def test_a_failure_shows_as_deleted_with_its_reason(cloud: Cloud) -> None:
    cloud.fault(code="ClientError", message="Meant for the tasks of another", caller="another")
    cloud.fault(code="ClientError", message="Unsupported kernel version", caller="test")
    task = cloud.export(cloud.image())["ExportImageTaskId"]
    seen = [(it["Status"], it.get("StatusMessage")) for it in cloud.history(task)]
    reason = "ClientError: Unsupported kernel version"
    assert [state for state, _ in seen][-2:] == ["deleting", "deleted"]
    assert seen[-1] == ("deleted", reason)
    assert not [key for key in cloud.objects() if task in key]


def test_tags_are_there_from_the_start_and_can_be_changed(cloud: Cloud) -> None:
    tags = [{"Key": "ail:asset-id", "Value": "x"}]
    specification = [{"ResourceType": "export-image-task", "Tags": tags}]
    made = cloud.export(cloud.image(), TagSpecifications=specification)
    task = made["ExportImageTaskId"]
    assert made["Tags"] == tags
    cloud.ec2.create_tags(Resources=[task], Tags=[{"Key": "more", "Value": "y"}])
    cloud.ec2.delete_tags(Resources=[task], Tags=[{"Key": "ail:asset-id"}])
    kind = {"Name": "resource-type", "Values": ["export-image-task"]}
    only = {"Name": "resource-id", "Values": [task]}
    described = cloud.ec2.describe_tags(Filters=[kind, only])["Tags"]
    assert described == [{"Key": "more", "Value": "y", "ResourceId": task, "ResourceType": "export-image-task"}]
    assert cloud.task(task)["Tags"] == [{"Key": "more", "Value": "y"}]
    wrong = [{"ResourceType": "image", "Tags": tags}]
    assert refused(cloud.export, cloud.image(), TagSpecifications=wrong)[0] == "InvalidParameter"


def test_pages_and_states_are_those_asked_for(cloud: Cloud) -> None:
    for _ in range(2):
        cloud.history(cloud.export(cloud.image())["ExportImageTaskId"])
    every = [it["ExportImageTaskId"] for it in cloud.ec2.describe_export_image_tasks()["ExportImageTasks"]]
    paged: list[str] = []
    token: dict[str, str] = {}
    while True:
        page = cloud.ec2.describe_export_image_tasks(MaxResults=1, **token)
        paged += [it["ExportImageTaskId"] for it in page["ExportImageTasks"]]
        if not page.get("NextToken"):
            break
        token = {"NextToken": page["NextToken"]}
    assert paged == every and len(every) >= 2
    done = cloud.ec2.describe_export_image_tasks(Filters=[{"Name": "task-state", "Values": ["completed"]}])
    assert {it["Status"] for it in done["ExportImageTasks"]} == {"completed"}
    wrong = [{"Name": "image-id", "Values": ["ami-1"]}]
    assert refused(cloud.ec2.describe_export_image_tasks, Filters=wrong)[0] == "InvalidParameterValue"
    assert refused(cloud.ec2.describe_export_image_tasks, NextToken="?")[0] == "InvalidNextToken"


def test_copies_of_a_disk_are_equal_and_need_no_memory(cloud: Cloud, server: subprocess.Popen[str]) -> None:
    task = cloud.export(cloud.image(), "RAW")["ExportImageTaskId"]
    cloud.history(task)
    source = {"Bucket": "exports-here", "Key": f"some/{task}.raw"}
    before = resident_mib(server.pid)
    cloud.s3.copy_object(Bucket="exports-here", Key="whole", CopySource=source)
    size, part = DISK_BYTES, 30 * 1024**2
    upload = cloud.s3.create_multipart_upload(Bucket="exports-here", Key="joined")["UploadId"]
    parts = []
    for number, start in enumerate(range(0, size, part), 1):
        answer = cloud.s3.upload_part_copy(
            Bucket="exports-here",
            Key="joined",
            UploadId=upload,
            PartNumber=number,
            CopySource=source,
            CopySourceRange=f"bytes={start}-{min(start + part, size) - 1}",
        )
        parts.append({"PartNumber": number, "ETag": answer["CopyPartResult"]["ETag"]})
    cloud.s3.complete_multipart_upload(
        Bucket="exports-here", Key="joined", UploadId=upload, MultipartUpload={"Parts": parts}
    )
    digests = {digest_of(cloud, key) for key in (source["Key"], "whole", "joined")}
    assert len(digests) == 1
    assert resident_mib(server.pid) - before < size / 1024**2
    assert cloud.s3.head_object(Bucket="exports-here", Key="joined")["ContentLength"] == size
    ranged = cloud.s3.get_object(Bucket="exports-here", Key="joined", Range=f"bytes={part - 2}-{part + 1}")
    assert ranged["ContentRange"] == f"bytes {part - 2}-{part + 1}/{size}"
    assert ranged["Body"].read() == bytes(4)
    # What is downloaded survives the deletion of the object.
    body = cloud.s3.get_object(Bucket="exports-here", Key="whole")["Body"]
    body.read(1024)
    for key in ("whole", "joined"):
        cloud.s3.delete_object(Bucket="exports-here", Key=key)
    assert sum(len(piece) for piece in body.iter_chunks(1024**2)) == size - 1024


def digest_of(cloud: Cloud, key: str) -> str:
    digest = hashlib.sha256()
    for piece in cloud.s3.get_object(Bucket="exports-here", Key=key)["Body"].iter_chunks(1024**2):
        digest.update(piece)
    return digest.hexdigest()


def resident_mib(pid: int) -> int:
    fields = dict(line.split(":") for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return int(fields["VmHWM"].split()[0]) // 1024
