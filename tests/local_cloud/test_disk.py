"""Where things lie on a disk, and what a container's tree gets to be a machine's. No root, no mounts."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))

from local_cloud.disk import boot_loader, convert, guest, layout  # noqa: E402

SIZE = 256 * layout.MIB


def test_partition_table_has_root_first_and_the_firmwares_partitions(tmp_path: Path) -> None:
    disk = tmp_path / "disk.raw"
    layout.Layout(SIZE).write(disk)
    table = json.loads(subprocess.check_output(["sfdisk", "--json", disk], stderr=subprocess.PIPE))["partitiontable"]
    rows = {
        row["node"].removeprefix(str(disk)): (row["start"], row["size"], row["type"]) for row in table["partitions"]
    }
    assert table["label"] == "gpt"
    assert rows == {
        "1": (69632, SIZE // 512 - 69632 - 2048, layout.TYPE_LINUX),
        "14": (2048, 2048, layout.TYPE_BIOS_GRUB),
        "15": (4096, 65536, layout.TYPE_ESP),
    }
    assert disk.stat().st_size == SIZE
    assert disk.stat().st_blocks * 512 < layout.MIB


@pytest.mark.parametrize("size", [SIZE + 512, 64 * layout.MIB])
def test_a_disk_that_is_uneven_or_too_small_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match="whole MiB"):
        layout.Layout(size)


def test_boot_code_finds_its_next_part_and_leaves_the_partition_table(tmp_path: Path) -> None:
    disk = tmp_path / "disk.raw"
    disk.write_bytes(b"\xaa" * 512 * 4096)
    layout.Layout(SIZE).write_boot_code(disk, b"\x11" * 512, b"\x22" * 2048)
    content = disk.read_bytes()
    assert struct.unpack_from("<Q", content, 0x5C) == (2048,)
    assert content[440:512] == b"\xaa" * 72
    assert struct.unpack_from("<Q", content, 2048 * 512 + 0x1F4) == (2049,)
    assert content[2048 * 512 + 2048] == 0xAA


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """As an instance leaves it."""
    root = tmp_path / "tree"
    for place in ("etc/ssh", "etc/netplan", "etc/default", "etc/systemd/system", "boot", "var/lib/dbus", "usr/bin",
                  "usr/lib/systemd/system", "root/.ssh"):  # fmt: skip
        (root / place).mkdir(parents=True)
    (root / "etc/machine-id").write_text("0123456789abcdef0123456789abcdef\n")
    (root / "var/lib/dbus/machine-id").write_text("0123456789abcdef0123456789abcdef\n")
    (root / "etc/ssh/ssh_host_ed25519_key").write_text("secret")
    (root / "etc/netplan/50-release.yaml").write_text("network: {version: 2}\n")
    (root / "root/.ssh/authorized_keys").write_text("ssh-ed25519 forgotten\n")
    (root / "usr/lib/systemd/systemd-resolved").touch()
    (root / "etc/resolv.conf").write_text("nameserver 10.0.2.3\n")
    (root / "etc/fstab").write_text(
        "# old\nUUID=old / ext4 defaults 0 1\nLABEL=BOOT /boot ext4\ntmpfs /cache tmpfs rw\n"
    )
    for unit in ("systemd-networkd", "systemd-resolved", "ssh", "getty@"):
        (root / f"usr/lib/systemd/system/{unit}.service").write_text("[Install]\nWantedBy=multi-user.target\n")
    (root / "etc/systemd/system/systemd-networkd.service").symlink_to("/dev/null")
    for version in ("6.1.0-9-amd64", "6.1.0-10-amd64", "6.1.0-11-amd64"):
        (root / f"boot/vmlinuz-{version}").touch()
    for version in ("6.1.0-9-amd64", "6.1.0-10-amd64"):
        (root / f"boot/initrd.img-{version}").touch()
    return root


def test_the_machine_has_an_identity_of_its_own(tree: Path) -> None:
    guest.adapt(tree, "1234-root", "ABCD-1234")
    assert (tree / "etc/machine-id").read_text() == ""
    assert os.readlink(tree / "var/lib/dbus/machine-id") == "/etc/machine-id"
    wanted = tree / "etc/systemd/system/multi-user.target.wants"
    assert {"ssh.service", "systemd-networkd.service"} <= set(os.listdir(wanted))
    assert not (tree / "etc/systemd/system/systemd-networkd.service").is_symlink()
    assert os.readlink(tree / "etc/resolv.conf") == "../run/systemd/resolve/stub-resolv.conf"


def test_what_the_release_put_there_stays(tree: Path) -> None:
    guest.adapt(tree, "1234-root", "ABCD-1234")
    assert (tree / "etc/ssh/ssh_host_ed25519_key").read_text() == "secret"
    assert (tree / "etc/netplan/50-release.yaml").read_text() == "network: {version: 2}\n"
    assert (tree / "root/.ssh/authorized_keys").read_text() == "ssh-ed25519 forgotten\n"
    assert (tree / "etc/fstab").read_text() == (
        "UUID=1234-root / ext4 rw,errors=remount-ro 0 1\n"
        "UUID=ABCD-1234 /boot/efi vfat umask=0077,nofail 0 2\n"
        "tmpfs /cache tmpfs rw\n"
    )


def test_grub_starts_the_newest_kernel_that_has_an_initial_ram_disk(tree: Path) -> None:
    (tree / "etc/default/grub").write_text(
        'GRUB_CMDLINE_LINUX_DEFAULT="quiet net.ifnames=0 console=hvc0"\nGRUB_CMDLINE_LINUX="$UNKNOWN"\n'
    )
    assert boot_loader.kernels(tree) == ["6.1.0-10-amd64", "6.1.0-9-amd64"]
    first = boot_loader.config(tree, "1234-root").split("menuentry")[1]
    assert first == (
        " 'Linux 6.1.0-10-amd64' {\n"
        "  search --no-floppy --fs-uuid --set=root 1234-root\n"
        "  linux /boot/vmlinuz-6.1.0-10-amd64 root=UUID=1234-root ro net.ifnames=0 console=tty0 console=ttyS0,115200\n"
        "  initrd /boot/initrd.img-6.1.0-10-amd64\n"
        "}\n"
    )


def test_a_tree_without_a_kernel_is_named_as_such(tmp_path: Path) -> None:
    with pytest.raises(boot_loader.NotBootable, match="no kernel"):
        boot_loader.kernels(tmp_path)


def test_progress_is_what_qemu_img_prints() -> None:
    assert convert.fractions(b"    (0.00/100%)\r    (12.50/100%)\r    (100.00/100%)\r") == [0.0, 0.125, 1.0]
    assert convert.fractions(b"no progress") == []
