"""The operations on stacks."""

from __future__ import annotations

from typing import Any

from . import capabilities, changes, errors, paging, parameters, views
from .call import Call
from .creation import Creation
from .deletion import Deletion
from .stack import Stack, now_in_milliseconds
from .updating import ContinuedRollback, Update

Answer = dict[str, Any] | None

# States from which a stack can be updated (CloudFormation User Guide, "Stack status codes").
UPDATABLE = {
    "CREATE_COMPLETE",
    "IMPORT_COMPLETE",
    "IMPORT_ROLLBACK_COMPLETE",
    "UPDATE_COMPLETE",
    "UPDATE_FAILED",
    "UPDATE_ROLLBACK_COMPLETE",
}


def create_stack(call: Call) -> Answer:
    name, token = call.stack_name(), call.params.get("ClientRequestToken")
    with call.store.lock:
        existing = call.store.find(name)
        if existing is not None:
            if token and existing.create_token == token:
                return {"StackId": existing.id}
            raise errors.already_exists(f"Stack [{name}] already exists")
        template = call.template()
        resolved = parameters.resolve(template, call.params.get("Parameters") or [], {})
        given = list(call.params.get("Capabilities") or [])
        stack = Stack(
            id=call.arn("stack", name),
            name=name,
            created=now_in_milliseconds(),
            template=template,
            parameters=resolved,
            tags=call.tags(),
            capabilities=given,
            role_arn=call.params.get("RoleARN"),
            notification_arns=list(call.params.get("NotificationARNs") or []),
            on_failure=_on_failure(call),
            timeout_minutes=call.params.get("TimeoutInMinutes"),
            termination_protection=bool(call.params.get("EnableTerminationProtection")),
            policy=call.params.get("StackPolicyBody"),
            client_token=token,
            create_token=token,
        )
        plan = call.plan(stack, template, resolved, stack.tags, stack.notification_arns)
        capabilities.check(template, given)
        call.store.add(stack)
        stack.enter("CREATE_IN_PROGRESS", "User Initiated")
    Creation(call.store, stack, call.caller, plan).start()
    return {"StackId": stack.id}


def _on_failure(call: Call) -> str:
    on_failure, disabled = call.params.get("OnFailure"), call.params.get("DisableRollback")
    if on_failure and disabled is not None:
        raise errors.validation("Only one of DisableRollback and OnFailure can be specified.")
    if disabled:
        return "DO_NOTHING"
    return str(on_failure or "ROLLBACK")


def update_stack(call: Call) -> Answer:
    stack = changeable(call)
    with stack.lock:
        token = call.params.get("ClientRequestToken")
        if token and stack.client_token == token and stack.updated is not None:
            return {"StackId": stack.id}
        if stack.status not in UPDATABLE:
            raise errors.wrong_state(stack.id, stack.status)
        template = call.template(stack.template)
        resolved = parameters.resolve(template, call.params.get("Parameters") or [], stack.parameters.given)
        given = list(call.params.get("Capabilities") or [])
        tags = call.tags() if "Tags" in call.params else dict(stack.tags)
        plan = call.plan(stack, template, resolved, tags, stack.notification_arns)
        capabilities.check(template, given)
        if stack.status != "UPDATE_FAILED" and not changes.is_different(stack, call.current_plan(stack), plan):
            raise errors.validation("No updates are to be performed.")
        stack.capabilities, stack.client_token = given, token
        stack.updated = now_in_milliseconds()
        stack.enter("UPDATE_IN_PROGRESS", "User Initiated")
        disabled = bool(call.params.get("DisableRollback"))
        Update(call.store, stack, call.caller, plan, disable_rollback=disabled).start()
    return {"StackId": stack.id}


def cancel_update_stack(call: Call) -> Answer:
    stack = changeable(call)
    with stack.lock:
        if stack.status != "UPDATE_IN_PROGRESS" or not isinstance(stack.operation, Update):
            raise errors.validation("CancelUpdateStack cannot be called from current stack status")
        stack.operation.cancel()
    return None


def continue_update_rollback(call: Call) -> Answer:
    stack = changeable(call)
    with stack.lock:
        update = getattr(stack.operation, "update_to_undo", stack.operation)
        if stack.status != "UPDATE_ROLLBACK_FAILED" or not isinstance(update, Update):
            raise errors.wrong_state(stack.id, stack.status, "rolled back")
        skip = set(call.params.get("ResourcesToSkip") or [])
        stack.client_token = call.params.get("ClientRequestToken")
        stack.enter("UPDATE_ROLLBACK_IN_PROGRESS", "User Initiated")
        ContinuedRollback(update, call.caller, skip).start()
    return {}


