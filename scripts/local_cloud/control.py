"""The life of a cloud: up, down and whether it is well."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from . import doctor, limits, members, teardown
from .base_image import cache as base_image_cache
from .settings import REGION, Settings

# moto imports in about 1.5 s on a quiet core; a loaded machine with two takes ten times that.
START_SECONDS = 60


class ControlError(RuntimeError):
    """The cloud could not be brought to where it should be."""


def up(settings: Settings) -> None:
    findings = doctor.examine(settings)
    if findings:
        raise ControlError("\n".join(["this machine lacks what the local cloud needs", *map(str, findings)]))
    with _alone(settings):
        if _stands(settings):
            say(f"{settings.name} is already up at {endpoint(settings)}")
            return
        started = time.monotonic()
        teardown.remove(settings)
        python = _python()
        base = base_image_cache.ensure(settings.cache, say)
        limits.raise_for(settings.name)
        _start(settings, python, base)
        say(f"{settings.name} is up at {endpoint(settings)} after {time.monotonic() - started:.1f} s")


def _stands(settings: Settings) -> bool:
    """Whether it is up. One that lives and is slow to say so is at work for somebody: it is waited for."""
    deadline = time.monotonic() + START_SECONDS
    while not healthy(settings):
        if not members.find(settings.state, []) or time.monotonic() > deadline:
            return False
        time.sleep(0.5)
    return True


def down(settings: Settings) -> None:
    with _alone(settings):
        teardown.remove(settings)
        limits.set_back_for(settings.name)
        settings.lifecycle_lock.unlink(missing_ok=True)
    teardown.remove_if_empty(settings.lifecycle_lock.parent)
    base_image_cache.remove_outdated(settings.cache)
    say(f"{settings.name} is down")


def endpoint(settings: Settings) -> str | None:
    """The URL of the API; None when no server has come up since this machine booted."""
    try:
        if settings.boot_id_file.read_text() != _boot_id():
            return None
        return f"http://127.0.0.1:{int(settings.port_file.read_text())}"
    except (FileNotFoundError, ValueError):
        return None


def healthy(settings: Settings) -> bool:
    return health(settings) is not None


def health(settings: Settings) -> dict[str, object] | None:
    """What the server says of itself; None if it does not answer, or if another cloud answers at its port."""
    url = endpoint(settings)
    if url is None:
        return None
    try:
        # No proxy of the environment is to be asked for a loopback address.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"{url}/ail-cloud/health", timeout=10) as answer:
            report = json.load(answer)
    except (OSError, ValueError):
        return None
    return report if report.get("name") == settings.name else None


def variables(settings: Settings) -> dict[str, str]:
    """What the AWS CLI and every SDK need to reach this cloud."""
    url = endpoint(settings)
    if url is None:
        raise ControlError(f"{settings.name} is not up; start it with: scripts/cloud up")
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        # Distributions are served by TLS; curl asks a variable of its own first.
        "SSL_CERT_FILE": str(settings.authorities),
        "CURL_CA_BUNDLE": str(settings.authorities),
    }


def say(text: str) -> None:
    print(f"cloud: {text}", file=sys.stderr, flush=True)


def _python() -> Path:
    script = Path(__file__).parent.parent / "venv"
    made = subprocess.run([script], stdout=subprocess.PIPE, text=True)
    if made.returncode != 0:
        raise ControlError("the Python environment could not be made (see above)")
    return Path(made.stdout.strip()) / "bin" / "python"


def _start(settings: Settings, python: Path, base: Path) -> None:
    settings.state.mkdir(parents=True)
    settings.boot_id_file.write_text(_boot_id())
    environment = members.environment(settings.state)
    with settings.server_log.open("ab") as log:
        server = subprocess.Popen(
            [python, "-m", "local_cloud.server", "--base-image", base],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            env=environment,
            start_new_session=True,
        )
    deadline = time.monotonic() + START_SECONDS
    while not healthy(settings):
        if server.poll() is not None or time.monotonic() > deadline:
            tail = settings.server_log.read_text(errors="replace").splitlines()[-15:]
            teardown.remove(settings)
            raise ControlError("\n".join(["the server did not start; the end of its log:", *tail]))
        time.sleep(0.1)


def _boot_id() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


@contextlib.contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """One up or down of a cloud at a time."""
    lock = settings.lifecycle_lock
    while True:
        lock.parent.mkdir(parents=True, exist_ok=True)
        try:
            descriptor = os.open(lock, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        except FileNotFoundError:
            continue
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        # The holder before us may have been a `down`, which takes the file away: then lock the new one.
        try:
            if os.stat(lock).st_ino == os.fstat(descriptor).st_ino:
                break
        except FileNotFoundError:
            pass
        os.close(descriptor)
    try:
        yield
    finally:
        os.close(descriptor)
