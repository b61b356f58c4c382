"""CBOR (RFC 8949), as far as Smithy's RPC v2 protocol uses it.

botocore reads it; what it writes needs the shape of each value, which an error has not.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from botocore.parsers import RpcV2CBORParser

UNSIGNED, NEGATIVE, BYTES, TEXT, ARRAY, MAP, TAG = range(7)
FALSE, TRUE, NULL, DOUBLE = b"\xf4", b"\xf5", b"\xf6", b"\xfb"
EPOCH = 1
"""The tag of a timestamp: seconds since 1970 (RFC 8949, 3.4.2)."""


def decode(body: bytes) -> Any:
    parser = RpcV2CBORParser()
    return parser.parse_data_item(parser.get_peekable_stream_from_bytes(body))


def encode(value: Any) -> bytes:
    match value:
        case None:
            return NULL
        case bool():
            return TRUE if value else FALSE
        case int():
            return _head(UNSIGNED, value) if value >= 0 else _head(NEGATIVE, -1 - value)
        case float():
            return DOUBLE + struct.pack(">d", value)
        case str():
            text = value.encode()
            return _head(TEXT, len(text)) + text
        case bytes():
            return _head(BYTES, len(value)) + value
        case datetime():
            return _head(TAG, EPOCH) + encode(value.timestamp())
        case Mapping():
            return _head(MAP, len(value)) + b"".join(encode(key) + encode(item) for key, item in value.items())
        case Sequence():
            return _head(ARRAY, len(value)) + b"".join(map(encode, value))
    raise TypeError(f"CBOR has no form for {type(value).__name__}")


def _head(major: int, number: int) -> bytes:
    """The type in three bits, then its number: in the other five, or in the bytes that follow."""
    if number < 24:
        return bytes([major << 5 | number])
    size = next(size for size in (1, 2, 4, 8) if number < 1 << 8 * size)
    return bytes([major << 5 | 23 + size.bit_length()]) + number.to_bytes(size)
