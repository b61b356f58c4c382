"""All stacks of an account in a region. It lives and dies with moto's backend."""

from __future__ import annotations

import os
import threading
from typing import Any

from moto.cloudformation.models import CloudFormationBackend, cloudformation_backends

from . import errors
from .stack import Stack

_ATTRIBUTE = "_local_cloud_stacks"
_LOCK = threading.Lock()


class Store:
    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.closed = threading.Event()
        self._stacks: dict[str, Stack] = {}

    def add(self, stack: Stack) -> None:
        with self.lock:
            self._stacks[stack.id] = stack

    def remove(self, stack: Stack) -> None:
        with self.lock:
            self._stacks.pop(stack.id, None)

    def all(self) -> list[Stack]:
        """Every stack, the deleted too, newest first."""
        with self.lock:
            return list(self._stacks.values())[::-1]

    def live(self) -> list[Stack]:
        return [stack for stack in self.all() if not stack.is_deleted]

    def find(self, name_or_id: str) -> Stack | None:
        """A live stack by name, any stack by id."""
        with self.lock:
            found = self._stacks.get(name_or_id)
        if found is not None:
            return found
        return next((stack for stack in self.live() if stack.name == name_or_id), None)

    def get(self, name_or_id: str) -> Stack:
        found = self.find(name_or_id)
        if found is None:
            raise errors.stack_id_missing(name_or_id)
        return found

    def exports(self) -> list[dict[str, str]]:
        return [
            {
                "ExportingStackId": stack.id,
                "Name": output["ExportName"],
                "Value": output["OutputValue"],
            }
            for stack in self.live()
            for output in stack.outputs
            if "ExportName" in output
        ]

    def import_value(self, name: str) -> str:
        for export in self.exports():
            if export["Name"] == name:
                return export["Value"]
        raise errors.validation(f"No export named {name} found.")

    def importers(self, name: str) -> list[str]:
        """The names of the stacks that use an export."""
        return [stack.name for stack in self.live() if name in stack.imports]

    def close(self) -> None:
        self.closed.set()
        for stack in self.all():
            if stack.operation is not None:
                stack.operation.stop()


def store_of(account: str, region: str) -> Store:
    backend: Any = cloudformation_backends[account][region]
    with _LOCK:
        found: Store | None = backend.__dict__.get(_ATTRIBUTE)
        if found is None:
            found = backend.__dict__[_ATTRIBUTE] = Store()
        return found


def existing(backend: CloudFormationBackend) -> Store | None:
    return backend.__dict__.get(_ATTRIBUTE)


def pace() -> float:
    """Seconds of a phase in which the real service only thinks.

    A quarter of the cloud's pending time: a change set has two such phases, a
    stack's start and end one each.
    """
    return float(os.environ.get("AIL_CLOUD_PENDING", "2")) / 4
