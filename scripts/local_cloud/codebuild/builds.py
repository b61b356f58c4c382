"""StartBuild, StopBuild and what is read of builds."""

from __future__ import annotations

import copy
import json
import threading
import time
import uuid
from typing import Any

from moto.codebuild.exceptions import InvalidInputException, ResourceNotFoundException
from moto.codebuild.responses import CodeBuildResponse
from moto.core.exceptions import JsonRESTError
from moto.core.responses import ActionResult

from . import identity, store
from .build import SUCCEEDED, Build
from .running_build import RunningBuild

# AWS CodeBuild API Reference: BatchGetBuilds takes 100 ids, ListBuilds answers 100.
_PAGE = 100
# StartBuild: the token is valid for 5 minutes.
_TOKEN_SECONDS = 300
# What a start may say of this build alone; the rest would have no effect here.
_OVERRIDES = {
    "artifactsOverride": ("artifacts",),
    "buildspecOverride": ("source", "buildspec"),
    "imageOverride": ("environment", "image"),
    "logsConfigOverride": ("logsConfig",),
    "serviceRoleOverride": ("serviceRole",),
    "sourceLocationOverride": ("source", "location"),
    "sourceTypeOverride": ("source", "type"),
    "timeoutInMinutesOverride": ("timeoutInMinutes",),
}
_KNOWN = {"projectName", "sourceVersion", "environmentVariablesOverride", "idempotencyToken", *_OVERRIDES}


def install() -> None:
    for operation in (start_build, stop_build, batch_get_builds, list_builds, list_builds_for_project):
        setattr(CodeBuildResponse, operation.__name__, operation)


def start_build(self: CodeBuildResponse) -> ActionResult:
    asked = json.loads(self.body)
    if unknown := sorted(set(asked) - _KNOWN):
        raise NotImplementedError(f"{', '.join(unknown)} is not known here")
    held = store.of(self.codebuild_backend)
    name = asked["projectName"].rpartition("/")[2]
    project = held.projects.get(name)
    if project is None:
        raise ResourceNotFoundException(f"Project cannot be found: {_project_arn(self, name)}")
    with held.lock:
        if (build := _same(held, asked)) is None:
            _has_room(held, project)
            build = _make(self, held, project, asked)
            threading.Thread(target=RunningBuild(build).run, name=build.id, daemon=True).start()
    return ActionResult({"build": build.described()})


def _same(held: store.Store, asked: dict[str, Any]) -> Build | None:
    """The build that was started with the same token a moment ago."""
    token = asked.get("idempotencyToken")
    used, what, build_id = held.tokens.get(token, (0.0, "", ""))
    if token is None or time.monotonic() - used > _TOKEN_SECONDS or not build_id:
        return None
    if what != json.dumps(asked, sort_keys=True):
        raise InvalidInputException("Invalid idempotency token: the parameters do not match those of the first request")
    return held.builds[build_id]


def _has_room(held: store.Store, project: dict[str, Any]) -> None:
    limit, name = project.get("concurrentBuildLimit", -1), project["name"]
    running = [one for one in held.builds.values() if one.project["name"] == name and one.ended is None]
    if 0 < limit <= len(running):
        raise JsonRESTError(
            "AccountLimitExceededException", f"Cannot have more than {limit} builds in progress for the project {name}"
        )


def _make(self: CodeBuildResponse, held: store.Store, project: dict[str, Any], asked: dict[str, Any]) -> Build:
    project = _overridden(project, asked)
    if not 5 <= project["timeoutInMinutes"] <= 2160:
        raise InvalidInputException("Invalid timeout: it must be between 5 and 2160 minutes")
    if identity.role_of(self.current_account, project["serviceRole"]) is None:
        raise InvalidInputException(
            f"CodeBuild is not authorized to perform: sts:AssumeRole on service role {project['serviceRole']}. "
            "Please verify that: 1) The provided service role exists, 2) The role name is case-sensitive and matches "
            "exactly, and 3) The role has the necessary trust policy configured."
        )
    number = held.numbers[project["name"]] = held.numbers.get(project["name"], 0) + 1
    build = Build(
        project,
        self.current_account,
        self.region,
        f"{project['name']}:{uuid.uuid4()}",
        number,
        asked.get("sourceVersion") or project.get("sourceVersion") or "",
        self.get_access_key(),
    )
    build.enter("SUBMITTED")
    build.leave(SUCCEEDED)
    build.enter("QUEUED")
    held.builds[build.id] = build
    if token := asked.get("idempotencyToken"):
        held.tokens[token] = (time.monotonic(), json.dumps(asked, sort_keys=True), build.id)
    return build


def _overridden(project: dict[str, Any], asked: dict[str, Any]) -> dict[str, Any]:
    project = copy.deepcopy(project)
    for name, path in _OVERRIDES.items():
        if name in asked:
            place = project
            for step in path[:-1]:
                place = place[step]
            place[path[-1]] = asked[name]
    environment = project["environment"]
    variables = {variable["name"]: variable for variable in environment["environmentVariables"]}
    for variable in asked.get("environmentVariablesOverride", []):
        variables[variable["name"]] = {"type": "PLAINTEXT", **variable}
    environment["environmentVariables"] = list(variables.values())
    return project


def stop_build(self: CodeBuildResponse) -> ActionResult:
    build_id = self._get_param("id")
    build = store.of(self.codebuild_backend).builds.get(_id(build_id))
    if build is None:
        raise ResourceNotFoundException(f"Build {build_id} does not exist")
    build.told_to_stop.set()
    return ActionResult({"build": build.described()})


def batch_get_builds(self: CodeBuildResponse) -> ActionResult:
    ids = self._get_param("ids")
    if len(ids) > _PAGE:
        raise InvalidInputException(f"Invalid build IDs: at most {_PAGE} are allowed")
    if any(":" not in build_id for build_id in ids):
        raise InvalidInputException("Invalid build ID provided")
    builds = store.of(self.codebuild_backend).builds
    return ActionResult(
        {
            "builds": [builds[_id(one)].described() for one in ids if _id(one) in builds],
            "buildsNotFound": [one for one in ids if _id(one) not in builds],
        }
    )


def list_builds(self: CodeBuildResponse) -> ActionResult:
    return _page(self, list(store.of(self.codebuild_backend).builds))


def list_builds_for_project(self: CodeBuildResponse) -> ActionResult:
    held, name = store.of(self.codebuild_backend), self._get_param("projectName")
    if name not in held.projects:
        raise ResourceNotFoundException(f"The provided project {_project_arn(self, name)} does not exist")
    return _page(self, [one for one, build in held.builds.items() if build.project["name"] == name])


def _page(self: CodeBuildResponse, ids: list[str]) -> ActionResult:
    """The newest first, unless the oldest are asked for."""
    if self._get_param("sortOrder", "DESCENDING") == "DESCENDING":
        ids.reverse()
    start = int(self._get_param("nextToken") or 0)
    answer: dict[str, Any] = {"ids": ids[start : start + _PAGE]}
    if len(ids) > start + _PAGE:
        answer["nextToken"] = str(start + _PAGE)
    return ActionResult(answer)


def _id(given: str) -> str:
    """A build may be named by its ARN too."""
    return given.partition(":build/")[2] or given


def _project_arn(self: CodeBuildResponse, name: str) -> str:
    return f"arn:aws:codebuild:{self.region}:{self.current_account}:project/{name}"
