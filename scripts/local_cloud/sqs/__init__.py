"""SQS as the tools need it: as fast with a million messages as with one, and as strict as the service."""

from __future__ import annotations


def install() -> None:
    from . import attributes, errors, messages, metrics, move_tasks, queues

    for module in (errors, attributes, queues, messages, move_tasks, metrics):
        module.install()
