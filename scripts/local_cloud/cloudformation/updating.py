"""Updating a stack: in place or by replacement, then the clean-up, or all of it back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from . import registry
from .clients import Caller
from .creation import evaluated_outputs, failed_list
from .operation import Operation, StackFailure
from .plan import Plan
from .references import graph
from .resources.request import ResourceFailure
from .stack import Resource, Stack
from .store import Store
from .walk import reverse, walk


@dataclass
class _Change:
    """What a resource was, to go back to, and what was tried with it."""

    properties_before: dict[str, Any]
    tags_before: dict[str, str]
    properties: dict[str, Any]
    tags: dict[str, str]


class Update(Operation):
    failed_status = "UPDATE_FAILED"

    def __init__(self, store: Store, stack: Stack, caller: Caller, plan: Plan, *, disable_rollback: bool) -> None:
        super().__init__(store, stack, caller)
        self.plan = plan
        self._disable_rollback = disable_rollback
        self._cancelled_by_user = False
        self._created: list[Resource] = []
        self._replaced: dict[str, Resource] = {}
        self._modified: dict[str, _Change] = {}
        self._before = graph({item.logical_id: item.definition for item in stack.live_resources()})

    def run(self) -> None:
        stack = self.stack
        try:
            self.check_parameters(self.plan)
            failed = self.forward(self.plan, self._bring)
            if self._cancelled_by_user:
                raise StackFailure("User Initiated")
            if failed:
                raise StackFailure(self._failed_names())
            outputs = evaluated_outputs(self, self.plan)
        except StackFailure as failure:
            self._fail(str(failure))
            return
        stack.enter("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
        self._clean_up()
        with stack.lock:
            stack.template, stack.parameters = self.plan.template, self.plan.parameters
            stack.tags, stack.outputs = self.plan.tags, outputs
            stack.imports = self.plan.imports
            for name, definition in self.plan.definitions.items():
                stack.resources[name].definition = definition
            stack.enter("UPDATE_COMPLETE")

    def cancel(self) -> None:
        """Go back to what was, as its caller asks."""
        self._cancelled_by_user = True
        self._cancelled.set()

    def _failed_names(self) -> str:
        if any(item.status == "UPDATE_FAILED" for item in self.stack.resources.values()):
            return failed_list(self.stack, "update", "UPDATE_FAILED")
        return failed_list(self.stack, "create", "CREATE_FAILED")

    def _bring(self, name: str) -> bool:
        """One resource to what the plan wants of it."""
        current = self.stack.resources.get(name)
        definition = self.plan.definitions[name]
        if current is None or not current.exists:
            succeeded = self.create(self.plan, name)
            self._created.append(self.stack.resources[name])
            return succeeded
        try:
            properties, tags = self.evaluated(self.plan, name)
        except (ResourceFailure, KeyError) as error:
            self.stack.mark(current, "UPDATE_FAILED", str(error))
            return False
        if definition["Type"] != current.type or self._needs_new(current, properties, tags):
            self._replaced[name] = current
            succeeded = self.create(self.plan, name, replaced=current)
            if self.stack.resources[name] is not current:
                self._created.append(self.stack.resources[name])
            return succeeded
        if properties == current.properties and tags == current.tags:
            return True
        self._modified[name] = _Change(current.properties, current.tags, properties, tags)
        return self.update(current, properties, tags)

    def _needs_new(self, current: Resource, properties: dict[str, Any], tags: dict[str, str]) -> bool:
        changed = [
            name
            for name in properties.keys() | current.properties.keys()
            if name != "Tags" and properties.get(name) != current.properties.get(name)
        ]
        needs = {registry.recreation(current.type, name) for name in changed}
        if "Always" in needs:
            return True
        if "Conditionally" in needs:
            request = self.request(current, properties, tags, lambda _: None)
            return self.handler(current).must_replace(request)
        return False

    def _clean_up(self) -> None:
        """What the new template does not have goes; a failure here does not fail the stack."""
        stack = self.stack
        removed = [item for item in stack.live_resources() if item.logical_id not in self.plan.definitions]
        self.delete_all(removed, self._before, retain=lambda item: item.deletion_policy.startswith("Retain"))
        replaced = list(self._replaced.values())
        self.delete_all(replaced, self._before, retain=self._keeps_replaced)
        with stack.lock:
            for item in removed:
                stack.resources.pop(item.logical_id, None)

    def _keeps_replaced(self, resource: Resource) -> bool:
        definition = self.plan.definitions.get(resource.logical_id, resource.definition)
        return str(definition.get("UpdateReplacePolicy", "Delete")) == "Retain"

    def _fail(self, reason: str) -> None:
        stack = self.stack
        if self._disable_rollback:
            stack.enter("UPDATE_FAILED", reason)
            return
        stack.enter("UPDATE_ROLLBACK_IN_PROGRESS", reason)
        self.pause()
        self.go_back(skip=set())

    def go_back(self, skip: set[str]) -> None:
        """To what was before the update, but for resources that are given up."""
        stack = self.stack
        if self._roll_back(skip):
            stack.enter("UPDATE_ROLLBACK_FAILED", failed_list(stack, "update", "UPDATE_FAILED"))
            return
        stack.enter("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")
        self.delete_all(self._created, self.plan.before, retain=lambda _: False)
        with stack.lock:
            for item in self._created:
                if stack.resources.get(item.logical_id) is item:
                    del stack.resources[item.logical_id]
            stack.enter("UPDATE_ROLLBACK_COMPLETE")

    def _roll_back(self, skip: set[str]) -> list[str]:
        """Every changed resource as it was; the names that could not be brought back."""
        self._cancelled.clear()
        self.check_interrupted()
        with self.stack.lock:
            self.stack.resources.update(self._replaced)
            for resource in self._replaced.values():
                self.stack.mark(resource, "UPDATE_COMPLETE")

        def bring_back(name: str) -> bool:
            resource, change = self.stack.resources[name], self._modified[name]
            if name in skip:
                self.stack.mark(resource, "UPDATE_COMPLETE")
                return True
            # A failed change may be half done: all that was tried has to be undone.
            resource.properties, resource.tags = change.properties, change.tags
            return self.update(resource, change.properties_before, change.tags_before)

        return walk(self._modified, reverse(self._before), bring_back)


class ContinuedRollback(Operation):
    """Another try at the rollback of an update, whose first try failed."""

    failed_status = "UPDATE_ROLLBACK_FAILED"

    def __init__(self, update: Update, caller: Caller, skip: set[str]) -> None:
        super().__init__(update.store, update.stack, caller)
        self.update_to_undo = update
        self._skip = skip
        # Who stops this stops the update's own steps.
        update._interrupted, update._cancelled = self._interrupted, self._cancelled

    def run(self) -> None:
        self.update_to_undo.go_back(self._skip)
