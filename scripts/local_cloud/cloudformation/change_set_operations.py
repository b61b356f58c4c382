"""The operations on change sets."""

from __future__ import annotations

import re
import threading
from typing import Any

from . import capabilities, changes, errors, importing, paging, parameters, views
from .call import Call
from .creation import Creation
from .plan import Plan
from .stack import ChangeSet, Stack, now_in_milliseconds
from .stack_operations import UPDATABLE, Answer, changeable
from .store import pace
from .updating import Update

_NAME = re.compile(r"[a-zA-Z][-a-zA-Z0-9]{0,127}")
NO_CHANGES = "The submitted information didn't contain changes. Submit different information to create a change set."


def create_change_set(call: Call) -> Answer:
    name = str(call.required("ChangeSetName"))
    if not _NAME.fullmatch(name):
        raise errors.validation(
            f"1 validation error detected: Value '{name}' at 'changeSetName' failed to satisfy"
            " constraint: Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*"
        )
    # The service's own default is UPDATE (CloudFormation API Reference, CreateChangeSet).
    kind = str(call.params.get("ChangeSetType") or "UPDATE")
    with call.store.lock:
        stack = _stack_for(call, kind, name)
        repeated = _repeated(call, stack, name)
        if repeated is not None:
            return {"Id": repeated.id, "StackId": stack.id}
        change_set, plan = _make(call, stack, name, kind)
        if call.store.find(stack.id) is None:
            call.store.add(stack)
            stack.enter("REVIEW_IN_PROGRESS", "User Initiated")
        stack.change_sets[change_set.id] = change_set
    threading.Thread(
        target=_prepare, args=(call, stack, change_set, plan), daemon=True, name=f"change set {name}"
    ).start()
    return {"Id": change_set.id, "StackId": stack.id}


def _stack_for(call: Call, kind: str, change_set: str) -> Stack:
    name = str(call.required("StackName"))
    found = call.store.find(name)
    live = found is not None and not found.is_deleted
    if kind in ("CREATE", "IMPORT"):
        if found is not None and live:
            if found.status == "REVIEW_IN_PROGRESS" or (kind == "IMPORT" and found.status in importing.IMPORTABLE):
                return found
            if kind == "IMPORT":
                raise errors.wrong_state(found.id, found.status, "imported into")
            raise errors.validation(
                f"Stack [{found.name}] already exists and cannot be created again with the changeSet [{change_set}]."
            )
        name = call.stack_name()
        return Stack(id=call.arn("stack", name), name=name, created=now_in_milliseconds())
    if kind != "UPDATE":
        raise errors.validation(f"Change set type {kind} is not supported here")
    if found is None or not live:
        raise errors.stack_missing(name)
    if found.status not in UPDATABLE:
        raise errors.wrong_state(found.id, found.status)
    return found


def _repeated(call: Call, stack: Stack, name: str) -> ChangeSet | None:
    token = call.params.get("ClientToken")
    for existing in _open(stack):
        if existing.name == name:
            if token and existing.client_token == token:
                return existing
            raise errors.already_exists(f"ChangeSet [{name}] already exists")
    return None


def _open(stack: Stack) -> list[ChangeSet]:
    """Newest first, without those that are carried out: their names are free again."""
    return [
        it
        for it in list(stack.change_sets.values())[::-1]
        if not views.execution_status(it, stack).endswith("COMPLETE")
    ]


def _make(call: Call, stack: Stack, name: str, kind: str) -> tuple[ChangeSet, Plan]:
    params = call.params
    template = call.template(None if kind == "CREATE" else stack.template)
    resolved = parameters.resolve(template, params.get("Parameters") or [], stack.parameters.given)
    tags = call.tags() if "Tags" in params or kind == "CREATE" else dict(stack.tags)
    if kind == "IMPORT":
        importing.check(stack, params, tags, template)
    arns = list(params.get("NotificationARNs") or stack.notification_arns)
    given = list(params.get("Capabilities") or [])
    plan = call.plan(stack, template, resolved, tags, arns)
    capabilities.check(template, given)
    complaint = parameters.missing_values(template, resolved.given, call.caller.client("ec2"))
    if complaint:
        raise errors.validation(complaint)
    change_set = ChangeSet(
        id=call.arn("changeSet", name),
        name=name,
        type=kind,
        stack_id=stack.id,
        template=template,
        parameters=resolved,
        tags=tags,
        capabilities=given,
        description=params.get("Description"),
        client_token=params.get("ClientToken"),
        on_stack_failure=params.get("OnStackFailure"),
        role_arn=params.get("RoleARN"),
        notification_arns=arns,
        include_nested=bool(params.get("IncludeNestedStacks")),
        created=now_in_milliseconds(),
        identifiers=_identifiers(call, stack, plan) if kind == "IMPORT" else {},
    )
    return change_set, plan


def _identifiers(call: Call, stack: Stack, plan: Plan) -> dict[str, dict[str, str]]:
    old = call.current_plan(stack) if stack.template is not None else None
    return importing.identifiers(call.params.get("ResourcesToImport") or [], stack, old, plan)


