"""The instance metadata service at 169.254.169.254, inside an instance's network and served by this process."""

from __future__ import annotations

import secrets
import socket
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from . import inside
from .network import METADATA_ADDRESS

# PUT /latest/api/token accepts 1 to 21,600 seconds (EC2 User Guide, "Use IMDSv2").
LONGEST_TOKEN_SECONDS = 21600

Lookup = Callable[[str, bool], "str | None"]
"""Answers a path, given whether a valid token came with it; None is 404.

Raises PermissionError when the instance wants a token and LookupError when its metadata service is switched off.
"""


class MetadataServer:
    """One instance's service; started and stopped with its network."""

    def __init__(self, namespace: Path, lookup: Lookup) -> None:
        self._namespace = namespace
        self._lookup = lookup
        self._server: ThreadingHTTPServer | None = None

    def start(self) -> None:
        server = _Server(self._lookup, _listen_inside(self._namespace))
        self._server = server
        threading.Thread(target=server.serve_forever, name="metadata", daemon=True).start()

    def stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None


def _listen_inside(namespace: Path) -> socket.socket:
    listener = inside.make_socket(namespace)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((METADATA_ADDRESS, 80))
    return listener


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, lookup: Lookup, listener: socket.socket) -> None:
        super().__init__((METADATA_ADDRESS, 80), _Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = listener
        self.server_activate()
        self.lookup = lookup
        self.tokens: dict[str, float] = {}

    def issue(self, seconds: int) -> str:
        now = time.monotonic()
        self.tokens = {token: end for token, end in self.tokens.items() if end > now}
        token = secrets.token_urlsafe(40)
        self.tokens[token] = now + seconds
        return token

    def knows(self, token: str | None) -> bool:
        return token is not None and self.tokens.get(token, 0) > time.monotonic()


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    server_version = "EC2ws"
    sys_version = ""
    protocol_version = "HTTP/1.1"

    def do_PUT(self) -> None:
        lifetime = self.headers.get("X-aws-ec2-metadata-token-ttl-seconds", "")
        if self.path != "/latest/api/token":
            self._answer(404)
        elif self.headers.get("X-Forwarded-For"):
            # A request that came through a proxy may be a forged one (EC2 User Guide, "How IMDSv2 works").
            self._answer(403)
        elif not (lifetime.isdigit() and 1 <= int(lifetime) <= LONGEST_TOKEN_SECONDS):
            self._answer(400)
        else:
            self._answer(200, self.server.issue(int(lifetime)), {"X-aws-ec2-metadata-token-ttl-seconds": lifetime})

    def do_GET(self) -> None:
        token = self.headers.get("X-aws-ec2-metadata-token")
        known = self.server.knows(token)
        if token is not None and not known:
            self._answer(401)
            return
        try:
            text = self.server.lookup(self.path.split("?")[0], known)
        except PermissionError:
            self._answer(401)
        except LookupError:
            self._answer(403)
        else:
            self._answer(404 if text is None else 200, text or "")

    do_HEAD = do_GET

    def _answer(self, status: int, text: str = "", headers: dict[str, str] | None = None) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """The instance's requests are none of the server log's business."""
