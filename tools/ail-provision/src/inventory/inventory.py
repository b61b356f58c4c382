"""Print as one JSON object which packages are installed on this system.

It runs on the instance, by the Python that Ansible uses there, and takes nothing but the standard library. It writes
nothing, and runs nothing of the environments that it looks into: their packages are read from their metadata.
"""

import importlib.metadata
import json
import os
import subprocess

FIELDS = r"${db:Status-Status}\t${Package}\t${Version}\t${Architecture}\t${source:Package}\t${source:Version}\n"

# The kernel's own file systems, and systems within this one, which have an inventory of their own.
NOT_HERE = {"/proc", "/sys", "/dev", "/run", "/snap", "/var/lib/containerd", "/var/lib/docker", "/var/lib/snapd"}

# Debian's own packages of Python are those of dpkg.
DEBIANS = "/usr/lib/python3"


def environments():
    """The directories of installed packages: virtual environments, conda's, /usr/local, those of users."""
    for directory, names, _ in os.walk("/"):
        if os.path.basename(directory) in ("dist-packages", "site-packages") and not directory.startswith(DEBIANS):
            names.clear()
            yield directory
        names[:] = sorted(name for name in names if os.path.join(directory, name) not in NOT_HERE)


def packages(directory):
    """What pip would list there."""
    for found in importlib.metadata.distributions(path=[directory]):
        yield found.metadata.get("Name"), found.metadata.get("Version")


def text(value):
    """What JSON can carry: a header of strange bytes is an object of its own."""
    return None if value is None else str(value).encode("utf-8", "replace").decode()


with open("/etc/os-release", encoding="utf-8", errors="replace") as file:
    system = file.read()
listed = subprocess.run(["dpkg-query", "--show", "--showformat", FIELDS], stdout=subprocess.PIPE, check=True)
python = [
    {"path": directory, "packages": [[text(name), text(version)] for name, version in packages(directory)]}
    for directory in environments()
]
print(json.dumps({"os_release": system, "dpkg": listed.stdout.decode("utf-8", "replace"), "python": python}))
