"""GRUB for BIOS and EFI, from the packages in the tree itself."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path

from .layout import ESP_SECTORS, ESP_START, SECTOR, Layout

# Found by the file system's id, so the disk boots from whichever controller it hangs on.
EARLY_CONFIG = """\
search --no-floppy --fs-uuid --set=root {uuid}
set prefix=($root)/boot/grub
configfile ($root)/boot/grub/grub.cfg
"""

COMMON_MODULES = [
    *("part_msdos", "part_gpt", "ext2", "search", "search_fs_uuid", "linux"),
    *("normal", "configfile", "serial", "terminal", "minicmd", "echo", "test"),
]

# Grub's platform, the disk or video access it needs there, and where the image goes in the tree.
PLATFORMS = {
    "i386-pc": (["biosdisk"], "core.img"),
    "x86_64-efi": (["fat", "efi_gop", "efi_uga", "all_video"], "core.efi"),
}

# The machine may have no serial port: only then is the screen alone the terminal.
GRUB_CONFIG_HEAD = """\
# The first configuration of this disk; `update-grub` writes its own over it.
set timeout=1
set default=0
if serial --unit=0 --speed=115200; then
  terminal_input console serial
  terminal_output console serial
fi
"""

CONSOLES = ("console=tty0", "console=ttyS0,115200")
# A boot that fails must say where: the console is all that a person has then.
SILENCERS = ("quiet", "splash")


class NotBootable(Exception):
    """The tree lacks what a machine needs to boot."""


def kernels(root: Path) -> list[str]:
    """The versions of the kernels that have an initial RAM disk, newest first."""
    versions = [
        path.name.removeprefix("vmlinuz-")
        for path in (root / "boot").glob("vmlinuz-*")
        if (root / "boot" / path.name.replace("vmlinuz-", "initrd.img-")).exists()
    ]
    if not versions:
        raise NotBootable("no kernel with an initial RAM disk in /boot")
    return sorted(versions, key=by_version, reverse=True)


def by_version(text: str) -> list[tuple[int, str]]:
    """A sort key in which 6.1.0-9 comes before 6.1.0-10."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.findall(r"\d+|\D+", text)]


def kernel_options(root: Path) -> list[str]:
    """The options of the image's own /etc/default/grub, and a console on screen and serial port."""
    places = [root / "etc/default/grub", *sorted((root / "etc/default/grub.d").glob("*.cfg"))]
    values: dict[str, str] = {}
    for place in places:
        for line in place.read_text().splitlines() if place.is_file() else []:
            match = re.match(r"\s*(GRUB_CMDLINE_LINUX(?:_DEFAULT)?)=(.*)", line)
            words = shlex.split(match[2], comments=True) if match else []
            if match and "$" not in match[2]:
                values[match[1]] = " ".join(words)
    options = [word for name in sorted(values) for word in values[name].split()]
    return [option for option in options if not option.startswith("console=") and option not in SILENCERS] + [*CONSOLES]


def install(root: Path, root_uuid: str) -> None:
    """Writes GRUB's modules, images and configuration into the tree's /boot/grub."""
    grub = root / "boot/grub"
    grub.mkdir(parents=True, exist_ok=True)
    early = grub / "early.cfg"
    early.write_text(EARLY_CONFIG.format(uuid=root_uuid))
    if not (root / "usr/bin/grub-mkimage").exists():
        raise NotBootable("no grub-mkimage (Debian package grub-common)")
    for platform, (modules, image) in PLATFORMS.items():
        source = root / "usr/lib/grub" / platform
        if not (source / "kernel.img").exists():
            raise NotBootable(f"no GRUB for {platform} in /usr/lib/grub")
        target = grub / platform
        shutil.copytree(source, target, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.exec", "*.image"))
        subprocess.run(
            ["chroot", root, "grub-mkimage", "-O", platform, "-o", f"/boot/grub/{platform}/{image}"]
            + ["-c", "/boot/grub/early.cfg", "-p", "/boot/grub", *modules, *COMMON_MODULES],
            check=True,
            capture_output=True,
        )
    (grub / "grub.cfg").write_text(config(root, root_uuid))


def config(root: Path, root_uuid: str) -> str:
    """An entry a kernel; the first is what boots."""
    options = " ".join(kernel_options(root))
    entries = [
        f"menuentry 'Linux {version}' {{\n"
        f"  search --no-floppy --fs-uuid --set=root {root_uuid}\n"
        f"  linux /boot/vmlinuz-{version} root=UUID={root_uuid} ro {options}\n"
        f"  initrd /boot/initrd.img-{version}\n"
        "}\n"
        for version in kernels(root)
    ]
    return GRUB_CONFIG_HEAD + "".join(entries)


def write_to_disk(root: Path, disk: Path, layout: Layout, esp_id: str) -> None:
    """Puts the installed GRUB where the firmware looks: boot sector and EFI system partition."""
    bios = root / "boot/grub/i386-pc"
    layout.write_boot_code(disk, (bios / "boot.img").read_bytes(), (bios / "core.img").read_bytes())

    quiet = {"check": True, "capture_output": True}
    subprocess.run(
        ["mkfs.vfat", "-F", "16", "--offset", str(ESP_START), "-i", esp_id.replace("-", ""), "-n", "ESP", disk]
        + [str(ESP_SECTORS * SECTOR // 1024)],
        **quiet,
    )
    esp = f"{disk}@@{ESP_START * SECTOR}"
    subprocess.run(["mmd", "-i", esp, "::EFI", "::EFI/BOOT"], **quiet)
    # The name that firmware starts from a disk it has no boot entry for (UEFI specification 3.5.1.1).
    efi = root / "boot/grub/x86_64-efi/core.efi"
    subprocess.run(["mcopy", "-i", esp, efi, "::EFI/BOOT/BOOTX64.EFI"], **quiet)
