"""Instances that are machines: what start, stop, reboot and terminate do, and where SSH reaches them."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from moto.ec2.models.elastic_network_interfaces import NetworkInterface
from moto.ec2.models.instances import Instance, InstanceState, StateReason

from .. import running
from ..machines.machine import Machine, Stopped
from ..vpc import addresses, convergence
from .background import Pending, later
from .errors import incorrect_instance_state

PENDING, RUNNING, SHUTTING_DOWN, TERMINATED, STOPPING, STOPPED = 0, 16, 32, 48, 64, 80
NAMES = {0: "pending", 16: "running", 32: "shutting-down", 48: "terminated", 64: "stopping", 80: "stopped"}

_start, _stop, _terminate = Instance.start, Instance.stop, Instance.terminate


def install() -> None:
    Instance.start = start
    Instance.stop = stop
    Instance.reboot = reboot
    Instance.terminate = terminate
    # What SSH reaches: a name that no resolver knows would be of no use.
    Instance.public_dns_name = property(lambda instance: instance.public_ip or "")
    association = NetworkInterface.association.fget

    def with_address(interface: NetworkInterface) -> dict[str, Any]:
        found = association(interface)
        return {**found, "publicDnsName": interface.public_ip} if found else found

    NetworkInterface.association = property(with_address)


def machine_of(instance: Instance) -> Machine | None:
    return running.cloud().machines.get(instance.id)


def set_state(instance: Instance, code: int) -> InstanceState:
    """The state before. Callers hold the API lock."""
    previous = copy.copy(instance._state)
    instance._state.code, instance._state.name = code, NAMES[code]
    return previous


def boot(instance: Instance, machine: Machine) -> None:
    """Pending until SSH answers, then running; terminated if it never does."""
    pending = Pending()

    def work() -> None:
        try:
            # The network must know the machine before it is there.
            convergence.converge()
            machine.boot()
        except Stopped:
            return
        except Exception as failure:
            give_up(instance, failure)
            raise
        pending.wait()
        with running.api_lock:
            if instance._state.code == PENDING:
                _start(instance)
        convergence.converge()

    later(work, f"boot of {instance.id}")


def give_up(instance: Instance, failure: Exception) -> None:
    """A launch that failed ends as EC2 ends it: terminated, with a reason."""
    machine = machine_of(instance)
    if machine is not None:
        machine.destroy()
    with running.api_lock:
        if instance._state.code != TERMINATED:
            _end(instance)
        message = f"Server.InternalError: Internal error on launch ({failure})"
        instance.state_reason = StateReason(message, "Server.InternalError")
        running.cloud().machines.pop(instance.id, None)


def start(instance: Instance) -> InstanceState:
    with running.api_lock:
        if instance._state.code in (RUNNING, PENDING):
            return copy.copy(instance._state)
        machine = machine_of(instance)
        if instance._state.code != STOPPED or machine is None:
            raise incorrect_instance_state(instance.id, "started")
        previous = set_state(instance, PENDING)
        boot(instance, machine)
        return previous


def stop(instance: Instance) -> InstanceState:
    with running.api_lock:
        if instance._state.code in (STOPPED, STOPPING):
            return copy.copy(instance._state)
        machine = machine_of(instance)
        if instance._state.code != RUNNING or machine is None:
            raise incorrect_instance_state(instance.id, "stopped")
        previous = set_state(instance, STOPPING)
        _leave(instance, machine.shut_down, STOPPING, _stop)
        return previous


def terminate(instance: Instance) -> InstanceState:
    with running.api_lock:
        machine = machine_of(instance)
        if instance._state.code in (TERMINATED, SHUTTING_DOWN):
            return copy.copy(instance._state)
        if machine is None:
            return _end(instance)
        previous = set_state(instance, SHUTTING_DOWN)

        def destroy() -> None:
            machine.destroy()
            running.cloud().machines.pop(instance.id, None)

        _leave(instance, destroy, SHUTTING_DOWN, _end)
        return previous


def _end(instance: Instance) -> InstanceState:
    addresses.forget(instance)
    # Its interfaces let themselves be deleted from now on.
    previous = set_state(instance, SHUTTING_DOWN)
    _terminate(instance)
    return previous


def reboot(instance: Instance) -> None:
    """The state stays `running`, as it does in EC2."""
    with running.api_lock:
        machine = machine_of(instance)
        if instance._state.code != RUNNING or machine is None:
            raise incorrect_instance_state(instance.id, "rebooted")

    def work() -> None:
        try:
            machine.reboot()
        except Stopped:
            return

    later(work, f"reboot of {instance.id}")


def powered_off(instance: Instance) -> None:
    """The system inside shut itself down: what that means is an attribute of the instance."""
    with running.api_lock:
        if instance._state.code != RUNNING:
            return
        reason = StateReason(
            "Client.InstanceInitiatedShutdown: Instance initiated shutdown", "Client.InstanceInitiatedShutdown"
        )
        if instance.instance_initiated_shutdown_behavior == "terminate":
            terminate(instance)
        else:
            _stop(instance)
        instance.state_reason = reason


def _leave(instance: Instance, work: Callable[[], None], meanwhile: int, finish: Callable[[Instance], Any]) -> None:
    pending = Pending()

    def run() -> None:
        work()
        pending.wait()
        with running.api_lock:
            if instance._state.code == meanwhile:
                finish(instance)
        convergence.converge()

    later(run, f"{NAMES[meanwhile]} of {instance.id}")
