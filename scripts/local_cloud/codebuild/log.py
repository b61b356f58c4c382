"""A build's log: lines to CloudWatch Logs, as they come."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime

from moto.logs.models import logs_backends

from .build import Build

# CloudWatch Logs takes 256 KiB an event (Amazon CloudWatch Logs quotas).
_LONGEST = 256 * 1024


class Log:
    def __init__(self, build: Build) -> None:
        self._backend = logs_backends[build.account][build.region]
        self._group, self._stream = build.log_group, build.log_stream
        self._lock = threading.Lock()
        self._secrets: list[str] = []
        if self._group not in self._backend.groups:
            self._backend.create_log_group(self._group, {})
        self._backend.ensure_log_stream(self._group, self._stream)
        build.stream = self._stream

    def hide(self, secret: str) -> None:
        """From now on the log has *** in its place."""
        self._secrets.append(secret)

    def say(self, text: str) -> None:
        """A line of CodeBuild's own."""
        self.line(f"[Container] {datetime.now(UTC):%Y/%m/%d %H:%M:%S.%f} {text}")

    def line(self, text: str) -> None:
        """A line of a command's output."""
        for secret in self._secrets:
            text = text.replace(secret, "***")
        event = {"timestamp": int(time.time() * 1000), "message": text[:_LONGEST] + "\n"}
        with self._lock:
            # Whoever deleted the group meanwhile wants no log.
            if self._group in self._backend.groups:
                self._backend.put_log_events(self._group, self._stream, [event])
