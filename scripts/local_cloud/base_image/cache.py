"""The built base image, kept outside the clone and shared by all clouds of a user."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from .. import teardown
from . import recipe


class BaseImageError(RuntimeError):
    """mmdebstrap failed."""


def ensure(cache: Path, say: Callable[[str], None]) -> Path:
    """The directory of the base image; built if this recipe's is not there yet."""
    cache.mkdir(parents=True, exist_ok=True)
    image = cache / f"base-{recipe.digest()}"
    if image.is_dir():
        return image
    with (cache / f"{image.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not image.is_dir():
            _remove_unfinished(image)
            _build(image, say)
    return image


def _build(image: Path, say: Callable[[str], None]) -> None:
    started = time.monotonic()
    say("building the Debian 12 base image, once; this takes about three minutes")
    # What is half made lies beside the goal, so that the rename is atomic.
    unfinished = _unfinished(image)
    root, certificates = unfinished / "root", unfinished / "ca-certificates"
    log = image.with_name(f"{image.name}.log")
    try:
        certificates.mkdir(parents=True)
        for number, certificate in enumerate(recipe.extra_certificates()):
            (certificates / f"host-{number}.crt").write_text(certificate)
        _run(recipe.command(root, certificates), log, say)
        root.rename(image)
    finally:
        _remove_unfinished(image)
    log.unlink()
    say(f"base image built in {time.monotonic() - started:.0f} s: {image}")


def _run(command: list[str], log: Path, say: Callable[[str], None]) -> None:
    # mmdebstrap does not end at once when it is told to. If `up` is killed, the kernel ends unshare, with it the first
    # process of the new namespaces, and with that one all the others and what they mounted.
    environment = {**os.environ, "LC_ALL": "C", "SOURCE_DATE_EPOCH": "1788220800"}
    with (
        log.open("w") as output,
        subprocess.Popen(
            [
                "setpriv",
                "--pdeathsig",
                "KILL",
                "unshare",
                "--mount",
                "--pid",
                "--fork",
                "--mount-proc",
                "--kill-child",
                *command,
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env=environment,
        ) as process,
    ):
        assert process.stdout is not None
        for line in process.stdout:
            output.write(line)
            if line.startswith("I: "):
                say(f"base image: {line[3:].rstrip()}")
    if process.returncode != 0:
        tail = log.read_text().splitlines()[-20:]
        raise BaseImageError("\n".join([f"mmdebstrap failed with {process.returncode}; the end of {log}:", *tail]))


def _unfinished(image: Path) -> Path:
    return image.with_name(f".{image.name}.unfinished")


def _remove_unfinished(image: Path) -> None:
    unfinished = _unfinished(image)
    teardown.unmount_below(unfinished)
    if unfinished.exists():
        shutil.rmtree(unfinished)


def remove_outdated(cache: Path) -> None:
    """Base images of older recipes, unless a cloud of this machine is up: it may stand on one of them."""
    if any(Path("/run/ail-cloud").glob("*.lock")):
        return
    for image in cache.glob("base-*"):
        if image.is_dir() and image.name != f"base-{recipe.digest()}":
            shutil.rmtree(image)
            image.with_name(f"{image.name}.lock").unlink(missing_ok=True)
