"""Distributions as CloudFront keeps them: whole, deployed after a while, served, and deleted only when disabled."""

from __future__ import annotations


def install() -> None:
    from . import access_controls, invalidations, operations

    access_controls.install()
    invalidations.install()
    operations.install()
