"""Faults that tests ask for: the next calls of an operation fail, or are slow.

POST /ail-cloud/faults with {"service", "operation", "times", "status", "code", "message", "delay", "caller"}; all but
the first two may be left out. Without a code the call is only delayed; with a caller (an access key id) only that
one's calls are hit. GET lists what is still to come, DELETE clears it.
"""

from __future__ import annotations

import json
import threading
import time
from dataclasses import asdict, dataclass

from werkzeug.wrappers import Request, Response

from . import gateway
from .error_answer import error_answer
from .operation import Operation


@dataclass
class Fault:
    service: str
    operation: str
    times: int = 1
    status: int = 400
    code: str = ""
    message: str = ""
    delay: float = 0.0
    caller: str = ""

    def strikes(self, asked: Operation) -> bool:
        return (self.service, self.operation) == (asked.service, asked.name) and self.caller in ("", asked.caller)


_faults: list[Fault] = []
_lock = threading.Lock()


def install() -> None:
    gateway.current().before.append(strike)
    gateway.current().routes["/ail-cloud/faults"] = _manage


def _manage(request: Request) -> Response:
    with _lock:
        if request.method == "POST":
            try:
                _faults.append(Fault(**json.loads(request.get_data())))
            except (TypeError, ValueError) as error:
                return gateway.json_response({"error": str(error)}, 400)
        elif request.method == "DELETE":
            _faults.clear()
        return gateway.json_response([asdict(fault) for fault in _faults])


def strike(asked: Operation) -> Response | None:
    """The answer of a fault that was asked for, if there is one."""
    with _lock:
        fault = next((f for f in _faults if f.strikes(asked)), None)
        if fault is None:
            return None
        fault.times -= 1
        if fault.times <= 0:
            _faults.remove(fault)
    time.sleep(fault.delay)
    return error_answer(asked, fault.status, fault.code, fault.message) if fault.code else None
