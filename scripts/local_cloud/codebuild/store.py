"""What a region's CodeBuild knows beside moto's projects; a reset of moto clears it too."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any

from .build import Build


@dataclass
class Store:
    projects: dict[str, dict[str, Any]] = field(default_factory=dict)
    builds: dict[str, Build] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    tokens: dict[str, tuple[float, str, str]] = field(default_factory=dict)
    """Of StartBuild: when it was used, for what, and for which build."""
    lock: threading.Lock = field(default_factory=threading.Lock)


def of(backend: Any) -> Store:
    # moto's reset empties a backend's own attributes.
    return backend.__dict__.setdefault("ail_store", Store())
