"""Where a local cloud lives and what it is called."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

ACCOUNT = "123456789012"
REGION = "eu-central-1"

# The name stands in the path of slirp4netns' control socket, and a socket's path ends at 107 bytes (unix(7)).
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,23}")


class SettingsError(ValueError):
    """A variable of the environment that no cloud can be made from."""


@dataclass(frozen=True)
class Settings:
    """One cloud of this machine; several may run side by side under different names and ports."""

    name: str
    port: int
    pending: float
    minute: float = 60
    """Seconds that a minute of CloudWatch, of Auto Scaling and of a deleted queue's name lasts."""
    launch_configurations: bool = False
    """Accounts made since 2024-10-01 cannot make them (Amazon EC2 Auto Scaling User Guide, "Launch configurations")."""
    profile_delay: float = 5.0
    """Seconds until EC2 knows a new instance profile; the real one takes about 10."""
    sources: tuple[tuple[str, str], ...] = ()
    """Repositories that builds have their source from: URL, and directory of this machine."""

    @property
    def state(self) -> Path:
        return Path("/var/tmp/ail-cloud") / self.name

    @property
    def cache(self) -> Path:
        base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        return Path(base) / "ail-tools"

    @property
    def address_locks(self) -> Path:
        """Shared by all clouds of the machine: a file for each address in use."""
        return Path("/run/ail-cloud/addresses")

    @property
    def lifecycle_lock(self) -> Path:
        return Path("/run/ail-cloud") / f"{self.name}.lock"

    @property
    def namespace_prefix(self) -> str:
        return f"ail-{self.name}."

    @property
    def call_log(self) -> Path:
        return self.state / "calls.ndjson"

    @property
    def server_log(self) -> Path:
        return self.state / "server.log"

    @property
    def authorities(self) -> Path:
        """Whose certificates are trusted by who uses this cloud."""
        return self.state / "authorities.pem"

    @property
    def port_file(self) -> Path:
        """Written by the server once it listens: with AIL_CLOUD_PORT=0 only it knows the port."""
        return self.state / "port"

    @property
    def boot_id_file(self) -> Path:
        return self.state / "boot-id"


def from_environment() -> Settings:
    name = os.environ.get("AIL_CLOUD_NAME") or "default"
    if not NAME.fullmatch(name):
        raise SettingsError(f"AIL_CLOUD_NAME is {name!r}; expected up to 24 of a-z, 0-9 and -")
    return Settings(
        name,
        int(_number("AIL_CLOUD_PORT", "5111", 65535)),
        _number("AIL_CLOUD_PENDING", "2", 3600),
        # Timestamps of CloudWatch are whole seconds.
        _number("AIL_CLOUD_MINUTE", "60", 60, smallest=1),
        _switch("AIL_CLOUD_LAUNCH_CONFIGURATIONS"),
        _number("AIL_CLOUD_PROFILE_DELAY", "5", 3600),
        _sources("AIL_CLOUD_SOURCES"),
    )


def _number(variable: str, default: str, largest: float, smallest: float = 0) -> float:
    text = os.environ.get(variable) or default
    try:
        number = float(text)
    except ValueError:
        number = -1
    if not smallest <= number <= largest:
        raise SettingsError(f"{variable} is {text!r}; expected a number from {smallest} to {largest}")
    return number


def _sources(variable: str) -> tuple[tuple[str, str], ...]:
    text = os.environ.get(variable) or ""
    pairs = [(url, directory) for url, _, directory in (pair.rpartition("=") for pair in text.split())]
    if any(not url or not directory.startswith("/") for url, directory in pairs):
        raise SettingsError(f"{variable} is {text!r}; expected URL=/DIRECTORY, with blanks between several")
    return tuple(pairs)


def _switch(variable: str) -> bool:
    text = os.environ.get(variable) or "false"
    if text not in ("true", "false"):
        raise SettingsError(f"{variable} is {text!r}; expected true or false")
    return text == "true"
