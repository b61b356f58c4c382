"""The WSGI application in front of moto: extensions hook requests here."""

from __future__ import annotations

import contextlib
import json
import re
import sys
import time
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from werkzeug.wrappers import Request, Response

from . import operation, running
from .error_answer import error_answer
from .operation import Operation

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

# Where XML has the code, and JSON, after the namespace if there is one.
_CODE = re.compile(
    rb"<Code>([^<]+)</Code>|\"__type\": ?\"(?:[^\"#]*#)?([^\"]+)\"|\"[cC]ode\": ?\"([^\"]+)\"",
)


@dataclass
class Gateway:
    """`before` may answer instead of moto; `after` is told of every answer; `routes` are paths of our own."""

    application: Application
    before: list[Callable[[Operation], Response | None]] = field(default_factory=list)
    after: list[Callable[[Operation, int, str | None], None]] = field(default_factory=list)
    routes: dict[str, Callable[[Request], Response]] = field(default_factory=dict)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path in self.routes:
            return self.routes[path](Request(environ))(environ, start_response)
        if path.startswith("/moto-api"):
            return self.application(environ, start_response)
        asked = operation.of(environ)
        for hook in self.before:
            if (answer := hook(asked)) is not None:
                return self._finish(asked, answer, environ, start_response)
        # Only EC2 is serialised: an upload to S3 must not hold up the rest.
        with running.api_lock if asked.service == "ec2" else contextlib.nullcontext():
            answer = self._ask_moto(asked, environ)
        return self._finish(asked, answer, environ, start_response)

    def _ask_moto(self, asked: Operation, environ: dict[str, Any]) -> Response:
        try:
            return Response.from_app(self.application, environ)
        except NotImplementedError as error:
            # 501 is not retried: the operation will not be there the next time either.
            return error_answer(asked, 501, "NotImplemented", f"{asked.name}: {error}")
        except Exception as error:  # a defect of moto's or ours is answered as AWS answers one of its own
            print(f"{timestamp()} {asked.service} {asked.name} failed", file=sys.stderr)
            traceback.print_exc()
            return error_answer(asked, 500, "InternalError", f"{type(error).__name__}: {error}")

    def _finish(
        self, asked: Operation, answer: Response, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        code = error_code(answer.get_data()) if answer.status_code >= 400 else None
        for hook in self.after:
            hook(asked, answer.status_code, code)
        return answer(environ, start_response)


def error_code(body: bytes) -> str | None:
    if found := _CODE.search(body):
        return next(group for group in found.groups() if group).decode()
    _, key, text = body.partition(b"__type")
    if not key or len(text) < 3:
        return None
    # CBOR: a text's length stands in its first byte, or after it in one byte or two (RFC 8949, 3.1).
    start = {0x78: 2, 0x79: 3}.get(text[0], 1)
    length = text[0] - 0x60 if start == 1 else int.from_bytes(text[1:start])
    return text[start : start + length].decode(errors="replace").rsplit("#", 1)[-1]


def json_response(content: object, status: int = 200) -> Response:
    return Response(json.dumps(content) + "\n", status, content_type="application/json")


def timestamp() -> str:
    now = time.time()
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{int(now * 1000) % 1000:03d}Z"


gateway: Gateway | None = None


def current() -> Gateway:
    if gateway is None:
        raise RuntimeError("the gateway is not open")
    return gateway
