"""EC2 as the tools need it: moto's models with real machines behind them, and what moto lacks or gets wrong."""

from __future__ import annotations


def install() -> None:
    from . import (
        block_devices,
        console,
        images,
        instances,
        key_pairs,
        launch,
        launch_templates,
        metadata_options,
        permissions,
        profiles,
        registration,
        security_groups,
        snapshots,
        tags,
    )

    for module in (
        block_devices,
        instances,
        launch,
        launch_templates,
        metadata_options,
        profiles,
        console,
        key_pairs,
        security_groups,
        images,
        snapshots,
        permissions,
        registration,
        tags,
    ):
        module.install()
