"""How much of an object one answer has."""

from __future__ import annotations

from pathlib import Path

import pytest
from local_cloud.cloudfront import ranges
from local_cloud.s3_extents import Extents

DISK = 100 * 1024**3


@pytest.fixture
def disk(tmp_path: Path) -> Extents:
    """It takes no room: it is one hole."""
    path = tmp_path / "disk"
    with path.open("wb") as file:
        file.truncate(DISK)
    return Extents.take(path)


def status(content: Extents | bytes, asked: str | None = None) -> int:
    return ranges.answer({"Range": asked} if asked else {}, '"e"', content)[0]


def test_a_larger_object_is_served_in_ranges_alone(disk: Extents) -> None:
    for asked in (None, "bytes=0-", f"bytes=1-{ranges.LARGEST + 1}"):
        with pytest.raises(ranges.TooLarge):
            status(disk, asked)
    assert status(disk, f"bytes=1-{ranges.LARGEST}") == 206
    found, headers, content = ranges.answer({"Range": f"bytes={DISK - 9}-{DISK + 9}"}, '"e"', disk)
    assert (found, headers["Content-Range"]) == (206, f"bytes {DISK - 9}-{DISK - 1}/{DISK}")
    assert isinstance(content, Extents)
    assert b"".join(content) == bytes(9)


def test_what_one_answer_can_have_is_served_at_once(disk: Extents) -> None:
    assert status(disk[: ranges.LARGEST]) == 200
    with pytest.raises(ranges.TooLarge):
        status(disk[: ranges.LARGEST + 1])


def test_an_empty_object_has_no_range() -> None:
    assert status(b"") == 200
    assert status(b"", "bytes=0-9") == 416
