"""A line for each check: whether it holds, on which image, and how long it took."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class CheckFailed(Exception):
    """A promise of the image does not hold; says what was found."""


class Report:
    """Collects from several threads; each line is printed whole and at once."""

    def __init__(self) -> None:
        self.failed = 0
        self.passed = 0
        self._lock = threading.Lock()

    @contextmanager
    def check(self, image: str, what: str, may: tuple[type[Exception], ...]) -> Iterator[Callable[[str], None]]:
        """Times a check; what is raised inside makes it FAIL and is raised again. Call the value to add a remark."""
        started = time.monotonic()
        remarks: list[str] = []
        try:
            yield remarks.append
        except may as error:
            self.line(False, image, what, time.monotonic() - started, str(error))
            raise
        self.line(True, image, what, time.monotonic() - started, "; ".join(remarks))

    def line(self, good: bool, image: str, what: str, seconds: float, remark: str = "") -> None:
        with self._lock:
            self.passed += good
            self.failed += not good
            text = f"{'ok  ' if good else 'FAIL'}  {image:<5} {what:<44} {seconds:7.1f} s"
            print(f"{text}  {remark}" if remark else text, flush=True)

    def text(self, lines: list[str]) -> None:
        with self._lock:
            print("".join(f"      | {line}\n" for line in lines), end="", flush=True)
