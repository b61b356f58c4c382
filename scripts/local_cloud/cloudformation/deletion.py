"""Deleting a stack."""

from __future__ import annotations

from .clients import Caller
from .creation import failed_list
from .operation import Operation
from .references import graph
from .stack import Resource, Stack
from .store import Store

_RETAINED = ("Retain", "RetainExceptOnCreate")


class Deletion(Operation):
    failed_status = "DELETE_FAILED"

    def __init__(self, store: Store, stack: Stack, caller: Caller, retain: list[str], force: bool) -> None:
        super().__init__(store, stack, caller)
        self._retain = set(retain)
        self._force = force

    def run(self) -> None:
        stack = self.stack
        for output in stack.outputs:
            users = self.store.importers(output.get("ExportName", ""))
            if users:
                stack.enter(
                    "DELETE_FAILED",
                    f"Export {output['ExportName']} cannot be deleted as it is in use by {', '.join(users)}",
                )
                return
        resources = stack.live_resources()
        before = graph({item.logical_id: item.definition for item in stack.resources.values()})
        failed = self.delete_all(resources, before, retain=self._is_retained)
        if failed and self._force:
            for name in failed:
                stack.mark(stack.resources[name], "DELETE_SKIPPED")
            failed = []
        if failed:
            stack.enter("DELETE_FAILED", failed_list(stack, "delete", "DELETE_FAILED"))
            return
        with stack.lock:
            stack.outputs = []
            stack.change_sets.clear()
            stack.enter("DELETE_COMPLETE")

    def _is_retained(self, resource: Resource) -> bool:
        return resource.logical_id in self._retain or resource.deletion_policy in _RETAINED
