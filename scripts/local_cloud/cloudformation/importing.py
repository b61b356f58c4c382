"""Importing: a stack of resources that exist already.

What the service asks of it: CloudFormation User Guide, "Import AWS resources into a CloudFormation stack".
"""

from __future__ import annotations

from typing import Any

from . import errors
from .clients import Caller
from .creation import failed_list
from .operation import Operation, StackFailure, reason_of
from .plan import Plan
from .resources.request import ResourceFailure
from .stack import Resource, Stack
from .store import Store


def identifiers(asked: list[dict[str, Any]], plan: Plan) -> dict[str, dict[str, str]]:
    """How each resource of the template is found, by its logical id."""
    found = {item["LogicalResourceId"]: dict(item["ResourceIdentifier"]) for item in asked}
    # A new stack cannot make resources in the same operation.
    if unknown := sorted(plan.definitions.keys() ^ found.keys()):
        raise errors.validation(
            f"Resources [{', '.join(unknown)}] are in the template or to be imported, but not both."
        )
    if bare := sorted(name for name, item in plan.definitions.items() if "DeletionPolicy" not in item):
        raise errors.validation(f"Resources to import [{', '.join(bare)}] have no DeletionPolicy.")
    return found


def physical_id(identifier: dict[str, str]) -> str:
    return "|".join(identifier.values())


class Import(Operation):
    failed_status = "IMPORT_ROLLBACK_COMPLETE"

    def __init__(
        self, store: Store, stack: Stack, caller: Caller, plan: Plan, identifiers: dict[str, dict[str, str]]
    ) -> None:
        super().__init__(store, stack, caller)
        self.plan = plan
        self._identifiers = identifiers

    def run(self) -> None:
        try:
            if self.forward(self.plan, self._take_in):
                raise StackFailure(failed_list(self.stack, "import", "IMPORT_FAILED"))
        except StackFailure as failure:
            self._give_back(str(failure))
            return
        self.stack.enter("IMPORT_COMPLETE")

    def _take_in(self, name: str) -> bool:
        definition = self.plan.definitions[name]
        resource = Resource(name, definition["Type"], definition)
        with self.stack.lock:
            self.stack.resources[name] = resource
        resource.properties, resource.tags = self.evaluated(self.plan, name)
        self.stack.mark(resource, "IMPORT_IN_PROGRESS", "Resource import started.")
        request = self.request(resource, resource.properties, resource.tags, lambda _: None)
        try:
            resource.physical_id = self._free(physical_id(self._identifiers[name]))
            self.handler(resource).take_in(request)
        except Exception as error:
            resource.physical_id = ""
            self.stack.mark(resource, "IMPORT_FAILED", reason_of(error, request.token, False))
            return False
        self.stack.mark(resource, "IMPORT_COMPLETE", "Resource import completed.")
        return True

    def _free(self, physical_id: str) -> str:
        """A resource can be of one stack only."""
        for stack in self.store.all():
            if any(item.physical_id == physical_id for item in stack.live_resources()):
                raise ResourceFailure(f"{physical_id} already exists in stack {stack.id}")
        return physical_id

    def _give_back(self, reason: str) -> None:
        """The resources stay as they are, and are the stack's no longer."""
        self.stack.enter("IMPORT_ROLLBACK_IN_PROGRESS", reason)
        self.pause()
        with self.stack.lock:
            self.stack.resources.clear()
            self.stack.enter("IMPORT_ROLLBACK_COMPLETE")
