"""Work that goes on after a request is answered."""

from __future__ import annotations

import sys
import threading
import time
import traceback
from collections.abc import Callable

from .. import gateway, running


def later(work: Callable[[], None], name: str) -> None:
    """Run it in a thread of its own; how it went, and an exception, go to the server's log."""

    def run() -> None:
        started = time.monotonic()
        try:
            work()
        except Exception:  # the last frame of a thread
            print(f"{gateway.timestamp()} {name} failed", file=sys.stderr)
            traceback.print_exc()
        else:
            print(f"{gateway.timestamp()} {name}: {time.monotonic() - started:.1f} s", file=sys.stderr)

    threading.Thread(target=run, name=name, daemon=True).start()


class Pending:
    """A state that lasts AIL_CLOUD_PENDING seconds at least, so that those who wait have something to wait for."""

    def __init__(self) -> None:
        self._end = time.monotonic() + running.cloud().settings.pending

    def wait(self) -> None:
        time.sleep(max(0.0, self._end - time.monotonic()))
