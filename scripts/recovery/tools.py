"""The tools of a GameDay on its record: sweep, repair, canary."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

NAMES = ("gd-vpc", "gd-queue", "gd-fleet")
"""In the order in which they build and repair: each needs what the one before it made."""

Finding = dict[str, Any]


class Failed(RuntimeError):
    """A tool ended with this status; it has said why."""

    def __init__(self, status: int) -> None:
        super().__init__(f"exit status {status}")
        self.status = status


class Terminated(KeyboardInterrupt):
    """We were told to end, by a signal of which the tools do not know."""


@dataclass(frozen=True)
class Sweep:
    """What each tool found, and when it had."""

    findings: dict[str, list[Finding]]
    at: dict[str, float]

    @property
    def ended(self) -> float:
        return max(self.at.values())

    def count(self) -> int:
        return sum(len(these) for these in self.findings.values())


def sweep(record: Path) -> Sweep:
    """All three at once: none of them changes anything."""

    def one(name: str) -> tuple[list[Finding], float]:
        done = _run([name, "verify", "--quiet", "--output", "ndjson"], record, (0, 1))
        return [json.loads(line) for line in done.splitlines()], time.time()

    with ThreadPoolExecutor() as pool:
        results = dict(zip(NAMES, pool.map(one, NAMES), strict=True))
    return Sweep({name: found for name, (found, _) in results.items()}, {name: at for name, (_, at) in results.items()})


def repair(record: Path, options: list[str]) -> dict[str, float]:
    """One after another. What each leaves is kept at once: whoever is interrupted goes on from there, and so does the
    next tool where one could not mend everything: it tells then, and the last word is that not all is whole."""
    at = {}
    status = 0
    for name in NAMES:
        ended, content = _ended([name, "repair", *options], record, (0, 1))
        _keep(record, content)
        # Without a record, nothing was begun: it has failed, and what comes after it stands on it.
        if ended and not content.strip():
            raise Failed(ended)
        status = status or ended
        at[name] = time.time()
    if status:
        raise Failed(status)
    return at


def canary(record: Path) -> float:
    _run(["gd-queue", "canary", "--quiet"], record, (0,))
    return time.time()


def attack(record: Path, team: str, options: list[str]) -> dict[str, Any]:
    done = _run(["gd-attack", "run", "--quiet", "--team", team, "--output", "ndjson", *options], record, (0,))
    return json.loads(done)


def _run(line: list[str], record: Path, statuses: tuple[int, ...]) -> str:
    return _ended(line, record, statuses)[1]


def _ended(line: list[str], record: Path, statuses: tuple[int, ...]) -> tuple[int, str]:
    with record.open() as stdin, subprocess.Popen(line, stdin=stdin, stdout=subprocess.PIPE, text=True) as tool:
        try:
            content, _ = tool.communicate()
        except Terminated:
            # Ctrl-C reaches the whole group; this came to us alone.
            tool.terminate()
            raise
        # In both cases the tool is waited for, however long it cleans up.
    if tool.returncode not in statuses:
        print(f"{line[0]} {line[1]} ended with {tool.returncode}", file=sys.stderr)
        raise Failed(tool.returncode)
    return tool.returncode, content


def _keep(record: Path, content: str) -> None:
    if not content.strip():
        return
    part = record.with_name(f"{record.name}.part")
    part.write_text(content)
    part.replace(record)
