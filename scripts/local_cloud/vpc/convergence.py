"""Brings the networks of the kernel to what the API says, after each call that may have changed it."""

from __future__ import annotations

import sys
import threading
import traceback

from moto.ec2.models import EC2Backend

from .. import gateway, running
from ..machines.router import Router
from ..operation import Operation
from . import plan

# Whatever starts, moves or ends an instance or its network.
_SERVICES = ("ec2", "autoscaling", "cloudformation")

_networks: dict[str, tuple[Router, EC2Backend]] = {}
_lock = threading.Lock()


def install() -> None:
    gateway.current().after.append(_after_call)


def router_of(backend: EC2Backend, vpc_id: str) -> Router:
    """Callers hold the API lock."""
    if vpc_id not in _networks:
        settings = running.cloud().settings
        router = Router(f"{settings.namespace_prefix}{vpc_id}", settings.state / "routers" / vpc_id)
        _networks[vpc_id] = (router, backend)
    return _networks[vpc_id][0]


def converge() -> None:
    """Never call it with the API lock held: it waits for the kernel. A network that fails is tried again the next time,
    and does not keep the others from theirs."""
    with _lock:
        with running.api_lock:
            for vpc_id in [vpc_id for vpc_id, (_, backend) in _networks.items() if vpc_id not in backend.vpcs]:
                del _networks[vpc_id]
            planned = [(vpc_id, router, plan.of(backend, vpc_id)) for vpc_id, (router, backend) in _networks.items()]
        # An address that moves from one network to another must be free before it can be listened at.
        for step in (Router.withdraw, Router.apply):
            for vpc_id, router, wanted in planned:
                try:
                    step(router, wanted)
                except Exception:  # the call that changed it was answered rightly
                    print(f"{gateway.timestamp()} the network of {vpc_id} failed", file=sys.stderr)
                    traceback.print_exc()


def _after_call(asked: Operation, status: int, code: str | None) -> None:
    if asked.service in _SERVICES and asked.mutating and status < 400:
        converge()
