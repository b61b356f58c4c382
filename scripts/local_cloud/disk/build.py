"""A raw bootable disk from a directory tree."""

from __future__ import annotations

import secrets
import subprocess
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from . import boot_loader, guest
from .layout import Layout

Progress = Callable[[float], None]

# Ubuntu 22.04 is the oldest system that must mount and check the file system: its e2fsprogs 1.46 knows
# neither feature, and GRUB 2.06 cannot read a file system with the second.
FILE_SYSTEM_FEATURES = "^orphan_file,^metadata_csum_seed"
# How often the growing disk is looked at for progress, in seconds: a stat is cheap, nobody reads faster.
PROGRESS_INTERVAL = 0.5


def build(tree: Path, disk: Path, size: int, work: Path, progress: Progress = lambda _: None) -> None:
    """Writes a disk of `size` bytes that boots the system in `tree`, which stays unchanged.

    `work` is an empty directory on a file system that overlayfs accepts as an upper layer. `progress`
    is told the fraction done. Needs root, and mounts an overlay: run it in a mount namespace of its
    own (as `python -m local_cloud.disk` does) and nothing stays mounted however it ends.
    """
    layout = Layout(size)
    root_uuid = str(uuid.uuid4())
    esp_id = f"{secrets.randbits(16):04X}-{secrets.randbits(16):04X}"
    boot_loader.kernels(tree)
    layout.write(disk)
    with overlay(tree, work) as root:
        guest.adapt(root, root_uuid, esp_id)
        boot_loader.install(root, root_uuid)
        boot_loader.write_to_disk(root, disk, layout, esp_id)
        write_root_file_system(root, disk, layout, root_uuid, progress)
    progress(1.0)


@contextmanager
def overlay(tree: Path, work: Path) -> Iterator[Path]:
    """A writable view of `tree`; what is written goes to `work`."""
    upper, inner, root = work / "upper", work / "inner", work / "root"
    for directory in (upper, inner, root):
        directory.mkdir()
    options = f"lowerdir={tree},upperdir={upper},workdir={inner}"
    subprocess.run(["mount", "-t", "overlay", "disk", "-o", options, root], check=True, capture_output=True)
    try:
        yield root
    finally:
        subprocess.run(["umount", "--lazy", root], check=True, capture_output=True)


def write_root_file_system(root: Path, disk: Path, layout: Layout, root_uuid: str, progress: Progress) -> None:
    """Fills the root partition with an ext4 of the tree: owners, modes, extended attributes, hard links."""
    expected = max(used_bytes(root), 1)
    extended = f"offset={layout.root_offset},lazy_itable_init=1,lazy_journal_init=1"
    command = ["mkfs.ext4", "-q", "-F", "-U", root_uuid, "-L", "root", "-d", root, "-O", FILE_SYSTEM_FEATURES]
    done = threading.Event()

    def watch() -> None:
        while not done.wait(PROGRESS_INTERVAL):
            progress(min(disk.stat().st_blocks * 512 / expected, 0.99))

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        subprocess.run(
            [*command, "-E", extended, disk, f"{layout.root_bytes // 1024}k"],
            check=True,
            capture_output=True,
        )
    finally:
        done.set()
        watcher.join()


def used_bytes(root: Path) -> int:
    """What the tree will take on the disk, nearly: allocated blocks, without what is mounted in it."""
    result = subprocess.run(
        ["du", "--summarize", "--one-file-system", "--block-size=1", root],
        check=True,
        capture_output=True,
        text=True,
    )
    return int(result.stdout.split()[0])