def _prepare(call: Call, stack: Stack, change_set: ChangeSet, plan: Plan) -> None:
    """The phases that a change set goes through, and the comparison itself."""
    if call.store.closed.wait(pace()):
        return
    change_set.status = "CREATE_IN_PROGRESS"
    if call.store.closed.wait(pace()):
        return
    with stack.lock:
        if change_set.type == "CREATE":
            found, different = changes.additions(plan), True
        elif change_set.type == "IMPORT":
            found, different = changes.imports(plan, change_set.identifiers), True
        else:
            old = call.current_plan(stack)
            found = changes.changes(stack, old, plan)
            different = bool(found) or changes.is_different(stack, old, plan)
        if not different:
            change_set.status, change_set.reason = "FAILED", NO_CHANGES
            return
        change_set.changes = found
        change_set.status, change_set.execution_status = "CREATE_COMPLETE", "AVAILABLE"


def _find(call: Call) -> tuple[Stack, ChangeSet]:
    """By ARN, or by name within a stack."""
    wanted = str(call.required("ChangeSetName"))
    stack_name = call.params.get("StackName")
    if wanted.startswith("arn:"):
        for stack in call.store.all():
            if wanted in stack.change_sets:
                return stack, stack.change_sets[wanted]
        raise errors.change_set_missing(wanted)
    if not stack_name:
        raise errors.validation("StackName must be specified if ChangeSetName is not specified as an ARN.")
    stack = changeable(call)
    for change_set in [*_open(stack), *list(stack.change_sets.values())[::-1]]:
        if change_set.name == wanted:
            return stack, change_set
    raise errors.change_set_missing(wanted)


def describe_change_set(call: Call) -> Answer:
    stack, change_set = _find(call)
    with stack.lock:
        page = paging.answer(
            "Changes",
            change_set.changes,
            call.params,
            lambda it: it["ResourceChange"]["LogicalResourceId"],
            lambda it: it if call.params.get("IncludePropertyValues") else changes.without_values(it),
        )
        return {**views.change_set(change_set, stack), **page}


def list_change_sets(call: Call) -> Answer:
    stack = changeable(call)
    with stack.lock:
        found = _open(stack)
    return paging.answer(
        "Summaries",
        found,
        call.params,
        lambda it: it.id,
        lambda it: views.change_set_summary(it, stack),
    )


def delete_change_set(call: Call) -> Answer:
    try:
        stack, change_set = _find(call)
    except Exception as error:
        if getattr(error, "code", "") == "ChangeSetNotFound":
            return None
        raise
    with stack.lock:
        if change_set.status in ("CREATE_PENDING", "CREATE_IN_PROGRESS"):
            raise errors.change_set_status(
                f"ChangeSet [{change_set.id}] cannot be deleted in status {change_set.status}"
            )
        stack.change_sets.pop(change_set.id, None)
    return None


def execute_change_set(call: Call) -> Answer:
    stack, change_set = _find(call)
    token = call.params.get("ClientRequestToken")
    with stack.lock:
        status = views.execution_status(change_set, stack)
        if status.startswith("EXECUTE") and token and stack.client_token == token:
            return None
        if status != "AVAILABLE":
            state = (
                f"execution status of [{status}]"
                if change_set.status == "CREATE_COMPLETE"
                else f"status of [{change_set.status}]"
            )
            raise errors.change_set_status(f"ChangeSet [{change_set.id}] cannot be executed in its current {state}")
        _execute(call, stack, change_set, token)
    return None


def _execute(call: Call, stack: Stack, change_set: ChangeSet, token: str | None) -> None:
    if change_set.type == "UPDATE" and stack.status not in UPDATABLE:
        raise errors.wrong_state(stack.id, stack.status)
    plan = call.plan(
        stack,
        change_set.template,
        change_set.parameters,
        change_set.tags,
        change_set.notification_arns,
    )
    stack.change_set_id, stack.client_token = change_set.id, token
    stack.capabilities = change_set.capabilities
    stack.notification_arns = change_set.notification_arns
    stack.updated = now_in_milliseconds()
    disabled = bool(call.params.get("DisableRollback"))
    operation: Any
    if change_set.type == "CREATE":
        stack.template, stack.parameters = change_set.template, change_set.parameters
        stack.tags, stack.role_arn = change_set.tags, change_set.role_arn
        stack.on_failure = "DO_NOTHING" if disabled else change_set.on_stack_failure or "ROLLBACK"
        stack.enter("CREATE_IN_PROGRESS", "User Initiated")
        operation = Creation(call.store, stack, call.caller, plan)
    elif change_set.type == "IMPORT":
        if stack.status not in importing.IMPORTABLE:
            raise errors.wrong_state(stack.id, stack.status, "imported into")
        stack.enter("IMPORT_IN_PROGRESS", "User Initiated")
        operation = importing.Import(call.store, stack, call.caller, plan, change_set.identifiers)
    else:
        disabled = disabled or change_set.on_stack_failure == "DO_NOTHING"
        stack.enter("UPDATE_IN_PROGRESS", "User Initiated")
        operation = Update(call.store, stack, call.caller, plan, disable_rollback=disabled)
    change_set.execution_status = "EXECUTE_IN_PROGRESS"
    operation.start()
    _outdate(stack, change_set)


def _outdate(stack: Stack, executed: ChangeSet) -> None:
    """The other change sets were made for a stack that is no more."""
    for other in list(stack.change_sets.values()):
        if other is not executed:
            del stack.change_sets[other.id]
