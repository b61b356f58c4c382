"""CloudWatch as the tools need it: metrics by the minute, alarms that are evaluated, act and remember."""

from __future__ import annotations


def install() -> None:
    from . import alarms, clock, history, protocol, reading

    for module in (protocol, reading, history, alarms):
        module.install()
    clock.start()
