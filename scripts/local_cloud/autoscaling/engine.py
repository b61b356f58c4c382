"""The loop that makes each group what it is meant to be: instance by instance, a state at a time."""

from __future__ import annotations

import sys
import threading
import time
import traceback

from moto.autoscaling.models import FakeAutoScalingGroup, InstanceState

from .. import gateway, minutes
from . import activities, health, hooks, launching, refresh, scheduled, state, termination
from .activities import Activity

# Seconds between two looks: short beside a boot, long beside the work of a look.
TICK = 0.2
# A launch that failed is tried again after a minute, later after longer.
RETRY, LONGEST_RETRY = 60, 600

_GONE = ("shutting-down", "terminated", "stopping", "stopped")
_wake = threading.Event()


def start() -> None:
    threading.Thread(target=_run, name="auto scaling", daemon=True).start()


def wake() -> None:
    """Something was asked for: do not wait for the next look."""
    _wake.set()


def _run() -> None:
    while True:
        _wake.wait(TICK)
        _wake.clear()
        for group in state.all_groups():
            try:
                with state.lock:
                    step(group)
            except Exception:  # the other groups go on
                print(f"{gateway.timestamp()} group {group.name} failed", file=sys.stderr)
                traceback.print_exc()


def step(group: FakeAutoScalingGroup) -> None:
    health.check(group)
    for member in list(group.instance_states):
        _progress(group, member)
    if state.of(group).deleting:
        if not group.instance_states:
            _delete(group)
        return
    scheduled.step(group)
    refresh.step(group)
    _balance(group)
    known = state.of(group)
    if known.cooling is not None and not activities.under_way(group):
        known.cooldown_until, known.cooling = time.time() + minutes.scaled(known.cooling), None


def _progress(group: FakeAutoScalingGroup, member: InstanceState) -> None:
    machine = member.instance._state.name
    match member.lifecycle_state:
        case state.PENDING if machine in _GONE:
            _lost_while_starting(group, member)
        case state.PENDING if machine == "running":
            if hooks.begin(group, member, hooks.LAUNCHING):
                _turn(member, state.PENDING_WAIT, "MidLifecycleAction")
            else:
                _in_service(group, member)
        case state.PENDING_WAIT:
            _after_launch_hook(group, member, machine)
        case state.TERMINATING_WAIT if hooks.result(member) is not None or machine == "terminated":
            _turn(member, state.TERMINATING_PROCEED, "InProgress")
            _end_machine(group, member)
        case state.TERMINATING | state.TERMINATING_PROCEED if machine == "terminated":
            _removed(group, member)
        case state.TERMINATING | state.TERMINATING_PROCEED if machine == "stopped":
            _end_machine(group, member)


def _turn(member: InstanceState, lifecycle_state: str, status: str) -> None:
    member.lifecycle_state = lifecycle_state
    activity = state.life(member).activity
    if activity is not None and activity.under_way:
        activity.status = status


def _after_launch_hook(group: FakeAutoScalingGroup, member: InstanceState, machine: str) -> None:
    answer = hooks.result(member)
    if machine in _GONE:
        _lost_while_starting(group, member)
    elif answer == hooks.CONTINUE:
        member.lifecycle_state = state.PENDING_PROCEED
        _in_service(group, member)
    elif answer == hooks.ABANDON:
        activity = state.life(member).activity
        if activity is not None:
            activity.end("Cancelled", f"Lifecycle Action with Token {state.life(member).waits[0].token} was abandoned")
        terminate(
            group,
            member,
            f"At {state.stamp()} an instance was taken out of service in response to a launch lifecycle action that"
            " was abandoned.",
            with_hooks=False,
        )


def _in_service(group: FakeAutoScalingGroup, member: InstanceState) -> None:
    member.lifecycle_state = state.IN_SERVICE
    life = state.life(member)
    life.in_service = time.time()
    if life.activity is not None:
        life.activity.end()
    group.autoscaling_backend.update_attached_elbs(group.name)
    group.autoscaling_backend.update_attached_target_groups(group.name)


