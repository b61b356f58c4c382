"""Pages of what is described."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from .errors import error, invalid

# Auto Scaling API Reference, MaxRecords of the Describe operations.
MOST = 100

Item = TypeVar("Item")


def page(items: Sequence[Item], parameters: Mapping[str, Any], default: int = 50) -> tuple[Sequence[Item], str | None]:
    size = int(parameters.get("MaxRecords") or default)
    if not 1 <= size <= MOST:
        raise invalid(f"The MaxRecords parameter value {size} is out of range: it must be between 1 and {MOST}.")
    try:
        start = int(parameters.get("NextToken") or 0)
    except ValueError:
        raise error("InvalidNextToken", "The specified token is invalid.") from None
    end = start + size
    return items[start:end], str(end) if len(items) > end else None
