"""`python -m local_cloud.disk TREE DISK --size BYTES`: a bootable raw disk from a directory tree.

Moves into a mount namespace of its own first, so that no mount outlives it, and prints a line
`progress FRACTION` now and then. On failure the last line of stderr says why.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from .boot_loader import NotBootable
from .build import build
from .layout import MIB

MARK = "LOCAL_CLOUD_DISK_NAMESPACE"


def main() -> int:
    parser = argparse.ArgumentParser(prog="local_cloud.disk", description=__doc__.splitlines()[0])
    parser.add_argument("tree", type=Path, help="the root of the system")
    parser.add_argument("disk", type=Path, help="the raw disk to write")
    parser.add_argument("--size", type=int, required=True, help="the size of the disk in bytes, whole MiB")
    parser.add_argument("--work", type=Path, help="where to keep temporary files (default: beside the disk)")
    options = parser.parse_args()
    if options.size % MIB:
        parser.error("--size wants whole MiB")
    enter_mount_namespace()
    try:
        with tempfile.TemporaryDirectory(prefix="disk-", dir=options.work or options.disk.parent) as work:
            build(options.tree, options.disk, options.size, Path(work), report)
    except NotBootable as error:
        print(error, file=sys.stderr)
        return 2
    except subprocess.CalledProcessError as error:
        output = error.stderr.decode(errors="replace") if isinstance(error.stderr, bytes) else error.stderr or ""
        print(f"{error.cmd[0]} failed ({error.returncode}): {output.strip().replace(chr(10), ' ')}", file=sys.stderr)
        return 1
    return 0


def enter_mount_namespace() -> None:
    """Runs this program again below `unshare`: Python 3.11 has no call for it."""
    if os.environ.get(MARK) == str(os.getpid()):
        return
    # unshare replaces itself by the program, so the process id is the same then.
    os.environ[MARK] = str(os.getpid())
    os.execvp("unshare", ["unshare", "--mount", "--propagation=private", sys.executable, *sys.orig_argv[1:]])


def report(fraction: float) -> None:
    print(f"progress {fraction:.3f}", flush=True)


sys.exit(main())
