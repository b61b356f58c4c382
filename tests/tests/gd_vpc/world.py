"""What boto3, not our own code, reads and does: `counts TEAM`, or `call JSON`, a list of [operation, arguments]."""

from __future__ import annotations

import json
import sys

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
    return [getattr(ec2, operation)(**arguments) for operation, arguments in json.loads(calls)]


if __name__ == "__main__":
    verb, argument = sys.argv[1:]
    print(json.dumps({"counts": counts, "call": call}[verb](argument), default=str))
