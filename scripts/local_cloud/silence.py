"""An API that falls silent, for tests that kill a tool at a call.

POST /ail-cloud/silence with {"caller", "after"}: the next `after` calls of that caller (an access key id) that change
something are done, and from then on it hears nothing more: not the answer of the last of them, nor of any other call,
and what it asks for is not done. GET tells of each caller how many calls are left to it, 0 for silence. DELETE with
{"caller"} ends it; what still waits is refused, because whoever sent it is dead.
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass

from werkzeug.wrappers import Request, Response

from . import gateway
from .error_answer import error_answer
from .operation import Operation


@dataclass
class Silence:
    left: int
    under_way: int = 0
    ended: bool = False


_silences: dict[str, Silence] = {}
_changed = threading.Condition()


def install() -> None:
    """After all other extensions: a call is not done once there is silence, and done with all that follows before."""
    gateway.current().before.insert(0, _admit)
    gateway.current().after.append(_count)
    gateway.current().routes["/ail-cloud/silence"] = _manage


def _manage(request: Request) -> Response:
    with _changed:
        try:
            if request.method == "POST":
                asked = json.loads(request.get_data())
                _end(asked["caller"])
                _silences[asked["caller"]] = Silence(int(asked["after"]))
            elif request.method == "DELETE":
                _end(json.loads(request.get_data())["caller"])
        except (KeyError, TypeError, ValueError) as error:
            return gateway.json_response({"error": f"{type(error).__name__}: {error}"}, 400)
        return gateway.json_response({caller: silence.left for caller, silence in _silences.items()})


def _end(caller: str) -> None:
    if (silence := _silences.pop(caller, None)) is not None:
        silence.ended = True
        _changed.notify_all()


def _admit(asked: Operation) -> Response | None:
    """Lets no more calls under way than are left, so that exactly as many are done as were asked for."""
    with _changed:
        if (silence := _silences.get(asked.caller)) is None:
            return None
        full = silence.under_way if asked.mutating else 0
        while silence.left <= full and not silence.ended:
            _changed.wait()
            full = silence.under_way if asked.mutating else 0
        if silence.ended:
            return error_answer(asked, 503, "ServiceUnavailable", "The caller was silenced.")
        silence.under_way += asked.mutating
        return None


def _count(asked: Operation, status: int, code: str | None) -> None:
    with _changed:
        if (silence := _silences.get(asked.caller)) is None:
            return
        if asked.mutating:
            # One that began before the silence was asked for is not under way here.
            silence.under_way = max(0, silence.under_way - 1)
            silence.left = max(0, silence.left - (status < 400))
            _changed.notify_all()
        while silence.left == 0 and not silence.ended:
            _changed.wait()
