"""AWS::CodeBuild::Project."""

from __future__ import annotations

from typing import Any

from .handler import Handler
from .request import Request
from .shape import shaped

# What a webhook is made of, which the template has inside the project.
_WEBHOOK = ("BuildType", "FilterGroups", "ScopeConfiguration")
# What a project without them is updated to (AWS CodeBuild API Reference, UpdateProject).
_ABSENT: dict[str, Any] = {"Description": "", "SourceVersion": "", "ConcurrentBuildLimit": -1}


class Project(Handler):
    def create(self, request: Request) -> None:
        codebuild = request.client("codebuild")
        name = request.properties.get("Name") or request.generated_name(150)
        codebuild.create_project(**self._arguments(request, "create_project", name))
        request.identified(name)
        self._hook(request)

    def _arguments(self, request: Request, operation: str, name: str) -> dict[str, Any]:
        given = {key: value for key, value in request.properties.items() if key not in ("Tags", "Triggers")}
        arguments: dict[str, Any] = shaped(request, request.client("codebuild"), operation, {**given, "Name": name})
        arguments["tags"] = [{"key": key, "value": value} for key, value in request.tags.items()]
        return arguments

    def _hook(self, request: Request) -> None:
        codebuild, name = request.client("codebuild"), request.physical_id
        wanted = _webhook(request.properties)
        # While it is made, the resource has its properties already.
        had = None if request.previous is request.properties else _webhook(request.previous)
        if had is not None and wanted is None:
            codebuild.delete_webhook(projectName=name)
        if wanted is not None:
            operation = "create_webhook" if had is None else "update_webhook"
            arguments = shaped(request, codebuild, operation, {**wanted, "ProjectName": name})
            getattr(codebuild, operation)(**arguments)

    def update(self, request: Request) -> None:
        absent = {key: value for key, value in _ABSENT.items() if key in request.previous}
        arguments = self._arguments(request, "update_project", request.physical_id)
        more = shaped(request, request.client("codebuild"), "update_project", absent)
        request.client("codebuild").update_project(**{**more, **arguments})
        if request.changed("Triggers"):
            self._hook(request)

    def delete(self, request: Request) -> None:
        codebuild, name = request.client("codebuild"), request.physical_id
        if _webhook(request.previous) is not None:
            codebuild.delete_webhook(projectName=name)
        codebuild.delete_project(name=name)

    def attribute(self, request: Request, name: str) -> Any:
        found = request.client("codebuild").batch_get_projects(names=[request.physical_id])["projects"][0]
        return {"Arn": found["arn"]}[name]


def _webhook(properties: dict[str, Any]) -> dict[str, Any] | None:
    triggers = properties.get("Triggers", {})
    if str(triggers.get("Webhook", "false")).lower() != "true":
        return None
    return {key: triggers[key] for key in _WEBHOOK if key in triggers}
