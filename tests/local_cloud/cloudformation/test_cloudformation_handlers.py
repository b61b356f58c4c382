"""What the real CloudFormation reads of what it makes, by the registry; the local cloud does not ask for it."""

from __future__ import annotations

import json
import re

import pytest
from local_cloud.cloudformation import registry
from stacks import REPOSITORY, TEMPLATES

MADE = re.findall(r"^    Type: (AWS::EC2::(?:Instance|SecurityGroup))$", (TEMPLATES / "ec2.yaml").read_text(), re.M)


def allowed() -> set[str]:
    policy = json.loads((REPOSITORY / "tools" / "ail-stack" / "policies" / "release.json").read_text())
    actions = (statement["Action"] for statement in policy["Statement"])
    return {action for listed in actions for action in ([listed] if isinstance(listed, str) else listed)}


def read_by_handlers(kind: str) -> set[str]:
    handlers = registry.schema(kind)["handlers"]
    asked = {action for verb in ("create", "read", "delete") for action in handlers[verb]["permissions"]}
    return {action for action in asked if action.split(":")[1].startswith(("Describe", "Get", "List"))}


@pytest.mark.parametrize("kind", MADE)
def test_the_release_may_read_what_the_handlers_of_its_stack_read(kind: str) -> None:
    read = read_by_handlers(kind)
    assert read and read <= allowed()


def test_the_stack_of_a_release_has_these_two() -> None:
    assert sorted(MADE) == ["AWS::EC2::Instance", "AWS::EC2::SecurityGroup"]
