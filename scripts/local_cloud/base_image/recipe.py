"""What the base image is made of."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

MIRROR = os.environ.get("AIL_CLOUD_DEBIAN_MIRROR") or "http://deb.debian.org/debian"
SECURITY_MIRROR = os.environ.get("AIL_CLOUD_DEBIAN_SECURITY_MIRROR") or "http://deb.debian.org/debian-security"

# A tree laid over the root file system: what stands in for cloud-init.
OVERLAID_TREE = Path(__file__).parent / "root"

# An init, a network and a way in.
SYSTEM = ["systemd", "systemd-sysv", "systemd-resolved", "libnss-myhostname", "dbus", "udev", "libpam-systemd",
          "netplan.io", "iproute2", "nftables", "iputils-ping", "openssh-server", "sudo", "ca-certificates", "curl",
          "less", "procps", "e2fsprogs"]  # fmt: skip

# What Ansible needs at its far end.
PYTHON = ["python3", "python3-apt"]

# A kernel and GRUB for BIOS and EFI, so that an exported image boots. The cloud kernel has neither AHCI nor e1000,
# which are VirtualBox's defaults: hence the general one.
BOOT = ["linux-image-amd64", "initramfs-tools", "zstd", "grub-pc-bin", "grub-efi-amd64-bin", "grub2-common"]

DOCUMENTATION = ["/usr/share/man/*", "/usr/share/doc/*", "/usr/share/info/*", "/usr/share/locale/*"]

# Drivers of hardware that no hypervisor presents: 200 MB less in each exported disk.
MODULES = ["sound", "net/wireless", "net/mac80211", "net/bluetooth", "drivers/net/wireless",
           "drivers/net/ethernet/mellanox", "drivers/bluetooth", "drivers/media", "drivers/infiniband", "drivers/iio",
           "drivers/comedi", "drivers/staging", "drivers/gpu/drm/amd", "drivers/gpu/drm/radeon",
           "drivers/gpu/drm/nouveau", "drivers/gpu/drm/i915"]  # fmt: skip

EXCLUDED_PATHS = [*DOCUMENTATION, *(f"/lib/modules/*/kernel/{directory}/*" for directory in MODULES)]

# Run inside the new root file system.
FINISH = r"""
set -eu
useradd --create-home --shell /bin/bash --comment Debian admin
# As in Debian's cloud images: keys only, until somebody changes it.
sed -i 's/^#\?PasswordAuthentication .*/PasswordAuthentication no/' /etc/ssh/sshd_config
systemctl enable ssh.service systemd-networkd.service systemd-resolved.service \
    local-cloud-init.service local-cloud-host-keys.service local-cloud-user-data.service
# A machine that is configured by netplan alone waits for no link that nobody configured.
systemctl disable systemd-networkd-wait-online.service
rm -f /etc/ssh/ssh_host_* /etc/hostname /var/log/bootstrap.log /var/log/dpkg.log /var/log/apt/*.log
ln -sf ../run/systemd/resolve/stub-resolv.conf /etc/resolv.conf
printf '127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n' >/etc/hosts
: >/etc/machine-id
echo LANG=C.UTF-8 >/etc/default/locale
if ls /usr/local/share/ca-certificates/*.crt >/dev/null 2>&1; then
    update-ca-certificates
    # pip brings its own list of authorities.
    printf '[global]\ncert = /etc/ssl/certs/ca-certificates.crt\n' >/etc/pip.conf
fi
apt-get clean
"""

_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----\n", re.DOTALL)


def command(root: Path, certificates: Path, overlaid_tree: Path = OVERLAID_TREE) -> list[str]:
    """mmdebstrap's command line; `certificates` is a directory of authorities the guest is to trust as well."""
    return [
        "mmdebstrap",
        "--variant=minbase",
        "--mode=root",
        # On Ubuntu the package debian-archive-keyring leaves apt's own trust as it is.
        "--keyring=/usr/share/keyrings/debian-archive-keyring.gpg",
        '--aptopt=Acquire::Languages "none"',
        "--aptopt=APT::Install-Recommends false",
        *(f"--dpkgopt=path-exclude={path}" for path in EXCLUDED_PATHS),
        f"--include={','.join([*SYSTEM, *PYTHON, *BOOT])}",
        f'--customize-hook=copy-in "{certificates}" /usr/local/share/',
        f'--customize-hook=cp -r --preserve=mode "{overlaid_tree}/." "$1/"',
        f"--customize-hook=chroot \"$1\" sh -c '{FINISH.replace(chr(39), chr(39) + chr(92) + chr(39) * 2)}'",
        "bookworm",
        str(root),
        f"deb {MIRROR} bookworm main",
        f"deb {MIRROR} bookworm-updates main",
        f"deb {SECURITY_MIRROR} bookworm-security main",
    ]


def extra_certificates() -> list[str]:
    """Authorities this machine trusts and Debian does not: an inspecting proxy's, without which no HTTPS works."""
    bundle = Path("/etc/ssl/certs/ca-certificates.crt")
    if not bundle.exists():
        return []
    debian = set()
    for file in Path("/usr/share/ca-certificates/mozilla").glob("*.crt"):
        debian.update(_CERTIFICATE.findall(file.read_text()))
    return sorted(set(_CERTIFICATE.findall(bundle.read_text())) - debian)


def digest() -> str:
    """Changes whenever the image that would be built changes."""
    # Not of the directories: every clone of the repository shares the one image.
    parts = [*command(Path("/"), Path("/"), Path("/")), *extra_certificates()]
    sha = hashlib.sha256("\n".join(parts).encode())
    for file in sorted(OVERLAID_TREE.rglob("*")):
        if file.is_file():
            sha.update(f"{file.relative_to(OVERLAID_TREE)} {file.stat().st_mode & 0o111:o}\n".encode())
            sha.update(file.read_bytes())
    return sha.hexdigest()[:12]
