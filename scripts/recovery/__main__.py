"""Recover a GameDay, or drill it.

    python -m recovery repair RECORD [OPTION...]
    python -m recovery drill RECORD TEAM ENVELOPE SEED
    python -m recovery guard RECORD SECONDS

`repair` tells what is wrong, has the three tools mend it, and proves by a canary that montages are made again; the
options go to each tool. `drill` attacks at random first, and opens the envelope last. `guard` sweeps and sends a canary
every SECONDS, until it is told to stop.
"""

from __future__ import annotations

import hashlib
import json
import signal
import sys
import time
from pathlib import Path

from . import scoreboard, tools

ATTACKS = 5


def main() -> int:
    verb, path, *rest = sys.argv[1:]
    record = Path(path)
    signal.signal(signal.SIGTERM, terminated)
    try:
        if verb == "guard":
            return guard(record, float(rest[0]))
        if verb == "repair":
            return repair(record, rest)
        team, envelope, seed = rest
        return drill(record, team, Path(envelope), seed)
    except tools.Failed as error:
        return error.status
    except tools.Terminated:
        return 143
    except KeyboardInterrupt:
        return 130


def terminated(_signal: int, _frame: object) -> None:
    raise tools.Terminated


def repair(record: Path, options: list[str]) -> int:
    begun = time.time()
    before = tools.sweep(record)
    tell(before)
    repaired = max(tools.repair(record, options).values())
    if "--dry-run" in options:
        return 0
    healthy = tools.canary(record)
    print(clock(begun, before.ended, repaired, healthy))
    return 0


def drill(record: Path, team: str, envelope: Path, seed: str) -> int:
    print(f"drill: {ATTACKS} attacks of seed {seed} on the team {team}", flush=True)
    choice = ["--random", "--seed", seed, "--count", str(ATTACKS), "--envelope", str(envelope), "--yes"]
    sealed = tools.attack(record, team, choice)
    print(f"drill: envelope {envelope}, SHA-256 {sealed['sha256'][:16]}…", flush=True)
    begun = time.time()
    before = tools.sweep(record)
    tell(before)
    repaired = tools.repair(record, ["--yes", "--quiet"])
    for tool, at in repaired.items():
        print(f"{tool}: repaired after {at - begun:.1f} s", flush=True)
    healthy = tools.canary(record)
    print(f"canary: healthy after {healthy - begun:.1f} s", flush=True)
    after = tools.sweep(record)

    content = envelope.read_bytes()
    if hashlib.sha256(content).hexdigest() != sealed["sha256"]:
        print("drill: the envelope is not the one that was sealed", file=sys.stderr)
        return 1
    scores = scoreboard.scores(json.loads(content), before, after, repaired)
    print("\n" + "\n".join(scoreboard.table(score.cells() for score in scores)) + "\n")
    found = sum(score.found is not None for score in scores)
    mended = sum(score.mended is not None for score in scores)
    print(f"{len(scores)} attacks, {found} found, {mended} mended; {after.count()} findings left")
    print(clock(begun, before.ended, max(repaired.values()), healthy))
    return 0 if found == mended == len(scores) and not after.count() else 1


def guard(record: Path, seconds: float) -> int:
    """A line a round. What is wrong is told, and the guard goes on; to be told to stop is its end, and no failure."""
    try:
        while True:
            begun = time.time()
            sweep = tools.sweep(record)
            tell(sweep)
            try:
                canary = f"canary healthy {tools.canary(record) - sweep.ended:.1f} s"
            except tools.Failed as error:
                canary = f"canary failed ({error})"
            moment = time.strftime("%H:%M:%S", time.localtime(begun))
            print(f"{moment} {sweep.count()} findings {sweep.ended - begun:.1f} s, {canary}", flush=True)
            time.sleep(max(0.0, begun + seconds - time.time()))
    except KeyboardInterrupt:
        return 0


def tell(sweep: tools.Sweep) -> None:
    for tool, findings in sweep.findings.items():
        for one in findings:
            print(f"{tool}: {one['severity']}: {scoreboard.words(one)}{scoreboard.stranger(one)}", flush=True)


def clock(begun: float, detected: float, repaired: float, healthy: float) -> str:
    return (
        f"{detected - begun:.1f} s to detect, {repaired - begun:.1f} s to repair, "
        f"{healthy - begun:.1f} s to proven healthy"
    )


if __name__ == "__main__":
    sys.exit(main())
