"""Lifecycle hooks: an instance waits until somebody says how it went on, or until its time is over."""

from __future__ import annotations

import json
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from moto.autoscaling.models import AutoScalingBackend, FakeAutoScalingGroup, InstanceState, LifecycleHook
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult, EmptyResult
from moto.sqs.models import sqs_backends

from .. import minutes
from . import state
from .errors import invalid

LAUNCHING, TERMINATING = "autoscaling:EC2_INSTANCE_LAUNCHING", "autoscaling:EC2_INSTANCE_TERMINATING"
CONTINUE, ABANDON = "CONTINUE", "ABANDON"
# Auto Scaling API Reference, PutLifecycleHook: the timeout of a heartbeat; and the longest wait, which is 48 hours or
# 100 heartbeats, whichever is shorter.
SHORTEST, LONGEST, DEFAULT = 30, 7200, 3600
LONGEST_WAIT, MOST_HEARTBEATS = 48 * 3600, 100


@dataclass
class Wait:
    """One instance at one hook."""

    hook: LifecycleHook
    token: str = field(default_factory=lambda: str(uuid.uuid4()))
    began: float = field(default_factory=time.time)
    beat: float = field(default_factory=time.time)
    result: str | None = None

    def settle(self) -> str | None:
        if self.result is None:
            now = time.time()
            silent = now - self.beat >= minutes.scaled(self.hook.heartbeat_timeout)
            if silent or now - self.began >= minutes.scaled(self.hook.global_timeout):
                self.result = self.hook.default_result
        return self.result


def install() -> None:
    for operation in (
        put_lifecycle_hook,
        delete_lifecycle_hook,
        describe_lifecycle_hooks,
        describe_lifecycle_hook_types,
        complete_lifecycle_action,
        record_lifecycle_action_heartbeat,
    ):
        setattr(AutoScalingResponse, operation.__name__, operation)


def hooks_of(group: FakeAutoScalingGroup, transition: str) -> list[LifecycleHook]:
    every = group.autoscaling_backend.describe_lifecycle_hooks(group.name)
    return [hook for hook in every if hook.lifecycle_transition == transition]


def begin(group: FakeAutoScalingGroup, member: InstanceState, transition: str) -> bool:
    """Whether there is anything to wait for."""
    waits = [Wait(hook) for hook in hooks_of(group, transition)]
    state.life(member).waits = waits
    for wait in waits:
        _notify(group, wait.hook, _about(group, member, wait))
    return bool(waits)


def result(member: InstanceState) -> str | None:
    """None while a hook is waited for. The first to abandon ends the wait for the others."""
    results = [wait.settle() for wait in state.life(member).waits]
    if ABANDON in results:
        return ABANDON
    return None if None in results else CONTINUE


def _about(group: FakeAutoScalingGroup, member: InstanceState, wait: Wait) -> dict[str, Any]:
    launching = wait.hook.lifecycle_transition == LAUNCHING
    return {
        "Origin": "EC2" if launching else "AutoScalingGroup",
        "Destination": "AutoScalingGroup" if launching else "EC2",
        "LifecycleHookName": wait.hook.name,
        "LifecycleTransition": wait.hook.lifecycle_transition,
        "LifecycleActionToken": wait.token,
        "EC2InstanceId": member.instance_id,
        **({"NotificationMetadata": wait.hook.notification_metadata} if wait.hook.notification_metadata else {}),
    }


def _notify(group: FakeAutoScalingGroup, hook: LifecycleHook, content: dict[str, Any]) -> None:
    """To a queue, if that is the target; nobody hears of a queue that is gone."""
    parts = (hook.notification_target_arn or "").split(":")
    if len(parts) != 6 or parts[2] != "sqs":
        return
    queue = sqs_backends[parts[4]][parts[3]].queues.get(parts[5])
    if queue is None:
        return
    message = {
        "AccountId": group.account_id,
        "RequestId": str(uuid.uuid4()),
        "AutoScalingGroupARN": group.arn,
        "AutoScalingGroupName": group.name,
        "Service": "AWS Auto Scaling",
        "Time": state.stamp(),
        **content,
    }
    sqs_backends[parts[4]][parts[3]].send_message(parts[5], json.dumps(message))


