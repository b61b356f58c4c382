"""Requests that IAM refuses: by the names that IAM has for services, in the protocol of the request.

moto writes every refusal in XML, and takes the name a service signs with for that of its permissions. It refuses at all
only once it is told to (POST /moto-api/reset-auth).
"""

from __future__ import annotations

import re
from typing import Any
from xml.sax.saxutils import unescape

from werkzeug.wrappers import Response

from .error_answer import error_answer
from .operation import Operation

# Where the two differ (Service Authorization Reference).
PREFIXES = {"monitoring": "cloudwatch"}
# The common errors have names of their own in JSON and CBOR (Smithy, "Common errors").
CODES = {
    "AccessDenied": "AccessDeniedException",
    "InvalidClientTokenId": "UnrecognizedClientException",
    "SignatureDoesNotMatch": "InvalidSignatureException",
}
# Services that left the query protocol go on naming its code in a header.
QUERY_COMPATIBLE = ("monitoring", "sqs")

_XML = re.compile(r"<Code>(?P<code>[^<]+)</Code>\s*<Message>(?P<message>[^<]*)</Message>")


def install() -> None:
    # Here, because the server sets moto's environment after it has loaded the gateway.
    from moto.iam.access_control import IAMRequestBase

    made = IAMRequestBase.__init__

    def init(self: IAMRequestBase, *arguments: Any, **options: Any) -> None:
        made(self, *arguments, **options)
        service, _, action = self._action.partition(":")
        self._action = f"{PREFIXES.get(service, service)}:{action}"

    IAMRequestBase.__init__ = init


def in_protocol_of(asked: Operation, answer: Response) -> Response:
    if asked.protocol == "xml" or answer.status_code not in (401, 403):
        return answer
    found = _XML.search(answer.get_data(as_text=True))
    if found is None:
        return answer
    code = found["code"]
    told = error_answer(asked, 400, CODES.get(code, code), unescape(found["message"]))
    if asked.service in QUERY_COMPATIBLE:
        told.headers["x-amzn-query-error"] = f"{code};Sender"
    return told
