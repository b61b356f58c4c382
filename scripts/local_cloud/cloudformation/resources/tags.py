"""Tags in the shapes of the APIs."""

from __future__ import annotations

from typing import Any

from .request import Request


def pairs(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def specification(kind: str, tags: dict[str, str]) -> dict[str, Any]:
    """EC2's TagSpecifications, absent when there is nothing to say."""
    if not tags:
        return {}
    return {"TagSpecifications": [{"ResourceType": kind, "Tags": pairs(tags)}]}


def difference(request: Request) -> tuple[dict[str, str], list[str]]:
    """The tags to set and the keys to remove."""
    before, after = request.resource.tags, request.tags
    put = {key: value for key, value in after.items() if before.get(key) != value}
    return put, [key for key in before if key not in after]


def update_ec2(request: Request, resource_ids: list[str]) -> None:
    ec2 = request.client("ec2")
    put, gone = difference(request)
    if put:
        ec2.create_tags(Resources=resource_ids, Tags=pairs(put))
    if gone:
        ec2.delete_tags(Resources=resource_ids, Tags=[{"Key": key} for key in gone])