def _lost_while_starting(group: FakeAutoScalingGroup, member: InstanceState) -> None:
    life = state.life(member)
    reason = member.instance.state_reason
    words = f" Termination Reason: {reason.message}" if reason else ""
    if life.activity is not None:
        life.activity.end("Cancelled", f"Instance failed to launch/attach to the group.{words}")
    # What fails at once would fail at once again.
    _wait_longer(group)
    group.instance_states.remove(member)
    if member.instance._state.name in ("stopped", "stopping"):
        member.instance.terminate()


def _removed(group: FakeAutoScalingGroup, member: InstanceState) -> None:
    group.instance_states.remove(member)
    activity = state.life(member).activity
    if activity is not None:
        activity.end()


def _delete(group: FakeAutoScalingGroup) -> None:
    backend = group.autoscaling_backend
    for activity in activities.of(backend):
        if activity.group_arn == group.arn:
            activity.end("Cancelled")
            activity.group_deleted = True
    backend.autoscaling_groups.pop(group.name, None)


def _balance(group: FakeAutoScalingGroup) -> None:
    known, members = state.of(group), state.counted(group)
    missing = (group.desired_capacity or 0) - len(members)
    if missing > 0 and not state.is_suspended(group, "Launch") and time.time() >= known.launch_after:
        _launch(group, missing, len(members))
    elif missing < 0 and not state.is_suspended(group, "Terminate"):
        _shrink(group, -missing, len(members))
    elif missing == 0:
        known.why = ""


def _difference(group: FakeAutoScalingGroup, deed: str, verb: str, before: int) -> str:
    known = state.of(group)
    return (
        f"{known.why + '  ' if known.why else ''}At {state.stamp()} an instance was {deed} in response to a"
        f" difference between desired and actual capacity, {verb} the capacity from {before} to"
        f" {group.desired_capacity}."
    )


def _launch(group: FakeAutoScalingGroup, count: int, before: int) -> None:
    cause = _difference(group, "started", "increasing", before)
    for _ in range(count):
        activity = activities.begin(group, "Launching a new EC2 instance", cause, "PreInService")
        activity.progress = 30
        try:
            member = launching.launch(group)
        except Exception as refusal:  # whatever EC2 says becomes the activity's message
            words = getattr(refusal, "message", None) or str(refusal)
            activity.description += f".  Status Reason: {words} Launching EC2 instance failed."
            activity.end("Failed", f"{words} Launching EC2 instance failed.")
            _wait_longer(group)
            return
        state.of(group).failures = 0
        _about_instance(activity, member)
        activity.description += f": {member.instance_id}"
        state.life(member).activity = activity


def _about_instance(activity: Activity, member: InstanceState) -> None:
    activity.details = {"Subnet ID": member.instance.subnet_id, "Availability Zone": member.availability_zone}


def _wait_longer(group: FakeAutoScalingGroup) -> None:
    known = state.of(group)
    known.failures += 1
    known.launch_after = time.time() + minutes.scaled(min(RETRY * known.failures, LONGEST_RETRY))


def _shrink(group: FakeAutoScalingGroup, count: int, before: int) -> None:
    cause = _difference(group, "taken out of service", "shrinking", before)
    for victim in termination.victims(group, count):
        terminate(
            group, victim, f"{cause}  At {state.stamp()} instance {victim.instance_id} was selected for termination."
        )


def terminate(group: FakeAutoScalingGroup, member: InstanceState, cause: str, with_hooks: bool = True) -> Activity:
    activity = activities.begin(group, f"Terminating EC2 instance: {member.instance_id}", cause)
    _about_instance(activity, member)
    life = state.life(member)
    if life.activity is not None:
        life.activity.end("Cancelled")
    life.activity, life.waits = activity, []
    member.lifecycle_state = state.TERMINATING
    if with_hooks and member.instance._state.name != "terminated" and hooks.begin(group, member, hooks.TERMINATING):
        _turn(member, state.TERMINATING_WAIT, "MidLifecycleAction")
    else:
        _end_machine(group, member)
    return activity


def _end_machine(group: FakeAutoScalingGroup, member: InstanceState) -> None:
    member.instance.terminate()
    group.autoscaling_backend.update_attached_elbs(group.name)


def why(group: FakeAutoScalingGroup, reason: str, before: int, after: int) -> None:
    """Notes a change of the desired capacity, and has it done."""
    state.of(group).why = f"At {state.stamp()} {reason} changing the desired capacity from {before} to {after}."
    group.desired_capacity = after
    wake()
