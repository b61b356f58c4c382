"""Whoever waits for an answer."""

from __future__ import annotations

import select
import socket
from typing import Any


def has_hung_up(environ: dict[str, Any]) -> bool:
    """Whether the connection of a request was closed at its other end, as that of a machine that went down is."""
    connection: socket.socket = environ["werkzeug.socket"]
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    if not poll.poll(0):
        return False
    try:
        return connection.recv(1, socket.MSG_PEEK) == b""
    except ConnectionError:
        return True
