"""Time from damage to proven healthy, beside `terraform apply`, on the same endpoint.

    python -m bench.recovery [--rounds N]

Ours is a whole GameDay with a worker that works; it is attacked by `gd-attack`, and is healthy when a canary's montage
is there. Terraform's is the network and queues of `peers/main.tf` and the group of `peers/workers.tf`, damaged in the
same way by boto3; it is done when `terraform apply` is, and nothing proves it. Where that ends with an error, it is
told what a person has to do first. The cloud's minutes are minutes: a deleted queue's name is not free before.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import textwrap
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from recovery import tools

from . import terraform
from .contenders import Unprepared
from .damages import DAMAGES, Damage

HERE = Path(__file__).parent
CLOUD = HERE.parent / "cloud"
TEAM = "bench"


@dataclass(frozen=True)
class Times:
    detected: float
    repaired: float
    healthy: float


def main() -> None:
    parser = argparse.ArgumentParser(description="Time from damage to proven healthy.")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with cloud() as directory, picture():
        record = directory / "gameday.json"
        build(record)
        place, missing = directory / "terraform", None
        try:
            terraform.build(place)
        except Unprepared as error:
            missing = str(error)
        print(f"task      from the damage to health, {options.rounds} rounds in turn; load {load()}")
        ours: dict[str, list[Times]] = {}
        theirs: dict[str, list[terraform.Recovery]] = {}
        for _ in range(options.rounds):
            for damage in DAMAGES:
                ours.setdefault(damage.name, []).append(recover(record, damage))
                if missing is None:
                    theirs.setdefault(damage.name, []).append(terraform.recover(place, damage))
        tell(ours, theirs)
        for damage in DAMAGES:
            tell_of_errors(damage, theirs.get(damage.name, []))
        if missing is not None:
            print(f"  not run: Terraform: {missing}")
        print(f"load      {load()}")


@contextmanager
def cloud() -> Iterator[Path]:
    os.environ.update({"AIL_CLOUD_NAME": f"bench-recovery-{os.getpid()}", "AIL_CLOUD_PORT": "0", "AIL_TEAM": TEAM})
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
        os.environ.pop(name, None)
    with tempfile.TemporaryDirectory(prefix="bench-recovery-") as directory:
        subprocess.run([CLOUD, "up"], check=True, stderr=subprocess.DEVNULL)
        try:
            told = subprocess.run([CLOUD, "env"], check=True, stdout=subprocess.PIPE, text=True).stdout
            for line in told.splitlines():
                name, _, value = line.removeprefix("export ").partition("=")
                os.environ[name] = value.strip("'")
            # Terraform's have the usual names.
            for queue in ("input", "output", "dead-letter"):
                os.environ[f"GD_{queue.replace('-', '_').upper()}_QUEUE"] = f"{queue}-{TEAM}"
            os.environ["XDG_STATE_HOME"] = directory
            os.environ["AIL_SSH_CIDR"] = "127.0.0.1/32"
            os.environ["AIL_SOURCE_NAME"] = "debian-12-amd64-*"
            os.environ["AIL_SOURCE_OWNER"] = "136693071363"
            yield Path(directory)
        finally:
            subprocess.run([CLOUD, "down"], check=True, stderr=subprocess.DEVNULL)


@contextmanager
def picture() -> Iterator[None]:
    """A site that workers reach, as there is one on the internet; workers ask public addresses only."""
    with subprocess.Popen([HERE.parent / "pictures"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as site:
        place = {"address": "93.184.215.14", "port": 80, "host_port": int(site.stdout.readline())}
        url = f"{os.environ['AWS_ENDPOINT_URL']}/ail-cloud/sites"
        urllib.request.urlopen(url, json.dumps(place).encode()).close()
        os.environ["GD_CANARY_IMAGE"] = "http://93.184.215.14/canary.png"
        yield
        site.stdin.close()


def build(record: Path) -> None:
    line = f"gd-vpc up -q < /dev/null | gd-queue up -q | gd-fleet up -q > {record}"
    subprocess.run(["bash", "-o", "pipefail", "-c", line], check=True)
    tools.canary(record)


def recover(record: Path, damage: Damage) -> Times:
    tools.attack(record, TEAM, [damage.attack, "--yes"])
    begun = time.time()
    sweep = tools.sweep(record)
    if not sweep.count():
        sys.exit(f"bench: {damage.attack} is not found")
    repaired = max(tools.repair(record, ["--yes", "--quiet"]).values())
    healthy = tools.canary(record)
    return Times(sweep.ended - begun, repaired - begun, healthy - begun)


def tell(ours: dict[str, list[Times]], theirs: dict[str, list[terraform.Recovery]]) -> None:
    heads = ("detected", "repaired", "proven healthy", "terraform apply")
    print(f"\n  {'':20}" + "".join(f"{head:>18}" for head in heads))
    for name, runs in ours.items():
        columns = [[getattr(run, column) for run in runs] for column in ("detected", "repaired", "healthy")]
        cells = [f"{statistics.median(column):.1f} s" for column in columns]
        cells.append(of_terraform(theirs[name]) if name in theirs else "not run")
        print(f"  {name:20}" + "".join(f"{cell:>18}" for cell in cells))
    print()


def of_terraform(runs: list[terraform.Recovery]) -> str:
    if any(run.helped for run in runs):
        return "error, see below"
    return f"{statistics.median(run.alone.seconds for run in runs):.1f} s"


def tell_of_errors(damage: Damage, runs: list[terraform.Recovery]) -> None:
    stuck = [(run.alone, run.helped) for run in runs if run.helped]
    if not stuck or damage.remedy is None:
        return
    alone, helped = (statistics.median(applied.seconds for applied in these) for these in zip(*stuck, strict=True))
    print(f"  Terraform and {damage.name}: in {len(stuck)} of {len(runs)} rounds apply ended after {alone:.1f} s with")
    error = textwrap.fill(f"{stuck[-1][0].error}", 112, break_on_hyphens=False, break_long_words=False)
    print(textwrap.indent(error, "    "))
    print(f"  Once {damage.remedy.done} by hand, applying it again takes {helped:.1f} s more.\n")


def load() -> str:
    return " ".join(f"{value:.2f}" for value in os.getloadavg())


if __name__ == "__main__":
    main()
