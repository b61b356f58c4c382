"""A whole disk from the base image: what is on it is what was in the tree."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[2] / "scripts"
sys.path.insert(0, str(SCRIPTS))

from local_cloud import settings  # noqa: E402
from local_cloud.base_image import cache  # noqa: E402
from local_cloud.disk import layout  # noqa: E402

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="an overlay is mounted, which takes root")
SIZE = 4 * 1024 * layout.MIB


@pytest.fixture(scope="module")
def base() -> Path:
    """Already there after the first `scripts/cloud up` of a machine."""
    return cache.ensure(settings.from_environment().cache, print)


@pytest.fixture(scope="module")
def disk(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("disk") / "disk.raw"
    output = build(base, path)
    assert output.stdout.splitlines()[-1] == "progress 1.000"
    return path


def build(tree: Path, path: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "local_cloud.disk", tree, path, "--size", str(SIZE)]
    return subprocess.run(command, env={**os.environ, "PYTHONPATH": str(SCRIPTS)}, capture_output=True, text=True)


def root_of(disk: Path) -> str:
    return f"{disk}?offset={layout.Layout(SIZE).root_offset}"


def debugfs(disk: Path, request: str) -> str:
    return subprocess.run(["debugfs", "-R", request, root_of(disk)], capture_output=True, text=True, check=True).stdout


def test_the_file_system_is_sound_and_old_systems_can_read_it(disk: Path) -> None:
    check = subprocess.run(["e2fsck", "-f", "-n", root_of(disk)], capture_output=True, text=True)
    assert check.returncode == 0, check.stdout
    features = re.search(r"Filesystem features:(.*)", debugfs(disk, "show_super_stats -h"))
    assert features is not None
    assert not {"orphan_file", "metadata_csum_seed"} & set(features[1].split())


def test_owners_modes_and_capabilities_are_those_of_the_tree(disk: Path, base: Path) -> None:
    for name in ("etc/shadow", "usr/bin/sudo", "var/mail", "home/admin"):
        there = os.lstat(base / name)
        stat = debugfs(disk, f"stat /{name}")
        mode = re.search(r"Mode:\s+(\d+)", stat)
        owner = re.search(r"User:\s+(\d+)\s+Group:\s+(\d+)", stat)
        assert mode and owner
        assert int(mode[1], 8) == there.st_mode & 0o7777, name
        assert (int(owner[1]), int(owner[2])) == (there.st_uid, there.st_gid), name
    assert "security.capability" in debugfs(disk, "ea_list /usr/bin/ping")


def test_both_firmwares_find_grub(disk: Path) -> None:
    esp = f"{disk}@@{layout.ESP_START * layout.SECTOR}"
    listing = subprocess.run(["mdir", "-b", "-i", esp, "::EFI/BOOT"], capture_output=True, text=True, check=True)
    assert listing.stdout.strip() == "::/EFI/BOOT/BOOTX64.EFI"
    with disk.open("rb") as file:
        assert b"GRUB" in file.read(440)
    uuid = re.search(r"Filesystem UUID:\s+(\S+)", debugfs(disk, "show_super_stats -h"))
    assert uuid is not None
    assert f"root=UUID={uuid[1]} ro" in debugfs(disk, "cat /boot/grub/grub.cfg")
    assert f"UUID={uuid[1]} / ext4" in debugfs(disk, "cat /etc/fstab")


def test_the_tree_is_unchanged_and_nothing_stays_mounted(disk: Path, base: Path) -> None:
    assert not (base / "boot/grub/grub.cfg").exists()
    assert str(disk.parent) not in Path("/proc/self/mountinfo").read_text()
    assert os.listdir(disk.parent) == ["disk.raw"]


def test_a_tree_that_cannot_boot_is_refused_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    result = build(tmp_path / "tree", tmp_path / "disk.raw")
    assert (result.returncode, result.stderr) == (2, "no kernel with an initial RAM disk in /boot\n")
