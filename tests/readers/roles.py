"""Take a role, and others that lack one of its actions each.

    python roles.py ROLE_ARN [ACTION...]

Prints an object: the credentials of the role itself as `whole`, and those of a role without ACTION under that name.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import boto3

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}],
}


def lists(statement: dict[str, Any]) -> dict[str, Any]:
    action = statement["Action"]
    return {**statement, "Action": action if isinstance(action, list) else [action]}


def without(statements: list[dict[str, Any]], action: str) -> list[dict[str, Any]]:
    kept = [{**one, "Action": [other for other in one["Action"] if other != action]} for one in statements]
    if kept == statements:
        sys.exit(f"the role has no action {action}")
    return [one for one in kept if one["Action"]]


def taken(arn: str) -> dict[str, str]:
    held = boto3.client("sts").assume_role(RoleArn=arn, RoleSessionName="least-privilege")["Credentials"]
    return {
        "AWS_ACCESS_KEY_ID": held["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": held["SecretAccessKey"],
        "AWS_SESSION_TOKEN": held["SessionToken"],
    }


def main(arn: str, actions: list[str]) -> None:
    iam = boto3.client("iam")
    role = arn.rsplit("/", 1)[-1]
    (name,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
    policy = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
    statements = [lists(statement) for statement in policy["Statement"]]
    found = {"whole": taken(arn)}
    for action in actions:
        lesser = "without-" + action.replace(":", "-")
        made = iam.create_role(RoleName=lesser, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
        document = {**policy, "Statement": without(statements, action)}
        iam.put_role_policy(RoleName=lesser, PolicyName=name, PolicyDocument=json.dumps(document))
        found[action] = taken(made)
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
