"""Whoever waits for an answer."""

from __future__ import annotations

import select
import socket

import flask


def has_hung_up() -> bool:
    """Whether the connection of this request was closed at its other end, as that of a machine that went down is."""
    if not flask.has_request_context():
        return False
    connection: socket.socket = flask.request.environ["werkzeug.socket"]
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    if not poll.poll(0):
        return False
    try:
        return connection.recv(1, socket.MSG_PEEK) == b""
    except ConnectionError:
        return True
