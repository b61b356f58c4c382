"""What a machine is told at its boot: its id, its name, who may log in and what to run once.

The directory is laid over /run/local-cloud inside the machine, so it is never part of its file system or of an image.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .router import INTERFACE
from .slirp import DNS_ADDRESS


@dataclass(frozen=True)
class Seed:
    """An instance's own data."""

    instance_id: str
    hostname: str
    authorized_keys: tuple[str, ...]
    user_data_script: str | None
    endpoint: str
    region: str

    @property
    def variables(self) -> dict[str, str]:
        """What programs in the machine need to reach this cloud; their credentials come from the metadata service."""
        return {"AWS_ENDPOINT_URL": self.endpoint, "AWS_REGION": self.region, "AWS_DEFAULT_REGION": self.region}

    def write(self, directory: Path) -> list[str]:
        """Write the files; the options that lay them into a machine of systemd-nspawn."""
        own, run = directory / "own", directory / "run"
        own.mkdir(parents=True, exist_ok=True)
        run.mkdir(exist_ok=True)
        (own / "instance-id").write_text(f"{self.instance_id}\n")
        (own / "hostname").write_text(f"{self.hostname}\n")
        (own / "authorized_keys").write_text("".join(f"{key.strip()}\n" for key in self.authorized_keys))
        (own / "environment").write_text("".join(f"{name}={value}\n" for name, value in self.variables.items()))
        if self.user_data_script is not None:
            script = own / "user-data"
            script.write_text(self.user_data_script)
            script.chmod(0o700)
        variables = " ".join(f"{name}={value}" for name, value in self.variables.items())
        laid = {
            "/run/systemd/system.conf.d/local-cloud.conf": f"[Manager]\nDefaultEnvironment={variables}\n",
            "/run/systemd/resolved.conf.d/local-cloud.conf": f"[Resolve]\nDNS={DNS_ADDRESS}\n",
            # The cloud has set its addresses; a netplan of the image's must not take them away.
            "/run/systemd/network/00-local-cloud.network": f"[Match]\nName={INTERFACE}\n[Link]\nUnmanaged=yes\n",
        }
        options = [f"--bind-ro={own}:/run/local-cloud"]
        for place, text in laid.items():
            file = run / place.rsplit("/", 2)[1]
            file.write_text(text)
            options.append(f"--bind-ro={file}:{place}")
        return options
