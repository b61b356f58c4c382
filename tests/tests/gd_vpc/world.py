"""What boto3, not our own code, reads and does: `counts TEAM`, or `call JSON`, a list of [operation, arguments].

An operation is EC2's, or another service's with its name before it (`iam.create_role`); `wait.NAME` is a waiter of EC2.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import boto3

ec2 = boto3.client("ec2")

KINDS = {
    "vpcs": (ec2.describe_vpcs, "Vpcs"),
    "subnets": (ec2.describe_subnets, "Subnets"),
    "gateways": (ec2.describe_internet_gateways, "InternetGateways"),
    "tables": (ec2.describe_route_tables, "RouteTables"),
    "groups": (ec2.describe_security_groups, "SecurityGroups"),
    "addresses": (ec2.describe_addresses, "Addresses"),
    "keys": (ec2.describe_key_pairs, "KeyPairs"),
}


def counts(team: str) -> dict[str, int]:
    of_team = [{"Name": "tag:gd:team", "Values": [team]}]
    found = {name: len(describe(Filters=of_team)[member]) for name, (describe, member) in KINDS.items()}
    reservations = ec2.describe_instances(Filters=of_team)["Reservations"]
    states = [one["State"]["Name"] for reservation in reservations for one in reservation["Instances"]]
    return found | {"instances": sum(state != "terminated" for state in states)}


def call(calls: str) -> list[object]:
    return [one(operation, arguments) for operation, arguments in json.loads(calls)]


def one(operation: str, arguments: dict[str, Any]) -> object:
    service, _, name = operation.rpartition(".")
    if service == "wait":
        return ec2.get_waiter(name).wait(WaiterConfig={"Delay": 1, "MaxAttempts": 120}, **arguments)
    client = boto3.client(service) if service else ec2
    return getattr(client, name)(**arguments)


if __name__ == "__main__":
    verb, argument = sys.argv[1:]
    print(json.dumps({"counts": counts, "call": call}[verb](argument), default=str))
