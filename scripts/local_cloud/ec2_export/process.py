"""A program that runs beside the server without getting into its way, and ends when it is told to."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import tempfile
import threading
from collections.abc import Callable, Sequence

# Below every request that the server answers: two cores serve both.
NICENESS = "10"
# How long a cancellation may go unseen, in seconds.
POLL = 0.2


class Cancelled(Exception):
    """The work was ended because somebody asked for it."""


class ProgramFailed(Exception):
    """The program's own words on why it failed, in `str()`; its exit code in `code`."""

    def __init__(self, code: int, words: str) -> None:
        super().__init__(words)
        self.code = code


def run(
    command: Sequence[str | os.PathLike[str]],
    cancelled: threading.Event,
    on_output: Callable[[bytes], None],
    environment: dict[str, str] | None = None,
) -> None:
    """Runs the program, hands its output on as it comes, and kills it and its children when `cancelled`."""
    with tempfile.TemporaryFile() as errors:
        child = subprocess.Popen(
            ["nice", "-n", NICENESS, *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            start_new_session=True,
            env={**os.environ, **(environment or {})},
        )
        assert child.stdout is not None
        try:
            with selectors.DefaultSelector() as selector:
                selector.register(child.stdout, selectors.EVENT_READ)
                while True:
                    if cancelled.is_set():
                        raise Cancelled
                    if selector.select(POLL):
                        output = os.read(child.stdout.fileno(), 65536)
                        if not output:
                            break
                        on_output(output)
            child.wait()
        finally:
            if child.poll() is None:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()
            child.stdout.close()
        if child.returncode:
            errors.seek(0)
            words = errors.read().decode(errors="replace").strip().splitlines()
            raise ProgramFailed(child.returncode, words[-1] if words else f"exit code {child.returncode}")
