"""Fetches exported images from S3 and says whether they are what the record promises."""

from __future__ import annotations

import hashlib
import json
import subprocess
from pathlib import Path
from typing import Any

import boto3

from .release import Export

PIECE = 1024 * 1024
# What qemu-img calls the formats of VM Import/Export.
QEMU_FORMATS = {"vmdk": "vmdk", "vhd": "vpc", "raw": "raw"}


class WrongImage(Exception):
    """The image is not what the record says."""


def fetch(export: Export, region: str | None, directory: Path) -> Path:
    """The image as a file, in which runs of zeros are holes. Size and digest are those of the record."""
    client = boto3.client("s3", region_name=region)
    body = client.get_object(Bucket=export.bucket, Key=export.key)["Body"]
    path = directory / f"image.{export.format}"
    digest, size, zeros = hashlib.sha256(), 0, bytes(PIECE)
    with path.open("wb") as file:
        for data in body.iter_chunks(PIECE):
            digest.update(data)
            size += len(data)
            if data == zeros[: len(data)]:
                file.seek(size)
            else:
                file.write(data)
        file.truncate(size)
    if size != export.bytes:
        raise WrongImage(f"s3://{export.bucket}/{export.key} has {size} bytes, the record says {export.bytes}")
    if digest.hexdigest() != export.sha256:
        raise WrongImage(
            f"s3://{export.bucket}/{export.key} has sha256 {digest.hexdigest()}, the record says {export.sha256}"
        )
    return path


def inspect(path: Path, disk_format: str) -> str:
    """What qemu-img thinks of the image; raises if it finds a fault. The answer is for people."""
    qemu_format = QEMU_FORMATS[disk_format]
    information = json.loads(_qemu_img("info", "--output=json", "-f", qemu_format, path))
    if disk_format == "vmdk":
        kind = information["format-specific"]["data"]["create-type"]
        if kind != "streamOptimized":
            raise WrongImage(f"the VMDK is {kind}, not streamOptimized")
        _qemu_img("check", "--quiet", "-f", qemu_format, path)
    return f"{information['virtual-size'] / 1024**3:g} GiB disk in {path.stat().st_size / 1024**2:.0f} MiB"


def to_raw(path: Path, disk_format: str, directory: Path) -> Path:
    """The raw disk in an image, for a release that has no raw one."""
    raw = directory / "converted.raw"
    _qemu_img("convert", "-f", QEMU_FORMATS[disk_format], "-O", "raw", path, raw)
    return raw


def scratch(path: Path, disk_format: str, directory: Path) -> Path:
    """A disk that starts as the image and takes the writes of one boot: the image stays from scratch."""
    overlay = directory / f"{disk_format}-boot.qcow2"
    _qemu_img("create", "-q", "-f", "qcow2", "-b", path.resolve(), "-F", QEMU_FORMATS[disk_format], overlay)
    return overlay


def _qemu_img(*arguments: Any) -> str:
    result = subprocess.run(["qemu-img", *map(str, arguments)], capture_output=True, text=True)
    if result.returncode:
        raise WrongImage(f"qemu-img {arguments[0]}: {(result.stderr or result.stdout).strip()}")
    return result.stdout
