"""What happens once a minute: the services publish their metrics, then the alarms are evaluated."""

from __future__ import annotations

import math
import sys
import threading
import time
import traceback
from collections.abc import Callable

from .. import gateway, running

# A machine that slept need not catch up on more.
MOST_MISSED = 10

publishers: list[Callable[[float], None]] = []
"""Each is told the beginning of the minute that has just passed, for which it publishes."""
evaluators: list[Callable[[float], None]] = []
"""Each is told the end of that minute."""


def start() -> None:
    threading.Thread(target=_run, name="minutes", daemon=True).start()


def _run() -> None:
    minute = running.cloud().settings.minute
    passed = math.floor(time.time() / minute)
    while True:
        time.sleep(max(0.0, (passed + 1) * minute - time.time()))
        now = math.floor(time.time() / minute)
        # After a pause of the whole machine the gauges stand where they stood.
        for number in range(max(passed + 1, now - MOST_MISSED), now + 1):
            _tell(publishers, (number - 1) * minute)
        passed = now
        _tell(evaluators, now * minute)


def _tell(listeners: list[Callable[[float], None]], moment: float) -> None:
    for listener in listeners:
        try:
            listener(moment)
        except Exception:  # the next minute comes whatever happens in this one
            print(f"{gateway.timestamp()} {listener.__module__} failed", file=sys.stderr)
            traceback.print_exc()
