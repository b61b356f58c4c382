"""One API call: who calls, where, with what; and what its request asks to be built."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlparse

from botocore.exceptions import ClientError
from moto.iam.models import iam_backends

from . import errors, template
from .clients import Caller
from .parameters import Parameters
from .plan import Plan
from .planning import plan_for
from .stack import Stack
from .store import Store, store_of
from .template import Template

_STACK_NAME = re.compile(r"[a-zA-Z][-a-zA-Z0-9]{0,127}")
_BODY_LIMIT = 51200


@dataclass
class Call:
    store: Store
    caller: Caller
    params: dict[str, Any]

    @classmethod
    def of(cls, response: Any) -> Call:
        """From moto's response object, which holds the parsed request."""
        account, region = response.current_account, response.region
        environ = response.request.environ if hasattr(response, "request") else {}
        caller = Caller(
            account=account,
            region=region,
            endpoint=_endpoint(environ, response.uri),
            access_key=response.access_key,
            secret_key=_secret(account, response.access_key),
        )
        return cls(store_of(account, region), caller, dict(response.params))

    def required(self, name: str) -> Any:
        value = self.params.get(name)
        if not value:
            raise errors.validation(f"{name} must be specified")
        return value

    def stack_name(self) -> str:
        """The name of a stack that is to be created."""
        name = str(self.required("StackName"))
        if not _STACK_NAME.fullmatch(name):
            raise errors.validation(
                f"1 validation error detected: Value '{name}' at 'stackName' failed to satisfy"
                " constraint: Member must satisfy regular expression pattern:"
                " [a-zA-Z][-a-zA-Z0-9]*"
            )
        return name

    def stack(self) -> Stack:
        return self.store.get(str(self.required("StackName")))

    def tags(self) -> dict[str, str]:
        return {tag["Key"]: tag.get("Value", "") for tag in self.params.get("Tags") or []}

    def arn(self, kind: str, name: str) -> str:
        return f"arn:aws:cloudformation:{self.caller.region}:{self.caller.account}:{kind}/{name}/{uuid.uuid4()}"

    def template(self, previous: Template | None = None) -> Template:
        body, url = self.params.get("TemplateBody"), self.params.get("TemplateURL")
        if previous is not None and self.params.get("UsePreviousTemplate"):
            if body or url:
                raise errors.validation("You cannot specify both usePreviousTemplate and Template Body/Template URL.")
            return previous
        if body and url:
            raise errors.validation("Template URL and Template Body cannot be specified together.")
        if url:
            body = self._fetch(url)
        elif body and len(body.encode()) > _BODY_LIMIT:
            raise errors.validation(
                "1 validation error detected: Value at 'templateBody' failed to satisfy"
                f" constraint: Member must have length less than or equal to {_BODY_LIMIT}"
            )
        if not body:
            raise errors.validation("Either Template URL or Template Body must be specified.")
        return template.parse(body)

    def _fetch(self, url: str) -> str:
        """A template in S3, by path-style or virtual-host URL."""
        parsed = urlparse(url)
        path = unquote(parsed.path).lstrip("/")
        host = parsed.hostname or ""
        if ".s3" in host:
            bucket, key = host.split(".s3", 1)[0], path
        else:
            bucket, _, key = path.partition("/")
        if not bucket or not key:
            raise errors.validation("TemplateURL must be a supported URL.")
        try:
            answer = self.caller.client("s3").get_object(Bucket=bucket, Key=key)
        except ClientError as error:
            raise errors.validation(f"S3 error: {error.response['Error']['Message']}") from error
        return str(answer["Body"].read().decode())

    def plan(
        self,
        stack: Stack,
        template: Template,
        parameters: Parameters,
        tags: dict[str, str],
        notification_arns: list[str] | None = None,
    ) -> Plan:
        return plan_for(
            self.store,
            self.caller,
            stack_id=stack.id,
            stack_name=stack.name,
            template=template,
            parameters=parameters,
            tags=tags,
            notification_arns=notification_arns or [],
        )

    def current_plan(self, stack: Stack) -> Plan:
        """The plan that the stack was last brought to."""
        assert stack.template is not None
        return self.plan(stack, stack.template, stack.parameters, stack.tags, stack.notification_arns)


def _endpoint(environ: dict[str, Any], uri: str) -> str:
    """Where this very server listens: its own port, not what the client calls it."""
    port = environ.get("SERVER_PORT") or urlparse(uri).port
    host = environ.get("SERVER_NAME") or "127.0.0.1"
    if host in ("0.0.0.0", "::"):
        host = "127.0.0.1"
    return f"http://{host}:{port}"


def _secret(account: str, access_key: str) -> str:
    """The caller's own secret where IAM knows it; unsigned clouds take any."""
    backend: Any = iam_backends[account]["aws"]
    key = backend.access_keys.get(access_key)
    return str(key.secret_access_key) if key else "test"
