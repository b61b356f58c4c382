"""What IAM allows to whom, once it is told to be asked.

POST /ail-cloud/permissions with {"enforced": true} or {"enforced": false}; GET says which. Judged are the sessions of
roles and the access keys of users; every other key is the account's own, which no policy binds. A call made on
somebody's behalf carries the key of that somebody: so a stack makes nothing that its caller may not make.

An action counts and nothing else (policies.py): what a statement says of resources and conditions is for a linter.
"""

from __future__ import annotations

import json

from werkzeug.wrappers import Request, Response

from .. import gateway
from ..error_answer import error_answer
from ..operation import Operation
from . import actions, identities, policies

# The code of a refusal: EC2's own; JSON's and CBOR's (Smithy, "Common errors"); everybody else's.
CODES = {"json": "AccessDeniedException", "cbor": "AccessDeniedException", "xml": "AccessDenied"}
# Services that left the query protocol go on naming its code in a header.
QUERY_COMPATIBLE = ("monitoring", "sqs")

_enforced = False


def install() -> None:
    gateway.current().before.append(judge)
    gateway.current().routes["/ail-cloud/permissions"] = _manage


def _manage(request: Request) -> Response:
    global _enforced
    if request.method == "POST":
        try:
            _enforced = json.loads(request.get_data())["enforced"] is True
        except (KeyError, TypeError, ValueError) as error:
            return gateway.json_response({"error": f'expected {{"enforced": true}}: {error}'}, 400)
    return gateway.json_response({"enforced": _enforced})


def judge(asked: Operation) -> Response | None:
    identity = identities.of(asked.caller) if _enforced else None
    if identity is None:
        return None
    documents = identity.documents()
    for action in actions.of(asked):
        if not policies.allow(documents, action):
            return _refusal(asked, identity.arn, action)
    return None


def _refusal(asked: Operation, arn: str, action: str) -> Response:
    why = f"no identity-based policy allows the {action} action"
    why = f"User: {arn} is not authorized to perform: {action} because {why}"
    if asked.service == "ec2":
        # A real one goes on with a message that only the account can decode.
        return error_answer(
            asked, 403, "UnauthorizedOperation", f"You are not authorized to perform this operation. {why}."
        )
    status = 403 if asked.protocol == "xml" else 400
    answer = error_answer(asked, status, CODES[asked.protocol], why)
    if asked.service in QUERY_COMPATIBLE:
        answer.headers["x-amzn-query-error"] = "AccessDenied;Sender"
    return answer
