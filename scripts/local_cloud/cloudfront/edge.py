"""What a distribution serves: a server on loopback, by TLS, with a cache that has to be told to forget."""

from __future__ import annotations

import html
import http.server
import re
import threading
import time
import urllib.parse
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from moto.s3.models import FakeKey

from .. import certificates
from ..s3_extents import PIECE, Extents
from ..wafv2 import verdicts
from . import origin, ranges

if TYPE_CHECKING:
    from .distribution import Distribution

# CachingOptimized keeps what says nothing itself for a day, and everything for a second at least
# (CloudFront Developer Guide, "Use managed cache policies").
_LONGEST, _USUAL, _LEAST = 31536000, 86400, 1
_SECURITY_HEADERS = "67f7725c-6f97-4210-82d7-5512b31e9d03"
# What that managed policy adds ("Use managed response headers policies").
_ADDED = {
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "X-XSS-Protection": "1; mode=block",
}
_METHOD = (
    "This distribution is not configured to allow the HTTP request method that was used for this request. "
    "The distribution supports only cachable requests."
)
_ACTION = "x-amzn-waf-action"
_DISABLED = "The distribution is disabled, or its configuration does not let it answer this request."
_BLOCKED = "Request blocked. We can't connect to the server for this app or website at this time."
_TOO_LARGE = "Bad request. The object is larger than what is sent at once: ask for ranges of it."


@dataclass
class Kept:
    """An object as it was when the edge read it."""

    content: Extents | bytes
    headers: dict[str, str]
    until: float


class Edge:
    """One distribution's server."""

    def __init__(self, distribution: Distribution, account: str) -> None:
        self._distribution, self._account = distribution, account
        self._kept: dict[str, Kept] = {}
        edge = self

        class Handler(_Handler):
            asked = edge

        self._server = _Server((certificates.HOST, 0), Handler)
        self._server.socket = certificates.context().wrap_socket(
            # The handshake is the connection's own thread's: a silent client holds nobody up.
            self._server.socket,
            server_side=True,
            do_handshake_on_connect=False,
        )
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def domain_name(self) -> str:
        return f"{certificates.HOST}:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def forget(self, paths: Iterable[str]) -> None:
        patterns = [urllib.parse.unquote(path).lstrip("/") for path in paths]
        for key in list(self._kept):
            # Only a * at the end is one of CloudFront's.
            if any(key == each or (each.endswith("*") and key.startswith(each[:-1])) for each in patterns):
                self._kept.pop(key, None)

    def answer(
        self, method: str, path: str, asked: Mapping[str, str], address: str
    ) -> tuple[int, dict[str, str], Extents | bytes]:
        """Status, headers and content, for the headers of a request from an address."""
        config = self._distribution.config
        behaviour = config["DefaultCacheBehavior"]
        if method not in behaviour["AllowedMethods"]["Items"]:
            return _refusal(_METHOD)
        if not config["Enabled"]:
            return _refusal(_DISABLED)
        match verdicts.of(self._account, config["WebACLId"], address):
            case "Block":
                return _refusal(_BLOCKED)
            case "Captcha":
                # What does not accept HTML is told by the header alone (AWS WAF Developer Guide, "CAPTCHA and
                # Challenge action behavior").
                return 405, {"Server": "CloudFront", "X-Cache": "Error from cloudfront", _ACTION: "captcha"}, b""
        key = urllib.parse.unquote(urllib.parse.urlsplit(path).path).lstrip("/") or config["DefaultRootObject"]
        added = _ADDED if behaviour.get("ResponseHeadersPolicyId") == _SECURITY_HEADERS else {}
        kept, how = self._kept.get(key), "Hit from cloudfront"
        if kept is None or time.monotonic() >= kept.until:
            how = "Miss from cloudfront"
            try:
                kept = self._read(config, key)
            except origin.Denied:
                return _of_origin(403, "AccessDenied", "Access Denied", added)
            except origin.NoSuchKey:
                return _of_origin(404, "NoSuchKey", "The specified key does not exist.", added)
        try:
            status, more, content = ranges.answer(asked, kept.headers["ETag"], kept.content)
        except ranges.TooLarge:
            return _refusal(_TOO_LARGE, 400)
        return status, {**kept.headers, **added, **more, "X-Cache": how}, content

    def _read(self, config: dict[str, Any], key: str) -> Kept:
        wanted = config["DefaultCacheBehavior"]["TargetOriginId"]
        (found,) = [each for each in config["Origins"]["Items"] if each["Id"] == wanted]
        whole = found["OriginPath"].strip("/") + "/" + key if found["OriginPath"] else key
        stored = origin.read(self._account, self._distribution.arn, found, whole)
        kept = Kept(stored.value, _headers(stored), time.monotonic() + _lifetime(stored))
        self._kept[key] = kept
        return kept


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away, or does not trust the certificate, is no defect of the server's."""


class _Handler(http.server.BaseHTTPRequestHandler):
    asked: Edge
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "CloudFront", ""

    def _serve(self) -> None:
        status, headers, content = self.asked.answer(self.command, self.path, self.headers, self.client_address[0])
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Via", "1.1 edge.cloudfront.net (CloudFront)")
        if self.command not in ("GET", "HEAD"):
            # Nobody reads the request's body.
            self.close_connection = True
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            for data in content if isinstance(content, Extents) else _pieces(content):
                self.wfile.write(data)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _serve  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:
        """Who downloads is not recorded."""


def _pieces(content: bytes) -> Iterable[bytes]:
    return (content[start : start + PIECE] for start in range(0, len(content), PIECE))


def _headers(stored: FakeKey) -> dict[str, str]:
    headers = {
        "Content-Type": "binary/octet-stream",
        "Date": time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime()),
        "ETag": stored.etag,
        "Last-Modified": stored.last_modified_RFC1123,
        "Server": "AmazonS3",
    }
    shown = re.compile(r"content-type|cache-control|content-disposition|content-encoding|x-amz-meta-.+", re.IGNORECASE)
    for name, value in (stored.metadata or {}).items():
        if shown.fullmatch(name):
            # HTTP's names do not tell large letters from small ones.
            headers = {known: has for known, has in headers.items() if known.lower() != name.lower()}
            headers[name] = str(value)
    return headers


def _lifetime(stored: FakeKey) -> float:
    control = next((str(v) for name, v in (stored.metadata or {}).items() if name.lower() == "cache-control"), "")
    if re.search(r"\bno-cache\b|\bno-store\b|\bprivate\b", control):
        return _LEAST
    age = re.search(r"\b(?:s-maxage|max-age)=(\d+)", control)
    return min(max(int(age[1]), _LEAST), _LONGEST) if age else _USUAL


def _of_origin(status: int, code: str, message: str, added: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
    """An error of S3's, which CloudFront passes on."""
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>'
    headers = {"Content-Type": "application/xml", "Server": "AmazonS3", **added, "X-Cache": "Error from cloudfront"}
    return status, headers, body.encode()


def _refusal(why: str, status: int = 403) -> tuple[int, dict[str, str], bytes]:
    """An error of CloudFront's own."""
    told = f"<H1>{status} ERROR</H1><H2>The request could not be satisfied.</H2>{html.escape(why)}"
    headers = {"Content-Type": "text/html", "Server": "CloudFront", "X-Cache": "Error from cloudfront"}
    return status, headers, f"<HTML><BODY>{told}</BODY></HTML>".encode()
