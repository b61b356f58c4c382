"""An error in the protocol of the request, so that every SDK reads its code and message."""

from __future__ import annotations

import json
import uuid
from xml.sax.saxutils import escape

from werkzeug.wrappers import Response

from . import cbor
from .operation import Operation


def error_answer(asked: Operation, status: int, code: str, message: str) -> Response:
    request_id = str(uuid.uuid4())
    fields = {"__type": code, "message": message}
    headers = {"x-amz-request-id": request_id, "x-amzn-RequestId": request_id}
    if asked.protocol == "cbor":
        headers["smithy-protocol"] = "rpc-v2-cbor"
        return Response(cbor.encode(fields), status, headers, content_type="application/cbor")
    if asked.protocol == "json":
        return Response(json.dumps(fields), status, headers, content_type="application/x-amz-json-1.0")
    error = f"<Code>{escape(code)}</Code><Message>{escape(message)}</Message>"
    # S3 and EC2 have an XML each of their own.
    if asked.service == "ec2":
        body = f"<Response><Errors><Error>{error}</Error></Errors><RequestID>{request_id}</RequestID></Response>"
    elif asked.service == "s3":
        body = f"<Error>{error}<RequestId>{request_id}</RequestId></Error>"
    else:
        side = "Sender" if status < 500 else "Receiver"
        body = (
            f"<ErrorResponse><Error><Type>{side}</Type>{error}</Error><RequestId>{request_id}</RequestId>"
            "</ErrorResponse>"
        )
    return Response(body, status, headers, content_type="text/xml")
