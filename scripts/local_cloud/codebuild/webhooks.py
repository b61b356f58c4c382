"""Webhooks of projects, as far as they can be written down: nobody pushes to this cloud."""

from __future__ import annotations

import json

from moto.codebuild.exceptions import ResourceAlreadyExistsException, ResourceNotFoundException
from moto.codebuild.responses import CodeBuildResponse
from moto.core.responses import ActionResult, EmptyResult

from .projects import find


def install() -> None:
    for operation in (create_webhook, update_webhook, delete_webhook):
        setattr(CodeBuildResponse, operation.__name__, operation)


def create_webhook(self: CodeBuildResponse) -> ActionResult:
    asked = json.loads(self.body)
    project = find(self, asked.pop("projectName"))
    if "webhook" in project:
        raise ResourceAlreadyExistsException(f"Webhook already exists: {project['arn']}")
    project["webhook"] = {"url": project["source"].get("location"), "filterGroups": [], **asked}
    return ActionResult({"webhook": project["webhook"]})


def update_webhook(self: CodeBuildResponse) -> ActionResult:
    asked = json.loads(self.body)
    project = find(self, asked.pop("projectName"))
    _existing(project.get("webhook"), project["arn"])
    project["webhook"] |= asked
    return ActionResult({"webhook": project["webhook"]})


def delete_webhook(self: CodeBuildResponse) -> EmptyResult:
    project = find(self, self._get_param("projectName"))
    _existing(project.pop("webhook", None), project["arn"])
    return EmptyResult()


def _existing(webhook: object, arn: str) -> None:
    if webhook is None:
        raise ResourceNotFoundException(f"Webhook for project {arn} does not exist")
