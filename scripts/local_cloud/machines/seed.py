"""What a machine is told at its boot: its id, its name, who may log in and what to run once.

The directory is laid over /run/local-cloud inside the machine, so it is never part of its file system or of an image.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .network import DNS_ADDRESS, HOST_ADDRESS


@dataclass(frozen=True)
class Seed:
    """An instance's own data."""

    instance_id: str
    hostname: str
    authorized_keys: tuple[str, ...]
    user_data_script: str | None
    api_port: int
    region: str

    def write(self, directory: Path) -> list[str]:
        """Write the files; the options that lay them into a machine of systemd-nspawn."""
        own = directory / "own"
        resolved = directory / "resolved"
        own.mkdir(parents=True, exist_ok=True)
        resolved.mkdir(exist_ok=True)
        (own / "instance-id").write_text(f"{self.instance_id}\n")
        (own / "hostname").write_text(f"{self.hostname}\n")
        (own / "authorized_keys").write_text("".join(f"{key.strip()}\n" for key in self.authorized_keys))
        # For programs in the machine that call this cloud: source it, or name it as a unit's EnvironmentFile.
        (own / "environment").write_text(
            f"AWS_ENDPOINT_URL=http://{HOST_ADDRESS}:{self.api_port}\nAWS_REGION={self.region}\n"
        )
        if self.user_data_script is not None:
            script = own / "user-data"
            script.write_text(self.user_data_script)
            script.chmod(0o700)
        (resolved / "local-cloud.conf").write_text(f"[Resolve]\nDNS={DNS_ADDRESS}\n")
        return [f"--bind-ro={own}:/run/local-cloud", f"--bind-ro={resolved}:/run/systemd/resolved.conf.d"]
