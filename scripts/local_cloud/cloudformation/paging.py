"""Pages: a token names the last item that was answered.

So a page stays right when newer items come in front of it, as events do.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from . import errors

T = TypeVar("T")

# The real service cuts at 1 MB; in items of these lists that is about a hundred.
PAGE = 100


def page(items: Sequence[T], token: str | None, key: Callable[[T], str]) -> tuple[list[T], str | None]:
    """The items after the token, and the token of the next page if there is one."""
    start = 0
    if token:
        last = _decoded(token)
        positions = [index for index, item in enumerate(items) if key(item) == last]
        if not positions:
            raise errors.validation("NextToken is invalid")
        start = positions[0] + 1
    chosen = list(items[start : start + PAGE])
    more = start + PAGE < len(items)
    return chosen, _encoded(key(chosen[-1])) if more else None


def answer(
    member: str,
    items: Sequence[Any],
    params: dict[str, Any],
    key: Callable[[Any], str],
    shape: Callable[[Any], Any] = lambda item: item,
) -> dict[str, Any]:
    chosen, token = page(items, params.get("NextToken"), key)
    found: dict[str, Any] = {member: [shape(item) for item in chosen]}
    if token:
        found["NextToken"] = token
    return found


def _encoded(last: str) -> str:
    return base64.urlsafe_b64encode(last.encode()).decode()


def _decoded(token: str) -> str:
    try:
        return base64.urlsafe_b64decode(token.encode()).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise errors.validation("NextToken is invalid") from error
