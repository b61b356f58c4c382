"""AWS WAF as strict as the service where a stack depends on it: regions, references, uses."""

from __future__ import annotations


def install() -> None:
    from . import checks, uses

    checks.install()
    uses.install()
