"""Distributions as CloudFront keeps them: whole, deployed after a while, and deleted only when disabled."""

from __future__ import annotations


def install() -> None:
    from . import access_controls, operations

    access_controls.install()
    operations.install()
