"""Importing: a stack of resources that exist already.

What the service asks of it: CloudFormation User Guide, "Import AWS resources into a CloudFormation stack".
"""

from __future__ import annotations

from typing import Any

from moto.cloudformation.exceptions import CloudFormationError

from . import errors
from .changes import changes
from .clients import Caller
from .creation import failed_list
from .intrinsics import normal
from .operation import Operation, StackFailure, reason_of
from .plan import Plan
from .resources.request import ResourceFailure
from .stack import Resource, Stack
from .store import Store
from .template import Template

# States from which a stack can take something in; one that was only planned has nothing yet.
IMPORTABLE = {
    "CREATE_COMPLETE",
    "IMPORT_COMPLETE",
    "IMPORT_ROLLBACK_COMPLETE",
    "REVIEW_IN_PROGRESS",
    "UPDATE_COMPLETE",
    "UPDATE_ROLLBACK_COMPLETE",
}


def check(stack: Stack, params: dict[str, Any], tags: dict[str, str], template: Template) -> None:
    """An import changes nothing else of a stack; one that it makes has none of this."""
    changed = {
        "Outputs": normal(template.outputs) != normal(stack.template.outputs if stack.template else {}),
        "RoleArn": params.get("RoleARN") not in (None, stack.role_arn),
        "Tags": tags != stack.tags,
    }
    if found := [name for name, is_changed in changed.items() if is_changed]:
        raise errors.validation(f"As part of the import operation, you cannot modify or add [{', '.join(found)}]")


def identifiers(asked: list[dict[str, Any]], stack: Stack, old: Plan | None, plan: Plan) -> dict[str, dict[str, str]]:
    """How each resource that the stack does not have is found, by its logical id."""
    if old is not None and (moved := [it["ResourceChange"] for it in changes(stack, old, plan)]):
        others = sorted(it["LogicalResourceId"] for it in moved if it["Action"] != "Add")
        if others:
            raise _other_changes(others)
    there = {item.logical_id for item in stack.live_resources()}
    found = {item["LogicalResourceId"]: dict(item["ResourceIdentifier"]) for item in asked}
    if others := sorted((plan.definitions.keys() - there) ^ found.keys()):
        raise _other_changes(others)
    if bare := sorted(name for name in found if "DeletionPolicy" not in plan.definitions[name]):
        raise errors.validation(f"Resources to import [{', '.join(bare)}] have no DeletionPolicy.")
    return found


def _other_changes(names: list[str]) -> CloudFormationError:
    return errors.validation(
        f"You have modified resources [{', '.join(names)}] in your template that are not being imported."
        " Update, create or delete operations cannot be executed during import operations."
    )


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
        # Of a new stack, there is nothing before.
        if stack.template is None:
            stack.template, stack.parameters = plan.template, plan.parameters

    def run(self) -> None:
        try:
            if self.forward(self.plan, self._take_in):
                raise StackFailure(failed_list(self.stack, "import", "IMPORT_FAILED"))
        except StackFailure as failure:
            self._give_back(str(failure))
            return
        with self.stack.lock:
            self.stack.template, self.stack.parameters = self.plan.template, self.plan.parameters
            self.stack.enter("IMPORT_COMPLETE")

    def _take_in(self, name: str) -> bool:
        if name not in self._identifiers:
            return True
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
            for name in self._identifiers:
                self.stack.resources.pop(name, None)
            self.stack.enter("IMPORT_ROLLBACK_COMPLETE")
