"""Where things lie on a disk that BIOS and EFI firmware both boot: sectors, partitions, sizes."""

from __future__ import annotations

import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path

SECTOR = 512
MIB = 1024 * 1024

# Partitions start at whole MiB, as every current partitioning tool aligns them.
BIOS_GRUB_START = 1 * MIB // SECTOR
BIOS_GRUB_SECTORS = 1 * MIB // SECTOR
ESP_START = BIOS_GRUB_START + BIOS_GRUB_SECTORS
ESP_SECTORS = 32 * MIB // SECTOR
ROOT_START = ESP_START + ESP_SECTORS
# The backup partition table takes the last 33 sectors; a whole MiB keeps the root file system aligned.
TAIL_SECTORS = 1 * MIB // SECTOR

# Partition types (UEFI specification 5.3.3; GRUB manual, "BIOS installation"; Linux filesystem data).
TYPE_BIOS_GRUB = "21686148-6449-6E6F-744E-656564454649"
TYPE_ESP = "C12A7328-F81F-11D2-BA4B-00A0C93EC93B"
TYPE_LINUX = "0FC63DAF-8483-4772-8E79-3D69D8477DE4"

# The MBR's boot code ends where the disk signature and the partition table begin.
BOOT_CODE_BYTES = 440
# In GRUB's boot.img: the u64 sector of core.img (grub-core/boot/i386/pc/boot.S, kernel_sector).
BOOT_IMG_CORE_SECTOR = 0x5C
# In core.img: the u64 sector of its own second sector, in the first block list entry
# (grub-core/boot/i386/pc/diskboot.S, blocklist_default_start).
CORE_IMG_NEXT_SECTOR = 0x1F4


@dataclass(frozen=True)
class Layout:
    """The geometry of a disk of `size` bytes."""

    size: int

    def __post_init__(self) -> None:
        if self.size % MIB or self.root_sectors * SECTOR < 64 * MIB:
            raise ValueError(f"a disk of {self.size} bytes: want whole MiB, and room for a root file system")

    @property
    def root_sectors(self) -> int:
        return self.size // SECTOR - ROOT_START - TAIL_SECTORS

    @property
    def root_offset(self) -> int:
        return ROOT_START * SECTOR

    @property
    def root_bytes(self) -> int:
        return self.root_sectors * SECTOR

    def write(self, disk: Path) -> None:
        """Makes `disk` a sparse file of the size with an empty partition table of this layout.

        The root file system is partition 1 and the firmware's are 14 and 15, as on the cloud images
        of Debian and Ubuntu, so that a tool which grows "partition 1" finds the root there.
        """
        with disk.open("wb") as file:
            file.truncate(self.size)
        table = "\n".join(
            [
                "label: gpt",
                f"1 : start={ROOT_START}, size={self.root_sectors}, type={TYPE_LINUX}, name=root",
                f"14 : start={BIOS_GRUB_START}, size={BIOS_GRUB_SECTORS}, type={TYPE_BIOS_GRUB}, name=bios",
                f"15 : start={ESP_START}, size={ESP_SECTORS}, type={TYPE_ESP}, name=esp",
            ]
        )
        subprocess.run(
            ["sfdisk", "--quiet", "--no-reread", "--no-tell-kernel", str(disk)],
            input=table,
            text=True,
            check=True,
            stderr=subprocess.PIPE,
        )

    def write_boot_code(self, disk: Path, boot_image: bytes, core_image: bytes) -> None:
        """Puts GRUB where the BIOS starts it: boot.img into the MBR, core.img into its partition."""
        boot = bytearray(boot_image[:BOOT_CODE_BYTES])
        struct.pack_into("<Q", boot, BOOT_IMG_CORE_SECTOR, BIOS_GRUB_START)
        core = bytearray(core_image)
        struct.pack_into("<Q", core, CORE_IMG_NEXT_SECTOR, BIOS_GRUB_START + 1)
        if len(core) > BIOS_GRUB_SECTORS * SECTOR:
            raise ValueError(f"GRUB's core image of {len(core)} bytes does not fit its partition")
        with disk.open("r+b") as file:
            file.write(boot)
            file.seek(BIOS_GRUB_START * SECTOR)
            file.write(core)
