"""Which operation of which service a request asks for."""

from __future__ import annotations

import functools
import io
import re
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import botocore.session

from . import s3_operations
from .settings import REGION

READING = ("Describe", "Get", "List", "Head", "Validate", "Lookup", "Search", "Estimate", "Detect", "BatchGet",
           "Simulate", "Preview", "Select", "Query", "Scan", "Decode", "Test", "Verify", "AssumeRole")  # fmt: skip

_SCOPE = re.compile(r"Credential=(?P<caller>[^/]+)/\d+/(?P<region>[^/]*)/(?P<service>[^/]+)/aws4_request")
_CBOR_PATH = re.compile(r"/service/[^/]+/operation/(?P<operation>\w+)")
# A placeholder in a URI of botocore's models: {Id}, or {Key+} which may hold slashes.
_PLACEHOLDER = re.compile(r"\\\{\w+(\\\+)?\\\}")


@dataclass(frozen=True)
class Operation:
    service: str
    name: str
    region: str
    dry_run: bool = False
    caller: str = ""
    """The access key id: parallel tests take one each, to tell their calls apart."""
    protocol: str = "xml"
    """What the answer is written in: `xml`, `json` or `cbor`."""
    given: frozenset[str] = frozenset()
    """The names of what came with it: parameters of a form, headers of S3."""

    @property
    def mutating(self) -> bool:
        return not self.dry_run and not self.name.startswith(READING)


def of(environ: dict[str, Any]) -> Operation:
    """Reads the body of a form and puts it back."""
    scope = _SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
    query = urllib.parse.parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)
    form = _form(environ)
    # A presigned URL carries the scope in its query.
    scope = scope or _SCOPE.search("Credential=" + query.get("X-Amz-Credential", [""])[0])
    service, region, caller = scope.group("service", "region", "caller") if scope else ("s3", REGION, "")
    dry_run = form.get("DryRun", ["false"])[0].lower() == "true"
    name, given = _name(service, environ, query, form), frozenset([*form, *_amz_headers(environ)])
    return Operation(service, name, region, dry_run, caller, _protocol(environ), given)


def _amz_headers(environ: dict[str, Any]) -> Iterator[str]:
    return (key[5:].lower().replace("_", "-") for key in environ if key.startswith("HTTP_X_AMZ_"))


def _protocol(environ: dict[str, Any]) -> str:
    if _CBOR_PATH.fullmatch(environ.get("PATH_INFO", "/")):
        return "cbor"
    return "json" if "HTTP_X_AMZ_TARGET" in environ or "json" in environ.get("CONTENT_TYPE", "") else "xml"


def _name(service: str, environ: dict[str, Any], query: dict[str, list[str]], form: dict[str, list[str]]) -> str:
    method, path = environ["REQUEST_METHOD"], environ.get("PATH_INFO", "/")
    if "Action" in form or "Action" in query:
        return (form.get("Action") or query["Action"])[0]
    if target := environ.get("HTTP_X_AMZ_TARGET"):
        return target.rsplit(".", 1)[-1]
    if cbor := _CBOR_PATH.fullmatch(path):
        return cbor["operation"]
    if service == "s3":
        return s3_operations.name(method, path, set(query), "HTTP_X_AMZ_COPY_SOURCE" in environ)
    for wanted, pattern, name in _rest_operations(service):
        if wanted == method and pattern.fullmatch(path):
            return name
    return f"{method} {path}"


def _form(environ: dict[str, Any]) -> dict[str, list[str]]:
    if not environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        return {}
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(body)
    return urllib.parse.parse_qs(body.decode(errors="replace"))


@functools.cache
def _rest_operations(service: str) -> list[tuple[str, re.Pattern[str], str]]:
    """Method, path and name of each operation of a REST service; the most literal path first."""
    try:
        model = botocore.session.get_session().get_service_model(service)
    except Exception:  # a service that botocore does not know has no names to give
        return []
    operations = []
    for name in model.operation_names:
        http = model.operation_model(name).http
        uri = http["requestUri"].split("?")[0]
        pattern = _PLACEHOLDER.sub(lambda match: ".+" if match[1] else "[^/]+", re.escape(uri))
        operations.append(
            (uri.count("{"), http["method"], re.compile(pattern + "/?"), re.sub(r"\d{4}_\d\d_\d\d$", "", name))
        )
    return [(method, pattern, name) for _, method, pattern, name in sorted(operations, key=lambda item: item[0])]
