"""One end of patience for everything that is done with a machine."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class Deadline:
    """Counts from its making."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        return self._end - time.monotonic()

    def poll(self, what: str, attempt: Callable[[], T | None], interval: float = 1.0) -> T:
        """Repeats `attempt` until it gives something; a TimeoutError says `what` did not happen."""
        while True:
            result = attempt()
            if result is not None:
                return result
            if self.left() < interval:
                raise TimeoutError(f"{what}: not within {self.seconds:g} s")
            time.sleep(interval)
