"""Answers of S3 whose root element moto names otherwise than the service does: some SDKs look at it."""

from __future__ import annotations

from typing import Any

from moto.s3.responses import S3Response

_list_parts = S3Response.list_parts


def install() -> None:
    S3Response.list_parts = list_parts


def list_parts(self: S3Response) -> Any:
    """`ListPartsResult` (Amazon S3 API Reference, ListParts)."""
    status, headers, body = _list_parts(self)
    text = body.decode() if isinstance(body, bytes) else body
    for mark in ("<ListPartsResponse", "</ListPartsResponse"):
        text = text.replace(mark, mark.replace("Response", "Result"), 1)
    return status, headers, text
