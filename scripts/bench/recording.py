"""A proxy that makes every call take a set time, and keeps what was said."""

from __future__ import annotations

import http.client
import io
import threading
import time
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from local_cloud import operation

from .chain import Call

# Of one connection, not of the message (RFC 9110, 7.6.1).
HOP = {"connection", "keep-alive", "transfer-encoding", "te", "upgrade"}


class Proxy(ThreadingHTTPServer):
    """Stands before the API at `target`; `calls` is what passed, in the order of its end."""

    daemon_threads = True
    # As many connections as a client opens at once wait to be taken.
    request_queue_size = 128

    def __init__(self, target: str, latency: float) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.target = urllib.parse.urlsplit(target).netloc
        self.latency = latency
        self.calls: list[Call] = []
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    """A connection of a client's, with one to the API behind it."""

    protocol_version = "HTTP/1.1"
    # Head and body of an answer leave in two writes: without this the second waits for the first's acknowledgement.
    disable_nagle_algorithm = True
    server: Proxy

    def setup(self) -> None:
        super().setup()
        self.behind = http.client.HTTPConnection(self.server.target, timeout=60)

    def finish(self) -> None:
        self.behind.close()
        super().finish()

    def log_message(self, *_: object) -> None:
        """What passed is in the recording."""

    def pass_on(self) -> None:
        started = time.monotonic()
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        # The Host header too: URLs in answers, such as a queue's, then lead through here again.
        headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP}
        self.behind.request(self.command, self.path, body, headers)
        answer = self.behind.getresponse()
        content = answer.read()
        # The time on the wire and in the service, of which the local cloud's own is a part.
        time.sleep(max(0.0, started + self.server.latency - time.monotonic()))
        self.send_response_only(answer.status)
        kept = [(name, value) for name, value in answer.getheaders() if name.lower() not in HOP | {"content-length"}]
        for name, value in kept:
            self.send_header(name, value)
        self.send_header("Content-Length", answer.getheader("Content-Length") or str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        self.note(started, body, answer.status, content)

    def note(self, started: float, body: bytes, status: int, content: bytes) -> None:
        path, _, query = self.path.partition("?")
        environ = {
            "REQUEST_METHOD": self.command,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_AUTHORIZATION": self.headers.get("Authorization", ""),
            "wsgi.input": io.BytesIO(body),
        }
        if target := self.headers.get("X-Amz-Target"):
            environ["HTTP_X_AMZ_TARGET"] = target
        asked = operation.of(environ)
        said = urllib.parse.unquote_plus(f"{self.path} {body.decode(errors='replace')}")
        call = Call(
            asked.name,
            asked.service,
            asked.mutating and status < 400,
            started,
            time.monotonic(),
            said,
            content.decode(errors="replace"),
        )
        with self.server.lock:
            self.server.calls.append(call)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = pass_on


@contextmanager
def recording(target: str, latency: float) -> Iterator[Proxy]:
    with Proxy(target, latency) as proxy:
        thread = threading.Thread(target=proxy.serve_forever, daemon=True)
        thread.start()
        try:
            yield proxy
        finally:
            proxy.shutdown()
            thread.join()
