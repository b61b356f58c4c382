"""Faults that tests ask for: the next calls of an operation fail, or are slow.

POST /ail-cloud/faults with {"service", "operation", "times", "status", "code", "message", "delay", "caller"}; all but
the first two may be left out. Without a code the call is only delayed; with a caller (an access key id) only that
one's calls are hit. GET lists what is still to come, DELETE clears it.
"""

from __future__ import annotations

import json
import threading
import time
import uuid
from dataclasses import asdict, dataclass
from xml.sax.saxutils import escape

from werkzeug.wrappers import Request, Response

from . import gateway
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
    gateway.current().before.append(_strike)
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


def _strike(asked: Operation) -> Response | None:
    with _lock:
        fault = next((f for f in _faults if f.strikes(asked)), None)
        if fault is None:
            return None
        fault.times -= 1
        if fault.times <= 0:
            _faults.remove(fault)
    time.sleep(fault.delay)
    return _error(asked.service, fault) if fault.code else None


def _error(service: str, fault: Fault) -> Response:
    """An error in the shape of the service's protocol."""
    request_id = str(uuid.uuid4())
    code, message = escape(fault.code), escape(fault.message)
    if service == "ec2":
        body = (
            f"<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors>"
            f"<RequestID>{request_id}</RequestID></Response>"
        )
    elif service == "s3":
        body = f"<Error><Code>{code}</Code><Message>{message}</Message><RequestId>{request_id}</RequestId></Error>"
    elif service in ("sqs", "codebuild", "wafv2", "tagging", "kms", "ssm", "logs", "dynamodb"):
        body = json.dumps({"__type": fault.code, "message": fault.message})
        headers = {"x-amzn-RequestId": request_id, "x-amzn-ErrorType": fault.code}
        return Response(body, fault.status, headers, content_type="application/x-amz-json-1.0")
    else:
        body = (
            f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
            f"<RequestId>{request_id}</RequestId></ErrorResponse>"
        )
    return Response(body, fault.status, {"x-amz-request-id": request_id}, content_type="text/xml")
