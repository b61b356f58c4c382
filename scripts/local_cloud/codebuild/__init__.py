"""CodeBuild as the tools need it: a build that is started runs its buildspec for real, beside the server."""

from __future__ import annotations


def install() -> None:
    from . import builds, projects, sources, webhooks

    for module in (sources, projects, webhooks, builds):
        module.install()
