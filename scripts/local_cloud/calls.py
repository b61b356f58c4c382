"""The log of API calls: a JSON object a line in calls.ndjson, for people and for tests that count."""

from __future__ import annotations

import json
import threading

from . import gateway, running
from .operation import Operation

_lock = threading.Lock()


def install() -> None:
    log = running.cloud().settings.call_log.open("a", buffering=1)

    def note(asked: Operation, status: int, code: str | None) -> None:
        line = {
            "time": gateway.timestamp(),
            "service": asked.service,
            "operation": asked.name,
            "region": asked.region,
            "status": status,
            "code": code,
            "mutating": asked.mutating,
            "caller": asked.caller,
        }
        with _lock:
            log.write(json.dumps(line) + "\n")

    gateway.current().after.append(note)
