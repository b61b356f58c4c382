"""Errors of AWS WAF (AWS WAFV2 API Reference, Errors) that moto does not have."""

from __future__ import annotations

from moto.wafv2.exceptions import WAFv2ClientError


def invalid_parameter(reason: str, field: str, parameter: object) -> WAFv2ClientError:
    return WAFv2ClientError(
        "WAFInvalidParameterException",
        f"Error reason: {reason}, field: {field}, parameter: {parameter}",
    )


def in_use() -> WAFv2ClientError:
    return WAFv2ClientError(
        "WAFAssociatedItemException",
        "AWS WAF couldn't perform the operation because your resource is being used by another resource"
        " or it's associated with another resource.",
    )
