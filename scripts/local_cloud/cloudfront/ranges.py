"""A part of an object, as whoever goes on with a download asks for it (RFC 9110, sections 13.1.1 and 14)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ..s3_extents import Extents

# A range from a byte on; CloudFront serves several at once and ranges from the end as well, which nobody asks for here.
_FROM = re.compile(r"bytes=(\d+)-(\d*)")
# What one answer has at most (CloudFront Developer Guide, "Quotas"). A larger object is served in ranges of less.
LARGEST = 50 * 1024**3


class TooLarge(Exception):
    """More is asked for than one answer has."""


def answer(
    asked: Mapping[str, str], etag: str, content: Extents | bytes
) -> tuple[int, dict[str, str], Extents | bytes]:
    """Status, the headers that it adds, and what is sent."""
    wanted = asked.get("If-Match")
    if wanted and wanted != "*" and etag not in [each.strip() for each in wanted.split(",")]:
        return 412, {"Content-Type": "application/xml"}, b"<Error><Code>PreconditionFailed</Code></Error>"
    found = _FROM.fullmatch(asked.get("Range", ""))
    if not found:
        if len(content) > LARGEST:
            raise TooLarge
        return 200, {"Accept-Ranges": "bytes"}, content
    size, first = len(content), int(found[1])
    last = min(int(found[2]) if found[2] else size, size - 1)
    if first > last:
        return 416, {"Content-Range": f"bytes */{size}"}, b""
    if last - first >= LARGEST:
        raise TooLarge
    return 206, {"Accept-Ranges": "bytes", "Content-Range": f"bytes {first}-{last}/{size}"}, content[first : last + 1]
