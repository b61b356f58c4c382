"""What a tree that ran as a container needs to run as a machine of its own.

An image's tree has no disk, no boot loader, no network of its own and the identity of the instance it
was taken from. Everything here is written into an overlay above the tree; the image stays as it is.
What the image's maker put there on purpose (users, keys, netplan, services) is left alone: a key that
was forgotten in the image must still be found in its disk.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

# Matches every Ethernet link that no other file claims: files are read in the order of their names
# over all directories, and netplan's are called 10-netplan-* (systemd.network(5), netplan-generate(8)).
FALLBACK_NETWORK = """\
# Used for a link that neither netplan nor another file configures.
[Match]
Type=ether

[Network]
DHCP=yes

[DHCPv4]
UseDomains=yes
"""

# A container gets these from its host, and its image may have them switched off.
MACHINE_UNITS = ("systemd-networkd.service", "systemd-resolved.service", "ssh.service", "getty@tty1.service")


def adapt(root: Path, root_uuid: str, esp_id: str) -> None:
    """Makes the tree at `root` boot as a machine whose root file system is `root_uuid`."""
    write_fstab(root, root_uuid, esp_id)
    forget_identity(root)
    use_own_network(root)
    enable(root, MACHINE_UNITS)


def write_fstab(root: Path, root_uuid: str, esp_id: str) -> None:
    """Names this disk's file systems, and keeps the lines of the tree that concern no disk of it."""
    fstab = root / "etc/fstab"
    kept = []
    for line in fstab.read_text().splitlines() if fstab.is_file() else []:
        fields = line.split()
        if len(fields) >= 2 and not line.startswith("#") and fields[1] not in ("/", "/boot", "/boot/efi"):
            kept.append(line)
    lines = [
        f"UUID={root_uuid} / ext4 rw,errors=remount-ro 0 1",
        # Firmware reads it, the system rarely does: a damaged one must not stop the boot.
        f"UUID={esp_id} /boot/efi vfat umask=0077,nofail 0 2",
        *kept,
    ]
    (root / "boot/efi").mkdir(parents=True, exist_ok=True)
    fstab.unlink(missing_ok=True)
    fstab.write_text("\n".join(lines) + "\n")


def forget_identity(root: Path) -> None:
    """Removes what a machine keeps for itself: machine id, random seed, DHCP leases.

    SSH host keys stay, as in a real export: that two machines do not share them is the image's own business.
    """
    machine_id = root / "etc/machine-id"
    machine_id.unlink(missing_ok=True)
    # Empty, not absent: an absent one means a first boot, which resets which units are enabled (machine-id(5)).
    machine_id.touch(mode=0o444)
    dbus_id = root / "var/lib/dbus/machine-id"
    if dbus_id.parent.is_dir():
        # systemd takes over an id that it finds here, so it must be a link and no copy.
        dbus_id.unlink(missing_ok=True)
        dbus_id.symlink_to("/etc/machine-id")
    for pattern in ("var/lib/systemd/random-seed", "run/systemd/netif/leases/*"):
        for path in root.glob(pattern):
            path.unlink()


def use_own_network(root: Path) -> None:
    """DHCP on links that the image says nothing about, and name resolution that follows it."""
    networks = root / "etc/systemd/network"
    networks.mkdir(parents=True, exist_ok=True)
    (networks / "99-fallback-dhcp.network").write_text(FALLBACK_NETWORK)
    if (root / "usr/lib/systemd/systemd-resolved").exists():
        resolv = root / "etc/resolv.conf"
        resolv.unlink(missing_ok=True)
        resolv.symlink_to("../run/systemd/resolve/stub-resolv.conf")


def enable(root: Path, units: tuple[str, ...]) -> None:
    """Enables those of the units that the tree has, and unmasks them."""
    for unit in units:
        masked = root / "etc/systemd/system" / unit
        if masked.is_symlink() and os.readlink(masked) == "/dev/null":
            masked.unlink()
        template = unit.replace("@tty1", "@")
        if any((root / place / template).exists() for place in ("usr/lib/systemd/system", "etc/systemd/system")):
            subprocess.run(["systemctl", "--quiet", f"--root={root}", "enable", unit], check=True, capture_output=True)
