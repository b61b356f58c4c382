"""The variables of a build: of the machine, of its buildspec, of its project and of its start, and secrets in clear.

Where two give the same one, the start beats the project and that the buildspec (AWS CodeBuild User Guide, "Environment
variables in build environments").
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from .. import members, running
from . import identity, shell
from .build import Build
from .buildspec import Buildspec


class SecretError(RuntimeError):
    """A secret or a parameter cannot be read."""


def of(build: Build, spec: Buildspec, source: Path) -> tuple[dict[str, str], list[str]]:
    """The variables, and those of their values that the log must not show."""
    own = identity.variables(build)
    variables = {**shell.host_environment(), **own, **_told(build, source), **spec.variables}
    asked = [{"name": name, "value": value, "type": "PARAMETER_STORE"} for name, value in spec.parameters.items()]
    asked += [{"name": name, "value": value, "type": "SECRETS_MANAGER"} for name, value in spec.secrets.items()]
    secrets = []
    for variable in asked + build.project["environment"]["environmentVariables"]:
        value = variable["value"]
        if variable.get("type", "PLAINTEXT") != "PLAINTEXT":
            value = _read(variable["type"], value, own)
            secrets.append(value)
        variables[variable["name"]] = value
    return variables, secrets


def _told(build: Build, source: Path) -> dict[str, str]:
    cloud = running.cloud().settings
    return {
        members.MARK: str(cloud.state),
        "AIL_CLOUD_NAME": cloud.name,
        "CODEBUILD_BUILD_ARN": build.arn,
        "CODEBUILD_BUILD_ID": build.id,
        "CODEBUILD_BUILD_IMAGE": build.project["environment"]["image"],
        "CODEBUILD_BUILD_NUMBER": str(build.number),
        "CODEBUILD_BUILD_SUCCEEDING": "1",
        "CODEBUILD_CI": "true",
        "CODEBUILD_INITIATOR": build.initiator,
        "CODEBUILD_LOG_PATH": build.log_stream,
        "CODEBUILD_RESOLVED_SOURCE_VERSION": build.resolved or "",
        "CODEBUILD_SOURCE_REPO_URL": build.project["source"].get("location", ""),
        "CODEBUILD_SOURCE_VERSION": build.source_version,
        "CODEBUILD_SRC_DIR": str(source),
        "CODEBUILD_START_TIME": str(int(build.started.timestamp() * 1000)),
    }


def _read(kind: str, reference: str, own: dict[str, str]) -> str:
    try:
        if kind == "PARAMETER_STORE":
            answer = identity.client("ssm", own).get_parameter(Name=reference, WithDecryption=True)
            return answer["Parameter"]["Value"]
        return _secret(reference, own)
    except (BotoCoreError, ClientError, ValueError, KeyError) as error:
        service = "Parameter Store" if kind == "PARAMETER_STORE" else "Secrets Manager"
        raise SecretError(f"{service} Error Message: {error}") from error


def _secret(reference: str, own: dict[str, str]) -> str:
    """`id:json-key:version-stage:version-id`, all but the id optional; an ARN as id has six colons of its own."""
    parts = reference.split(":")
    length = 7 if reference.startswith("arn:") else 1
    identifier, rest = ":".join(parts[:length]), parts[length:] + ["", "", ""]
    asked: dict[str, Any] = {"SecretId": identifier}
    if rest[1]:
        asked["VersionStage"] = rest[1]
    if rest[2]:
        asked["VersionId"] = rest[2]
    text = identity.client("secretsmanager", own).get_secret_value(**asked)["SecretString"]
    return str(json.loads(text)[rest[0]]) if rest[0] else text
