"""The public images of this cloud: one, under the name and owner it has in the real one."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

NAME = "debian-12-amd64-20260901-2222"
DEBIAN = "136693071363"
ROOT_DEVICE = "/dev/xvda"
ROOT_SIZE = 8

ID = "ami-0" + hashlib.sha256(NAME.encode()).hexdigest()[:16]


def write(directory: Path) -> Path:
    """The file that MOTO_AMIS_PATH names: arguments of moto's Ami."""
    image = {
        "ami_id": ID,
        "name": NAME,
        "description": "Debian 12 (20260901-2222)",
        "owner_id": DEBIAN,
        "image_location": f"amazon/{NAME}",
        "public": True,
        "architecture": "x86_64",
        "virtualization_type": "hvm",
        "hypervisor": "xen",
        "root_device_type": "ebs",
        "root_device_name": ROOT_DEVICE,
        "state": "available",
        "boot_mode": "uefi-preferred",
        "creation_date": "2026-09-01T22:24:31.000Z",
    }
    path = directory / "public-images.json"
    path.write_text(json.dumps([image], indent=2))
    return path
