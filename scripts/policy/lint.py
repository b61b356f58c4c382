"""What is wrong with a policy: by parliament, and by what it does not look for."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import parliament

# A template's variables as they are once a stack is there. AWS's own are of every ARN; the others are the templates'.
VALUES = {
    "AWS::AccountId": "123456789012",
    "AWS::Partition": "aws",
    "AWS::Region": "eu-central-1",
    "Bucket.Arn": "arn:aws:s3:::images",
    "BucketName": "images",
    "DistributionId": "E2QWRUHAPOMQZL",
    "LogGroup.Arn": "arn:aws:logs:eu-central-1:123456789012:log-group:builds:*",
    "PasswordSecretArn": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:password-AbCdEf",
    "RoleName": "image-export",
    "SigningSecretArn": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:signing-AbCdEf",
    "SourceSecretArn": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:source-AbCdEf",
}
# Statements that are let be as they are, and why.
EXPLAINED = {
    "image-export.json": {
        "Look": "which of them EC2 calls is not told: the role that it wants has all of them"
        ' (VM Import/Export User Guide, "Required service role")',
    },
}


def findings(path: Path) -> Iterator[str]:
    text = re.sub(r"\$\{([^}]+)\}", lambda found: VALUES[found[1]], path.read_text())
    document = json.loads(text)
    explained = EXPLAINED.get(path.name, {})
    looked_at = [statement for statement in document["Statement"] if statement["Sid"] not in explained]
    judged = json.dumps({**document, "Statement": looked_at})
    for finding in parliament.analyze_policy_string(judged).findings:
        if finding.issue != "RESOURCE_MISMATCH" or not _elsewhere(finding.detail, document["Statement"]):
            yield str(finding)
    for statement in looked_at:
        for finding in _of_statement(statement):
            yield f"{statement['Sid']}: {finding}"


def _elsewhere(missing: list[dict[str, str]], statements: list[dict[str, Any]]) -> bool:
    """Whether what one statement leaves out stands in others: what is made, and what it is made of, differ in tags."""
    return all(
        any(
            one["action"] in _list(statement["Action"]) and parliament.is_glob_match(one["required_format"], resource)
            for statement in statements
            for resource in _list(statement["Resource"])
        )
        for one in missing
    )


def _of_statement(statement: dict[str, Any]) -> Iterator[str]:
    actions, resources = _list(statement["Action"]), _list(statement["Resource"])
    if "*" in resources:
        for action in actions:
            if any(_resource_types(name) for name in _expanded(action)):
                yield f"{action} knows resources: name those that are meant, not *"
    for action in actions:
        if "*" in action and not action.split(":")[1].startswith(("Describe", "Get", "List")):
            yield f"{action} allows more than what is read: name each action"
        if not _expanded(action):
            yield f"there is no action {action}"
    if "iam:PassRole" in actions:
        conditions = json.dumps(statement.get("Condition", {}))
        if "iam:PassedToService" not in conditions:
            yield "iam:PassRole wants the condition iam:PassedToService"
    if list(actions) != sorted(actions):
        yield "the actions are not in their order"


def _expanded(action: str) -> list[str]:
    found = parliament.expand_action(action, raise_exceptions=False)
    return [f"{one['service']}:{one['action']}" for one in found]


def _resource_types(action: str) -> list[str]:
    """Those that a policy has to name for it: AWS marks them with a star (Service Authorization Reference)."""
    return [kind for kind in _known().get(action.lower(), []) if kind.endswith("*")]


@functools.cache
def _known() -> dict[str, list[str]]:
    return {
        f"{service['prefix']}:{privilege['privilege']}".lower(): [
            kind["resource_type"] for kind in privilege["resource_types"]
        ]
        for service in parliament.iam_definition
        for privilege in service["privileges"]
    }


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