def put_lifecycle_hook(self: AutoScalingResponse) -> ActionResult:
    """What is not given keeps its value in a hook that is there already."""
    backend, parameters = self.autoscaling_backend, self._get_params()
    group = state.group_named(backend, parameters["AutoScalingGroupName"])
    name = parameters["LifecycleHookName"]
    key = f"{group.name}_{name}"
    before: LifecycleHook | None = backend.lifecycle_hooks.get(key)
    transition = parameters.get("LifecycleTransition") or (before.lifecycle_transition if before else None)
    if transition not in (LAUNCHING, TERMINATING):
        raise invalid("LifecycleTransition must be specified when creating a new lifecycle hook")
    timeout = parameters.get("HeartbeatTimeout") or (before.heartbeat_timeout if before else DEFAULT)
    if not SHORTEST <= timeout <= LONGEST:
        raise invalid(f"Heartbeat timeout must be between {SHORTEST} and {LONGEST} seconds.")
    default = parameters.get("DefaultResult") or (before.default_result if before else ABANDON)
    if default not in (CONTINUE, ABANDON):
        raise invalid("Default result must be CONTINUE or ABANDON.")
    hook = LifecycleHook(name, group.name, transition, timeout, default)
    hook.global_timeout = min(LONGEST_WAIT, MOST_HEARTBEATS * timeout)
    for parameter, attribute in (
        ("RoleARN", "role_arn"),
        ("NotificationTargetARN", "notification_target_arn"),
        ("NotificationMetadata", "notification_metadata"),
    ):
        given = parameters.get(parameter)
        # An empty target takes it away.
        setattr(hook, attribute, (getattr(before, attribute, None) if given is None else given) or None)
    backend.lifecycle_hooks[key] = hook
    if parameters.get("NotificationTargetARN"):
        _notify(group, hook, {"Event": "autoscaling:TEST_NOTIFICATION"})
    return EmptyResult()


def delete_lifecycle_hook(self: AutoScalingResponse) -> ActionResult:
    """Instances that wait at it go on."""
    backend, parameters = self.autoscaling_backend, self._get_params()
    group = state.group_named(backend, parameters["AutoScalingGroupName"])
    hook = backend.lifecycle_hooks.pop(f"{group.name}_{parameters['LifecycleHookName']}", None)
    if hook is None:
        raise invalid(f"No Lifecycle Hook found with name: {parameters['LifecycleHookName']}")
    for member in group.instance_states:
        for wait in state.life(member).waits:
            if wait.hook is hook and wait.result is None:
                wait.result = ABANDON if hook.lifecycle_transition == LAUNCHING else CONTINUE
    return EmptyResult()


def describe_lifecycle_hooks(self: AutoScalingResponse) -> ActionResult:
    parameters = self._get_params()
    group = state.group_named(self.autoscaling_backend, parameters["AutoScalingGroupName"])
    names = parameters.get("LifecycleHookNames")
    found = self.autoscaling_backend.describe_lifecycle_hooks(group.name)
    return ActionResult({"LifecycleHooks": [hook for hook in found if not names or hook.name in names]})


def describe_lifecycle_hook_types(self: AutoScalingResponse) -> ActionResult:
    return ActionResult({"LifecycleHookTypes": [LAUNCHING, TERMINATING]})


def _waiting(backend: AutoScalingBackend, parameters: dict[str, Any]) -> Wait:
    group = state.group_named(backend, parameters["AutoScalingGroupName"])
    token, instance_id = parameters.get("LifecycleActionToken"), parameters.get("InstanceId")
    for member in group.instance_states:
        for wait in state.life(member).waits:
            named = wait.hook.name == parameters["LifecycleHookName"] and wait.result is None
            if named and (wait.token == token if token else member.instance_id == instance_id):
                return wait
    what = f"token {token}" if token else f"instance ID {instance_id}"
    raise invalid(f"No active Lifecycle Action found with {what}")


def complete_lifecycle_action(self: AutoScalingResponse) -> ActionResult:
    parameters = self._get_params()
    answer = parameters["LifecycleActionResult"]
    if answer not in (CONTINUE, ABANDON):
        raise invalid("Lifecycle action result must be CONTINUE or ABANDON.")
    _waiting(self.autoscaling_backend, parameters).result = answer
    return EmptyResult()


def record_lifecycle_action_heartbeat(self: AutoScalingResponse) -> ActionResult:
    _waiting(self.autoscaling_backend, self._get_params()).beat = time.time()
    return EmptyResult()
