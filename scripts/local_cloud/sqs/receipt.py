"""Receipt handles: each receipt of a message has its own, and says which message of which queue it is for.

So nothing has to be remembered of messages that are gone, and a handle that no queue ever gave is told from an old one.
"""

from __future__ import annotations

import base64
import binascii
import secrets
import zlib
from dataclasses import dataclass


@dataclass(frozen=True)
class Receipt:
    queue_arn: str
    message_id: str
    number: int
    """Which receipt of the message: a later one makes this one powerless (SQS API Reference, DeleteMessage)."""

    def handle(self) -> str:
        text = f"{self.message_id} {self.number} {self.queue_arn} {secrets.token_hex(24)}".encode()
        return base64.b64encode(zlib.crc32(text).to_bytes(4) + text).decode()


def read(handle: str) -> Receipt | None:
    try:
        data = base64.b64decode(handle, validate=True)
    except (binascii.Error, ValueError):
        return None
    if len(data) < 4 or zlib.crc32(data[4:]).to_bytes(4) != data[:4]:
        return None
    message_id, number, queue_arn, _ = data[4:].decode().split(" ")
    return Receipt(queue_arn, message_id, int(number))
