"""`boot-check RELEASE.json`: does what was released boot, and is it what was promised?"""

from __future__ import annotations

import argparse
import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import FrameType

import pexpect
from botocore.exceptions import BotoCoreError, ClientError

from . import checks, download, machine, release
from .deadline import Deadline
from .login import Account, CommandFailed, LoginFailed
from .report import CheckFailed, Report

EXAMPLES = """\
examples:
  scripts/boot-check out/release.json
  AIL_DEFAULT_PASSWORD=… scripts/boot-check --user admin --format vmdk out/release.json
  scripts/boot-check --password-file default-password --timeout 1200 out/release.json

Needs qemu-system-x86_64, qemu-img and ssh, and reaches S3 through the standard AWS environment.
A raw image that was not exported is made from one that was. The default password is read
from --password-file, else from the environment: AIL_DEFAULT_PASSWORD.

exit codes: 0 every check holds; 1 one does not; 2 usage; 65 the record cannot be used; 69 S3 refuses or is
unreachable; 130 and 143 interrupted, no machine left.
"""
FORMATS = ("vmdk", "raw", "vhd")
FAILURES = (
    CheckFailed, LoginFailed, CommandFailed, TimeoutError, machine.MachineEnded, download.WrongImage, OSError,
    BotoCoreError, ClientError, subprocess.SubprocessError, pexpect.ExceptionPexpect,
)  # fmt: skip


class Boot:
    """One image: booted from scratch and looked at by somebody who knows the default password."""

    def __init__(self, options: argparse.Namespace, report: Report, directory: Path, password: str) -> None:
        self.options = options
        self.report = report
        self.directory = directory
        self.password = password

    def run(self, name: str, image: Path, disk_format: str, whole: bool = True) -> list[str] | None:
        """The host keys, if it came that far. Only the boot itself if not `whole`."""
        disk = download.scratch(image, disk_format, self.directory / name)
        guest = machine.Machine(name, disk, (22, self.options.jupyter_port), self.directory / name)
        keys: list[str] | None = None
        try:
            deadline = Deadline(self.options.timeout)
            with self.report.check(name, "boots and answers SSH", FAILURES) as remark:
                keys = checks.answers_ssh(guest, deadline)
                remark(machine.accelerator())
            if whole:
                self._log_in(name, guest, keys, deadline)
        except FAILURES:
            self.report.text(guest.console_tail())
        finally:
            guest.stop()
        return keys

    def _log_in(self, name: str, guest: machine.Machine, keys: list[str], deadline: Deadline) -> None:
        account = Account(self.options.user, guest.port[22], self.directory / name, deadline)
        account.trust(keys)
        new = f"Boot-{secrets.token_urlsafe(15)}"
        with self.report.check(name, "default password logs in, must be changed", FAILURES):
            account.change_expired_password(self.password, new)
        with contextlib.closing(account):
            self._use(name, guest, account, new, deadline)

    def _use(self, name: str, guest: machine.Machine, account: Account, new: str, deadline: Deadline) -> None:
        with self.report.check(name, "new password logs in", FAILURES):
            account.open(new)
        self._look(name, checks.Guest(guest, account, new, self.options.jupyter_port), deadline)

    def _look(self, name: str, inside: checks.Guest, deadline: Deadline) -> None:
        """Every promise is looked at, also after one did not hold."""
        first: BaseException | None = None
        for what, look in (
            ("Jupyter answers 200", lambda: checks.jupyter_answers(inside, deadline)),
            ("Docker for Jupyter's user, in group docker", lambda: checks.docker_works(inside)),
            ("netplan configuration is valid", lambda: checks.netplan_is_valid(inside)),
            ("no authorized key", lambda: checks.no_key_is_authorized(inside)),
        ):
            try:
                with self.report.check(name, what, FAILURES) as remark:
                    if words := look():
                        remark(words)
            except FAILURES as error:
                first = first or error
        if first:
            raise first


def main() -> int:
    options = parse()
    try:
        record = release.read(options.release)
        options.format = choose(options.format, record)
        options.user = options.user or record.user or "admin"
        password = read_password(options.password_file)
    except release.BadRecord as error:
        print(f"boot-check: {error}", file=sys.stderr)
        return 65
    report, started = Report(), time.monotonic()
    # /tmp may be in memory, and a disk takes gigabytes.
    with tempfile.TemporaryDirectory(prefix="boot-check-", dir=os.environ.get("TMPDIR", "/var/tmp")) as work:
        directory = Path(work)
        clean_up_on_interrupt(directory)
        try:
            images = fetch(options, record, report, directory)
        except (BotoCoreError, ClientError) as error:
            print(f"boot-check: {error}", file=sys.stderr)
            return 69
        except download.WrongImage:
            return 1
        boot_all(options, report, directory, images, password)
    passed = f"{report.passed} checks hold, {report.failed} do not"
    print(f"{record.asset_id}: {passed}, {time.monotonic() - started:.0f} s", flush=True)
    return 1 if report.failed else 0


