"""Creating a stack, and taking back one that failed."""

from __future__ import annotations

from .clients import Caller
from .operation import Operation, StackFailure
from .plan import Plan
from .resources.request import ResourceFailure
from .stack import Stack
from .store import Store


class Creation(Operation):
    failed_status = "CREATE_FAILED"

    def __init__(self, store: Store, stack: Stack, caller: Caller, plan: Plan) -> None:
        super().__init__(store, stack, caller)
        self.plan = plan

    def run(self) -> None:
        try:
            self.check_parameters(self.plan)
            self._create_resources()
            outputs = self._outputs()
        except StackFailure as failure:
            self._fail(str(failure))
            return
        with self.stack.lock:
            self.stack.outputs, self.stack.imports = outputs, self.plan.imports
            self.stack.enter("CREATE_COMPLETE")

    def _create_resources(self) -> None:
        with self.time_limit(self.stack.timeout_minutes) as limit:
            failed = self.forward(self.plan, lambda name: self.create(self.plan, name))
        if limit.passed:
            raise StackFailure("Stack creation time exceeded the specified timeout.")
        if failed:
            raise StackFailure(failed_list(self.stack, "create", "CREATE_FAILED"))

    def _outputs(self) -> list[dict[str, str]]:
        return evaluated_outputs(self, self.plan)

    def _fail(self, reason: str) -> None:
        stack = self.stack
        if stack.on_failure == "DO_NOTHING":
            stack.enter("CREATE_FAILED", reason)
            return
        separator = " " if reason.endswith(".") else ". "
        verb = "Delete" if stack.on_failure == "DELETE" else "Rollback"
        status = "DELETE" if stack.on_failure == "DELETE" else "ROLLBACK"
        stack.enter(f"{status}_IN_PROGRESS", f"{reason}{separator}{verb} requested by user.")
        self.pause()
        made = [item for item in stack.resources.values() if item.status != "DELETE_COMPLETE"]
        failed = self.delete_all(made, self.plan.before, retain=lambda item: item.deletion_policy == "Retain")
        if failed:
            stack.enter(f"{status}_FAILED", failed_list(stack, "delete", "DELETE_FAILED"))
        else:
            stack.enter(f"{status}_COMPLETE")


def evaluated_outputs(operation: Operation, plan: Plan) -> list[dict[str, str]]:
    try:
        outputs = plan.outputs(operation.lookup)
    except ResourceFailure as failure:
        raise StackFailure(str(failure)) from failure
    stack = operation.stack
    for output in outputs:
        for export in operation.store.exports():
            if export["Name"] == output.get("ExportName") and export["ExportingStackId"] != stack.id:
                other = export["ExportingStackId"].split("/")[1]
                raise StackFailure(f"Export with name {export['Name']} is already exported by stack {other}.")
    return outputs


def failed_list(stack: Stack, verb: str, *statuses: str) -> str:
    names = [item.logical_id for item in stack.resources.values() if item.status in statuses]
    return f"The following resource(s) failed to {verb}: [{', '.join(names)}]."
