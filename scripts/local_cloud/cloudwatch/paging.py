"""Pages of what is described."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from moto.cloudwatch.exceptions import CloudWatchException

# CloudWatch API Reference, MaxRecords of DescribeAlarms and DescribeAlarmHistory.
DEFAULT, MOST = 50, 100

Item = TypeVar("Item")


def page(items: Sequence[Item], parameters: Mapping[str, Any]) -> tuple[Sequence[Item], str | None]:
    size = min(int(parameters.get("MaxRecords") or DEFAULT), MOST)
    try:
        start = int(parameters.get("NextToken") or 0)
    except ValueError:
        raise CloudWatchException("InvalidNextToken", "The next token specified is invalid.") from None
    end = start + size
    return items[start:end], str(end) if len(items) > end else None
