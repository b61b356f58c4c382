"""Clients of the local cloud's own API, for what the service does on a caller's behalf.

The real service acts through the public APIs of the other services with the
caller's credentials. So does this one: what those APIs check, log, delay or
refuse holds for a stack's resources too.
"""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from typing import Any

import botocore.session
from botocore.config import Config

_LOCK = threading.Lock()
_CLIENTS: dict[tuple[Caller, str], Any] = {}
# One session: it keeps the service descriptions, of which EC2's takes 0.3 s to read.
# The profile and the files of whoever started the cloud are none of its business.
_SESSION = botocore.session.Session(
    session_vars={
        "profile": (None, None, None, None),
        "config_file": (None, None, os.devnull, None),
        "credentials_file": (None, None, os.devnull, None),
    }
)

# CloudTrail shows a stack's calls under this agent.
USER_AGENT = "cloudformation.amazonaws.com"


@dataclass(frozen=True)
class Caller:
    account: str
    region: str
    endpoint: str
    access_key: str
    secret_key: str

    def client(self, service: str) -> Any:
        # Making a client is not thread-safe in botocore; using one is.
        with _LOCK:
            found = _CLIENTS.get((self, service))
            if found is None:
                found = _CLIENTS[self, service] = self._make(service)
            return found

    def _make(self, service: str) -> Any:
        client = _SESSION.create_client(
            service,
            region_name=self.region,
            endpoint_url=self.endpoint,
            aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret_key,
            config=Config(
                user_agent=USER_AGENT,
                retries={"mode": "standard", "total_max_attempts": 3},
                connect_timeout=5,
                read_timeout=120,
                proxies={},
                s3={"addressing_style": "path"},
            ),
        )
        client.meta.events.register("after-call", _name_the_service)
        return client


def _name_the_service(parsed: dict[str, Any], model: Any, **_: Any) -> None:
    """An error says which service answered it; botocore's ClientError does not."""
    metadata = parsed.setdefault("ResponseMetadata", {})
    metadata["Service"] = model.service_model.service_name
