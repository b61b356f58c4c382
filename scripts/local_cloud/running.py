"""The one cloud of this server process: what its extensions share."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from .machines.layers import Layers
from .settings import Settings

if TYPE_CHECKING:
    from .machines.machine import Machine


@dataclass
class Cloud:
    """The running cloud."""

    settings: Settings
    port: int
    base_image: Path
    layers: Layers
    machines: dict[str, Machine] = field(default_factory=dict)


api_lock = threading.RLock()
"""moto's EC2 models are plain dictionaries under a threaded server. Every EC2 request holds this lock, and so must
any thread of ours that reads or changes EC2 resources; never hold it while waiting for a machine."""

_cloud: Cloud | None = None


def cloud() -> Cloud:
    if _cloud is None:
        raise RuntimeError("no cloud is running in this process")
    return _cloud


def start(settings: Settings, port: int, base_image: Path) -> Cloud:
    global _cloud
    _cloud = Cloud(settings, port, base_image, Layers(settings.state / "layers"))
    return _cloud
