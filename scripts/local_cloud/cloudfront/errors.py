"""Errors of CloudFront with their HTTP status (Amazon CloudFront API Reference)."""

from __future__ import annotations

from moto.core.exceptions import ServiceException


class CloudFrontError(ServiceException):
    pass


def error(code: str, message: str) -> CloudFrontError:
    return CloudFrontError(code, message)


def wrong_version() -> CloudFrontError:
    return error(
        "PreconditionFailed",
        "The request failed because it didn't meet the preconditions in one or more header fields.",
    )


def no_version() -> CloudFrontError:
    return error("InvalidIfMatchVersion", "The If-Match version is missing or not valid for the resource.")
