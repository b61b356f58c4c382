"""A region that does not exist: AWS finds that the credentials are scoped to no region of its own.

Without an endpoint of its own such a region has no host name at all; with one, the signature is what gives it away.
"""

from __future__ import annotations

import boto3
from werkzeug.wrappers import Response

from . import gateway
from .error_answer import error_answer
from .operation import Operation

# Of services that have one endpoint for all regions; their clients sign with the partition's own name.
GLOBAL = {"", "aws-global"}


def install() -> None:
    session = boto3.Session()
    regions = {
        region for name in session.get_available_partitions() for region in session.get_available_regions("ec2", name)
    }

    def check(asked: Operation) -> Response | None:
        if asked.region in regions | GLOBAL:
            return None
        code = "AuthFailure" if asked.service == "ec2" else "SignatureDoesNotMatch"
        return error_answer(asked, 403, code, "Credential should be scoped to a valid region.")

    gateway.current().before.append(check)
