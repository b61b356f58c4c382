"""What the release record says of the exported images."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any


class BadRecord(Exception):
    """The record lacks what the check needs; says which member."""


@dataclass(frozen=True)
class Export:
    """An exported image in S3."""

    format: str
    bucket: str
    key: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Release:
    """The part of the record that matters here."""

    asset_id: str
    region: str | None
    user: str | None
    exports: tuple[Export, ...]

    def export(self, disk_format: str) -> Export | None:
        return next((export for export in self.exports if export.format == disk_format), None)


def read(path: Path) -> Release:
    """The release in a file; `-` reads standard input."""
    try:
        record = json.loads(Path("/dev/stdin" if str(path) == "-" else path).read_text())
    except OSError as error:
        raise BadRecord(f"{path}: {error.strerror}") from error
    except ValueError as error:
        raise BadRecord(f"{path}: not JSON: {error}") from error
    if not isinstance(record, dict):
        raise BadRecord(f"{path}: expected an object")
    exports = record.get("exports")
    if not isinstance(exports, list) or not exports:
        raise BadRecord(f"{path}: exports: expected a list of exported images, found none")
    user = (record.get("source_image") or {}).get("user") or (record.get("instance") or {}).get("user")
    return Release(
        asset_id=str(record.get("asset_id", "")),
        region=record.get("region"),
        user=user,
        exports=tuple(_export(path, index, export) for index, export in enumerate(exports)),
    )


def _export(path: Path, index: int, member: dict[str, Any]) -> Export:
    values = []
    for name, kind in (("format", str), ("bucket", str), ("key", str), ("bytes", int), ("sha256", str)):
        value = member.get(name) if isinstance(member, dict) else None
        if not isinstance(value, kind):
            raise BadRecord(f"{path}: exports[{index}].{name}: expected {kind.__name__}, found {value!r}")
        values.append(value.lower() if name == "format" else value)
    return Export(*values)
