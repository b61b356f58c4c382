"""From a raw disk to the formats that VM Import/Export writes, by qemu-img, with its own progress."""

from __future__ import annotations

import os
import re
from pathlib import Path

# A format's name on the wire, and what qemu-img calls it. VMDK is stream-optimised as the service's is;
# force_size keeps a VHD at exactly the disk's size instead of rounding it to a cylinder.
QEMU_OPTIONS = {
    "vmdk": ("-O", "vmdk", "-o", "subformat=streamOptimized"),
    "vhd": ("-O", "vpc", "-o", "subformat=dynamic,force_size=on"),
    "raw": ("-O", "raw"),
}

# `qemu-img convert -p` rewrites one line: "    (12.34/100%)\r".
PROGRESS = re.compile(rb"\((\d+\.\d+)/100%\)")


def command(disk: Path, target: Path, disk_format: str) -> list[str | os.PathLike[str]]:
    """The qemu-img that writes `target` in `disk_format` from the raw `disk`."""
    return ["qemu-img", "convert", "-p", "-f", "raw", *QEMU_OPTIONS[disk_format], disk, target]


def fractions(output: bytes) -> list[float]:
    """The fractions done that a piece of qemu-img's output reports."""
    return [float(match) / 100 for match in PROGRESS.findall(output)]
