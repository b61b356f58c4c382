"""Projects with all that they are made with; moto keeps a part of it and cannot change any."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from moto.codebuild.exceptions import InvalidInputException, ResourceNotFoundException
from moto.codebuild.responses import CodeBuildResponse
from moto.core.responses import ActionResult

from . import store

_create = CodeBuildResponse.create_project
_delete = CodeBuildResponse.delete_project
# AWS CodeBuild API Reference, CreateProject.
_DEFAULTS: dict[str, Any] = {
    "timeoutInMinutes": 60,
    "queuedTimeoutInMinutes": 480,
    "cache": {"type": "NO_CACHE"},
    "projectVisibility": "PRIVATE",
}


def install() -> None:
    for operation in (create_project, update_project, batch_get_projects, delete_project):
        setattr(CodeBuildResponse, operation.__name__, operation)


def create_project(self: CodeBuildResponse) -> ActionResult:
    asked = json.loads(self.body)
    if asked["source"].get("type") == "NO_SOURCE":
        # moto wants a location of every source.
        asked["source"].setdefault("location", "none")
        self.body = json.dumps(asked)
        self.params = asked
        asked = json.loads(self.body)
        del asked["source"]["location"]
    made = _create(self).result["project"]
    project = {**_DEFAULTS, **made, **_completed(asked)}
    project = {key: value for key, value in project.items() if value not in (None, 0)}
    project |= {key: value for key, value in _DEFAULTS.items() if key not in project}
    store.of(self.codebuild_backend).projects[project["name"]] = project
    return ActionResult({"project": project})


def update_project(self: CodeBuildResponse) -> ActionResult:
    asked = json.loads(self.body)
    project = find(self, asked["name"])
    project |= _completed(asked) | {"lastModified": datetime.now(UTC)}
    return ActionResult({"project": project})


def batch_get_projects(self: CodeBuildResponse) -> ActionResult:
    names = self._get_param("names")
    if len(names) > 100:
        raise InvalidInputException("Invalid project names: at most 100 are allowed")
    held = store.of(self.codebuild_backend).projects
    found = {name: held.get(name.rpartition("/")[2]) for name in names}
    return ActionResult(
        {
            "projects": [project for project in found.values() if project],
            "projectsNotFound": [name for name, project in found.items() if not project],
        }
    )


def delete_project(self: CodeBuildResponse) -> Any:
    """Its builds and their logs stay."""
    store.of(self.codebuild_backend).projects.pop(self._get_param("name"), None)
    return _delete(self)


def find(self: CodeBuildResponse, name: str) -> dict[str, Any]:
    project = store.of(self.codebuild_backend).projects.get(name)
    if project is None:
        arn = f"arn:aws:codebuild:{self.region}:{self.current_account}:project/{name}"
        raise ResourceNotFoundException(f"Project cannot be found: {arn}")
    return project


def _completed(asked: dict[str, Any]) -> dict[str, Any]:
    if "environment" in asked:
        variables = [{"type": "PLAINTEXT", **each} for each in asked["environment"].get("environmentVariables", [])]
        privileged = asked["environment"].get("privilegedMode", False)
        asked["environment"] |= {"environmentVariables": variables, "privilegedMode": privileged}
    return asked
