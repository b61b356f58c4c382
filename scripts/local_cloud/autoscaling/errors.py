"""Errors of Auto Scaling, as the service words them."""

from __future__ import annotations

from moto.autoscaling.exceptions import AutoscalingClientError


def error(code: str, message: str) -> AutoscalingClientError:
    return AutoscalingClientError(code, message)


def invalid(message: str) -> AutoscalingClientError:
    return error("ValidationError", message)


def no_such_group(name: str) -> AutoscalingClientError:
    return invalid(f"AutoScalingGroup name not found - AutoScalingGroup '{name}' not found")
