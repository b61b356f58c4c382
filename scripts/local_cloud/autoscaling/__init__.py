"""Auto Scaling as the tools need it: groups that start and end instances, policies that alarms run, lifecycle hooks."""

from __future__ import annotations


def install() -> None:
    from . import (
        activities,
        cloudformation_model,
        configurations,
        engine,
        execution,
        groups,
        health,
        hooks,
        instance_metadata,
        instances,
        metrics,
        notifications,
        policies,
        processes,
        refresh,
        requests,
        scheduled,
    )

    for module in (
        requests,
        groups,
        cloudformation_model,
        instances,
        activities,
        hooks,
        health,
        processes,
        configurations,
        policies,
        execution,
        refresh,
        scheduled,
        metrics,
        notifications,
        instance_metadata,
    ):
        module.install()
    engine.start()
