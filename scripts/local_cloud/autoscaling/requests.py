"""Each request of Auto Scaling holds the lock of the groups, as the engine does."""

from __future__ import annotations

from typing import Any

from moto.autoscaling.responses import AutoScalingResponse

from . import state

_call_action = AutoScalingResponse.call_action


def install() -> None:
    AutoScalingResponse.call_action = call_action


def call_action(self: AutoScalingResponse) -> Any:
    with state.lock:
        return _call_action(self)
