"""CloudWatch as the tools need it."""

from __future__ import annotations


def install() -> None:
    from . import protocol

    protocol.install()
