"""Terraform's time from damage to repair: that of `apply`, and what it cannot do alone."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from .contenders import Unprepared, initialise
from .damages import Damage


@dataclass(frozen=True)
class Applied:
    seconds: float
    error: str | None = None


@dataclass(frozen=True)
class Recovery:
    alone: Applied
    helped: Applied | None = None
    """Once a person has done what it needed; None where it needed nothing."""


def build(place: Path) -> None:
    """The network, the queues and the group in this directory. Its environment becomes this program's."""
    if shutil.which("terraform") is None:
        raise Unprepared("not on the PATH")
    place.mkdir()
    environment = dict(os.environ)
    initialise(place, environment, "main.tf", "workers.tf")
    os.environ.update(environment)
    _applied(place)


def recover(place: Path, damage: Damage) -> Recovery:
    damage.same()
    if damage.remedy is None:
        return Recovery(_applied(place))
    alone = _apply(place)
    if alone.error is None:
        return Recovery(alone)
    damage.remedy.do()
    return Recovery(alone, _applied(place))


def _applied(place: Path) -> Applied:
    done = _apply(place)
    if done.error is not None:
        sys.exit(f"bench: terraform apply: {done.error}")
    return done


def _apply(place: Path) -> Applied:
    begun = time.time()
    line = ["terraform", "apply", "-auto-approve", "-input=false", "-no-color"]
    ended = subprocess.run(line, cwd=place, capture_output=True, text=True)
    return Applied(time.time() - begun, _said(ended.stderr) if ended.returncode != 0 else None)


def _said(stderr: str) -> str:
    """The first error, without the frame around it."""
    lines = (line.strip("│╷╵ ") for line in stderr.splitlines())
    return next((line for line in lines if line.startswith("Error:")), stderr[-2000:])