def fetch(
    options: argparse.Namespace, record: release.Release, report: Report, directory: Path
) -> dict[str, tuple[Path, str]]:
    """Name and format of each image to boot. Whatever was exported is fetched and held against the record."""
    images: dict[str, tuple[Path, str]] = {}
    may = (download.WrongImage, BotoCoreError, ClientError)
    for export in record.exports:
        with report.check(export.format, "bytes and sha256 as in the record", may):
            path = download.fetch(export, record.region, directory)
        with report.check(export.format, "qemu-img accepts it", may) as remark:
            remark(download.inspect(path, export.format))
        images[export.format] = (path, export.format)
    if "raw" in options.format and "raw" not in images:
        # From one that would not be booted otherwise, if there is one.
        source, disk_format = min(images.values(), key=lambda image: image[1] in options.format)
        with report.check("raw", f"made from the {disk_format}, not exported itself", may):
            images["raw"] = (download.to_raw(source, disk_format, directory), "raw")
    return {name: images[name] for name in options.format}


def boot_all(
    options: argparse.Namespace,
    report: Report,
    directory: Path,
    images: dict[str, tuple[Path, str]],
    password: str,
) -> None:
    """Boots all images beside each other; two boots from scratch show whether host keys are made anew."""
    boot = Boot(options, report, directory, password)
    runs = [(name, path, disk_format, True) for name, (path, disk_format) in images.items()]
    if len(runs) == 1:
        name, path, disk_format, _ = runs[0]
        runs.append((f"{name}-2", path, disk_format, False))
    for name, *_ in runs:
        (directory / name).mkdir()
    machine.accelerator()
    with ThreadPoolExecutor(len(runs)) as pool:
        keys = [found for found in pool.map(lambda run: boot.run(*run), runs) if found]
    try:
        with report.check("all", "host keys differ between two boots", FAILURES) as remark:
            if len(keys) < 2:
                raise CheckFailed("fewer than two machines came up")
            remark(checks.host_keys_differ(keys[0], keys[1]))
    except FAILURES:
        pass


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="boot-check",
        allow_abbrev=False,
        description=__doc__,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("release", type=Path, metavar="RELEASE.json", help="the release record; - is standard input")
    parser.add_argument("--user", help="who logs in (default: the record's source_image.user)")
    parser.add_argument("--password-file", type=Path, help="a file with the image's default password")
    parser.add_argument("--jupyter-port", type=int, default=49494, help="where Jupyter listens (default: 49494)")
    parser.add_argument("--timeout", type=float, default=900, help="seconds for each machine (default: 900)")
    parser.add_argument("--format", action="append", choices=FORMATS, help="what to boot (default: vmdk and raw)")
    return parser.parse_args()


def choose(asked: list[str] | None, record: release.Release) -> list[str]:
    """The formats to boot. A raw disk can be made; the others are there or not."""
    exported = [export.format for export in record.exports]
    if not asked:
        return list(dict.fromkeys(["vmdk" if "vmdk" in exported else exported[0], "raw"]))
    for disk_format in asked:
        if disk_format not in (*exported, "raw"):
            raise release.BadRecord(f"exports: no {disk_format} among {', '.join(exported)}")
    return list(dict.fromkeys(asked))


def read_password(file: Path | None) -> str:
    try:
        password = file.read_text().rstrip("\n") if file else os.environ.get("AIL_DEFAULT_PASSWORD", "")
    except OSError as error:
        raise release.BadRecord(f"the password file {file}: {error.strerror}") from error
    if not password:
        raise release.BadRecord("no default password: use --password-file or AIL_DEFAULT_PASSWORD")
    return password


def clean_up_on_interrupt(directory: Path) -> None:
    """The machines die with this process: each is started so that it is killed when its parent ends."""

    def interrupt(number: int, _frame: FrameType | None) -> None:
        print(f"boot-check: interrupted by {signal.Signals(number).name}", file=sys.stderr, flush=True)
        shutil.rmtree(directory, ignore_errors=True)
        os._exit(128 + number)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, interrupt)


sys.exit(main())