def changeable(call: Call) -> Stack:
    """A live stack, in the words of the operations that change one."""
    name = str(call.required("StackName"))
    stack = call.store.find(name)
    if stack is None or stack.is_deleted:
        raise errors.stack_missing(name)
    return stack


def delete_stack(call: Call) -> Answer:
    stack = call.store.find(str(call.required("StackName")))
    if stack is None or stack.is_deleted:
        return None
    with stack.lock:
        if stack.status == "DELETE_IN_PROGRESS":
            return None
        if stack.termination_protection:
            raise errors.validation(f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled")
        if stack.is_busy and stack.status.startswith("UPDATE"):
            raise errors.validation(f"Stack [{stack.id}] cannot be deleted while in status {stack.status}")
        retain = list(call.params.get("RetainResources") or [])
        if retain and stack.status != "DELETE_FAILED":
            raise errors.validation(
                "Invalid operation on stack "
                f"[{stack.id}]. Cannot specify RetainResources in current stack status"
                f" [{stack.status}]"
            )
        if stack.operation is not None:
            stack.operation.stop()
        stack.client_token = call.params.get("ClientRequestToken")
        stack.enter("DELETE_IN_PROGRESS", "User Initiated")
        force = call.params.get("DeletionMode") == "FORCE_DELETE_STACK"
        Deletion(call.store, stack, call.caller, retain, force).start()
    return None


def describe_stacks(call: Call) -> Answer:
    name = call.params.get("StackName")
    stacks = [call.store.get(name)] if name else call.store.live()
    return paging.answer("Stacks", stacks, call.params, lambda it: it.id, views.stack)


def list_stacks(call: Call) -> Answer:
    wanted = set(call.params.get("StackStatusFilter") or [])
    stacks = [it for it in call.store.all() if not wanted or it.status in wanted]
    return paging.answer("StackSummaries", stacks, call.params, lambda it: it.id, views.stack_summary)


def describe_stack_events(call: Call) -> Answer:
    name = str(call.required("StackName"))
    stack = call.store.find(name)
    if stack is None:
        raise errors.stack_missing(name)
    with stack.lock:
        events = stack.events[::-1]
    return paging.answer("StackEvents", events, call.params, lambda it: it["EventId"])


def describe_stack_resources(call: Call) -> Answer:
    wanted, physical_id = call.params.get("LogicalResourceId"), call.params.get("PhysicalResourceId")
    stack = _stack_of(call, physical_id) if physical_id else call.stack()
    found = [it for it in _resources(stack) if wanted in (None, it.logical_id)]
    return {"StackResources": [views.resource(it, stack) for it in found[: paging.PAGE]]}


def _stack_of(call: Call, physical_id: str) -> Stack:
    for stack in call.store.live():
        if any(it.physical_id == physical_id for it in stack.live_resources()):
            return stack
    raise errors.validation(f"Stack for {physical_id} does not exist")


def describe_stack_resource(call: Call) -> Answer:
    stack, wanted = call.stack(), call.required("LogicalResourceId")
    for it in _resources(stack):
        if it.logical_id == wanted:
            return {"StackResourceDetail": views.resource_detail(it, stack)}
    raise errors.validation(f"Resource {wanted} does not exist for stack {stack.name}")


def list_stack_resources(call: Call) -> Answer:
    stack = call.stack()
    return paging.answer(
        "StackResourceSummaries",
        _resources(stack),
        call.params,
        lambda it: it.logical_id,
        lambda it: views.resource_summary(it, stack),
    )


def _resources(stack: Stack) -> list[Any]:
    with stack.lock:
        return [it for it in stack.resources.values() if it.status]


def list_exports(call: Call) -> Answer:
    return paging.answer("Exports", call.store.exports(), call.params, lambda it: it["Name"])


def list_imports(call: Call) -> Answer:
    name = str(call.required("ExportName"))
    call.store.import_value(name)
    stacks = call.store.importers(name)
    if not stacks:
        raise errors.validation(f"Export '{name}' is not imported by any stack.")
    return paging.answer("Imports", stacks, call.params, str)


def update_termination_protection(call: Call) -> Answer:
    stack = changeable(call)
    enabled = call.params.get("EnableTerminationProtection")
    stack.termination_protection = str(enabled).lower() == "true"
    return {"StackId": stack.id}


def get_stack_policy(call: Call) -> Answer:
    policy = changeable(call).policy
    return {"StackPolicyBody": policy} if policy else {}


def set_stack_policy(call: Call) -> Answer:
    changeable(call).policy = call.params.get("StackPolicyBody")
    return None
