"""Time `up` at 50 ms a call, beside others that build the same on the same endpoint.

    python -m bench.up [--rounds N] [--slow-rounds N] [--latency SECONDS] [--timeline]

Each run begins with an empty account. The contenders take turns, so that what else the machine does meets all of them.
What the wall time is held against is the longest chain of calls that depend on one another, read off what was said.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import boto3

from .chain import Call, longest_chain
from .contenders import Contender, Unprepared, others, own
from .recording import recording

GOAL = 1.2
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_REGION": "eu-central-1",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}
# moto imports in about 1.5 s on a quiet core; a loaded machine with two takes ten times that.
START_SECONDS = 60


@dataclass(frozen=True)
class Run:
    wall: float
    calls: list[Call]
    by_data: list[Call]
    with_order: list[Call]


def main() -> None:
    parser = argparse.ArgumentParser(description="Time `up` beside others that build the same.")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--slow-rounds", type=int, default=2)
    parser.add_argument("--latency", type=float, default=0.05)
    parser.add_argument("--timeline", action="store_true", help="show the calls of one run of each tool, and end")
    options = parser.parse_args()
    os.environ.update(CREDENTIALS)
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL"):
        os.environ.pop(name, None)
    if options.timeline:
        for contender in own()[:2]:
            timeline(contender.name, run(contender, options.latency))
        return
    rivals, missing = others()
    print("task      a network with NAT gateway and bastion, three queues and a bucket, from nothing")
    print(f"latency   {options.latency * 1000:.0f} ms a call, in which the local cloud's own time is contained")
    print(f"rounds    {options.rounds} in turn, {options.slow_rounds} of the slow ones; load {load()}")
    runs: dict[str, list[Run]] = {}
    for turn in range(max(options.rounds, options.slow_rounds)):
        for contender in own() + rivals:
            if turn >= (options.slow_rounds if contender.slow else options.rounds):
                continue
            try:
                runs.setdefault(contender.name, []).append(run(contender, options.latency))
            except Unprepared as error:
                missing.append(f"{contender.name}: {error}")
                rivals.remove(contender)
    tell({name: those for name, those in runs.items() if those}, options.latency)
    for line in missing:
        print(f"  not run: {line}")
    print(f"load      {load()}")


def run(contender: Contender, latency: float) -> Run:
    with (
        tempfile.TemporaryDirectory(prefix="bench-up-") as directory,
        endpoint(Path(directory)) as target,
        recording(target, latency) as proxy,
    ):
        place = Path(directory) / "work"
        place.mkdir()
        environment = {
            **os.environ,
            "AWS_ENDPOINT_URL": proxy.url,
            "XDG_STATE_HOME": directory,
            "AIL_SOURCE_NAME": "debian-12-amd64-*",
            "AIL_SOURCE_OWNER": "136693071363",
            "AIL_SSH_CIDR": "127.0.0.1/32",
        }
        contender.prepare(place, environment)
        started = time.monotonic()
        ended = subprocess.run(
            ["bash", "-o", "pipefail", "-c", contender.command],
            cwd=place,
            env=environment,
            capture_output=True,
            text=True,
        )
        wall = time.monotonic() - started
        if ended.returncode != 0:
            sys.exit(
                f"bench: {contender.name} ended with {ended.returncode}: {ended.stdout[-2000:]}{ended.stderr[-2000:]}"
            )
        calls = list(proxy.calls)
    return Run(wall, calls, longest_chain(calls, order=False), longest_chain(calls, order=True))


@contextmanager
def endpoint(directory: Path) -> Iterator[str]:
    """A cloud of its own for each run, warm: moto loads what it knows of a service at its first call."""
    base, log = directory / "base", directory / "log"
    base.mkdir()
    line = [sys.executable, "-m", "bench.endpoint", "--base-image", str(base)]
    with log.open("w") as output:
        server = subprocess.Popen(line, stdout=output, stderr=output)
    try:
        deadline = time.monotonic() + START_SECONDS
        while not (port := directory / "port").exists():
            if server.poll() is not None or time.monotonic() > deadline:
                sys.exit(f"bench: the endpoint did not start: {log.read_text()}")
            time.sleep(0.05)
        url = f"http://127.0.0.1:{port.read_text()}"
        warm(url)
        yield url
    finally:
        server.terminate()
        server.wait()


def warm(url: str) -> None:
    ec2, sqs, s3, sts = (boto3.client(name, endpoint_url=url) for name in ("ec2", "sqs", "s3", "sts"))
    ec2.describe_images(Owners=["136693071363"])
    ec2.describe_instance_type_offerings(LocationType="availability-zone")
    ec2.describe_vpcs()
    sqs.list_queues()
    s3.list_buckets()
    sts.get_caller_identity()


def tell(runs: dict[str, list[Run]], latency: float) -> None:
    whole = statistics.median(run.wall for run in runs["gd-vpc up | gd-queue up"])
    print(f"\n  {'':30}{'wall: median (least … most)':>32}{'ratio':>8}{'calls':>8}")
    for name, those in runs.items():
        walls = [run.wall for run in those]
        spread = f"{statistics.median(walls):.2f} s ({min(walls):.2f} … {max(walls):.2f})"
        calls = statistics.median_low(len(run.calls) for run in those)
        print(f"  {name:30}{spread:>32}{statistics.median(walls) / whole:>8.2f}{calls:>8}")
    print("\n  the wall time over that of the longest chain of dependent calls")
    for name in ("gd-vpc up", "gd-queue up"):
        those = sorted(runs[name], key=lambda run: run.wall)
        run = those[len(those) // 2]
        for kind, chain in (("by data", run.by_data), ("with order", run.with_order)):
            over = run.wall / (len(chain) * latency)
            goal = f", goal {GOAL} {'met' if over <= GOAL else 'MISSED'}" if kind == "with order" else ""
            print(f"  {name}, {kind}: {over:.2f}{goal}; {len(chain)} calls, {len(chain) * latency:.2f} s:")
            print(textwrap.indent(textwrap.fill(" → ".join(call.name for call in chain), 112), "    "))


def timeline(name: str, run: Run) -> None:
    print(f"{name}: {run.wall:.3f} s; those of the longest chain, with order, are marked")
    calls = sorted(run.calls, key=lambda call: call.started)
    for call in calls:
        begun, ended = (f"{(moment - calls[0].started) * 1000:5.0f}" for moment in (call.started, call.ended))
        print(f"  {'*' if call in run.with_order else ' '} {begun} …{ended} ms  {call.name}")


def load() -> str:
    return " ".join(f"{value:.2f}" for value in os.getloadavg())


if __name__ == "__main__":
    main()
