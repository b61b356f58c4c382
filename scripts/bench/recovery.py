"""Time from damage to proven healthy, beside `terraform apply` for what it can express, on the same endpoint.

    python -m bench.recovery [--rounds N]

Ours is a whole GameDay with a worker that works; it is attacked by `gd-attack`, and is healthy when a canary's montage
is there. Terraform's is its network and queues of `peers/main.tf`, damaged in the same way by boto3; it is done when
`terraform apply` is. The cloud's minutes are minutes: a deleted queue's name is not free before.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import boto3
from recovery import tools

from .contenders import Unprepared, initialise

HERE = Path(__file__).parent
CLOUD = HERE.parent / "cloud"
TEAM = "bench"


@dataclass(frozen=True)
class Damage:
    name: str
    attack: str
    """Of ours."""
    same: Callable[[], None] | None = None
    """The same to Terraform's, where that has something like it."""


@dataclass(frozen=True)
class Times:
    detected: float
    repaired: float
    healthy: float


def of_terraform(kind: str, *, vpc: str) -> str:
    """The id of something in the VPC of Terraform's, which has no team."""
    ec2 = boto3.client("ec2")
    if kind == "table":
        tables = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["RouteTables"]
        return next(
            table["RouteTableId"] for table in tables if any(route.get("NatGatewayId") for route in table["Routes"])
        )
    groups = ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["SecurityGroups"]
    return next(group["GroupId"] for group in groups if group["GroupName"] == "bench")


def its_vpc() -> str:
    named = [{"Name": "tag:Name", "Values": ["vpc"]}]
    vpcs = boto3.client("ec2").describe_vpcs(Filters=named)["Vpcs"]
    return next(vpc["VpcId"] for vpc in vpcs if not any(tag["Key"] == "gd:team" for tag in vpc["Tags"]))


def delete_route() -> None:
    table = of_terraform("table", vpc=its_vpc())
    boto3.client("ec2").delete_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0")


def empty_group() -> None:
    ec2, group = boto3.client("ec2"), of_terraform("group", vpc=its_vpc())
    rules = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["IpPermissions"]
    ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=rules)


def delete_queue() -> None:
    sqs = boto3.client("sqs")
    sqs.delete_queue(QueueUrl=sqs.get_queue_url(QueueName="input")["QueueUrl"])


DAMAGES = (
    Damage("a deleted route", "private-route-deleted", delete_route),
    Damage("an emptied group", "nat-group-emptied", empty_group),
    Damage("a deleted queue", "input-deleted", delete_queue),
    Damage("a suspended group", "group-suspended"),
    Damage("a replaced image", "image-replaced"),
)


def main() -> None:
    parser = argparse.ArgumentParser(description="Time from damage to proven healthy.")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with cloud() as directory, picture():
        record = directory / "gameday.json"
        build(record)
        place, missing = directory / "terraform", None
        try:
            place.mkdir()
            initialise_and_apply(place)
        except Unprepared as error:
            missing = str(error)
        print(f"task      from the damage to health, {options.rounds} rounds in turn; load {load()}")
        ours: dict[str, list[Times]] = {}
        theirs: dict[str, list[float]] = {}
        for _ in range(options.rounds):
            for damage in DAMAGES:
                ours.setdefault(damage.name, []).append(recover(record, damage))
                if damage.same is not None and missing is None:
                    damage.same()
                    theirs.setdefault(damage.name, []).append(apply(place))
        tell(ours, theirs)
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
    tools.attack(record, [damage.attack, "--yes"])
    begun = time.time()
    sweep = tools.sweep(record)
    if not sweep.count():
        sys.exit(f"bench: {damage.attack} is not found")
    repaired = max(tools.repair(record, ["--yes", "--quiet"]).values())
    healthy = tools.canary(record)
    return Times(sweep.ended - begun, repaired - begun, healthy - begun)


def initialise_and_apply(place: Path) -> None:
    if shutil.which("terraform") is None:
        raise Unprepared("not on the PATH")
    environment = dict(os.environ)
    initialise(place, environment)
    os.environ.update(environment)
    apply(place)


def apply(place: Path) -> float:
    begun = time.time()
    line = ["terraform", "apply", "-auto-approve", "-input=false", "-no-color"]
    ended = subprocess.run(line, cwd=place, capture_output=True, text=True)
    if ended.returncode != 0:
        sys.exit(f"bench: terraform ended with {ended.returncode}: {ended.stderr[-2000:]}")
    return time.time() - begun


def tell(ours: dict[str, list[Times]], theirs: dict[str, list[float]]) -> None:
    heads = ("detected", "repaired", "proven healthy", "terraform apply")
    print(f"\n  {'':20}" + "".join(f"{head:>18}" for head in heads))
    for name, runs in ours.items():
        columns = [[getattr(run, column) for run in runs] for column in ("detected", "repaired", "healthy")]
        cells = [f"{statistics.median(column):.1f} s" for column in columns]
        cells.append(f"{statistics.median(theirs[name]):.1f} s" if name in theirs else "-")
        print(f"  {name:20}" + "".join(f"{cell:>18}" for cell in cells))
    print()


def load() -> str:
    return " ".join(f"{value:.2f}" for value in os.getloadavg())


if __name__ == "__main__":
    main()
