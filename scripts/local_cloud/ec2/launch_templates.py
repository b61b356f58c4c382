"""Launch templates: versions by number, tags where they belong, and what is said of an unknown one."""

from __future__ import annotations

import json
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.models import EC2Backend
from moto.ec2.models.launch_templates import LaunchTemplate, LaunchTemplateVersion
from moto.ec2.responses import EC2Response
from moto.ec2.utils import convert_tag_spec, parse_user_data

from .errors import error

_describe = EC2Backend.describe_launch_templates
_describe_versions = EC2Response.describe_launch_template_versions
_filter_value = LaunchTemplate.get_filter_value
_describe_response = EC2Response.describe_launch_templates

# EC2 API Reference, DescribeLaunchTemplates and DescribeLaunchTemplateVersions, MaxResults.
PAGE = 200


def install() -> None:
    # moto takes the tags of the moment of creation, and a version's place in the list for its number.
    LaunchTemplate.tags = property(lambda template: template.get_tags(), lambda template, value: None)
    LaunchTemplate.get_version = get_version
    LaunchTemplate.default_version = lambda template: get_version(template, template.default_version_number)
    LaunchTemplate.create_version = create_version
    LaunchTemplate.get_filter_value = get_filter_value
    EC2Backend.describe_launch_templates = describe_launch_templates
    EC2Backend.delete_launch_template = delete_launch_template
    EC2Response.create_launch_template = create_launch_template
    EC2Response.create_launch_template_version = create_launch_template_version
    EC2Response.delete_launch_template_versions = delete_launch_template_versions
    EC2Response.describe_launch_templates = answer_describe
    EC2Response.describe_launch_template_versions = answer_describe_versions


def get_version(template: LaunchTemplate, number: Any) -> LaunchTemplateVersion:
    if str(number).lower() == "$latest":
        return template.versions[-1]
    wanted = str(template.default_version_number if str(number).lower() == "$default" else number)
    for version in template.versions:
        if str(version.number) == wanted:
            return version
    raise version_not_found(template, number)


def create_version(template: LaunchTemplate, data: dict[str, Any], description: str) -> LaunchTemplateVersion:
    number = template.versions[-1].number + 1 if template.versions else 1
    version = LaunchTemplateVersion(template, number, data, description)
    template.versions.append(version)
    return version


def get_filter_value(template: LaunchTemplate, filter_name: str, method_name: str | None = None) -> Any:
    if filter_name == "create-time":
        return template.create_time.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return _filter_value(template, filter_name, method_name)


def describe_launch_templates(
    self: EC2Backend, template_names: Any = None, template_ids: Any = None, filters: Any = None
) -> list[LaunchTemplate]:
    for template_id in template_ids or []:
        if template_id not in self.launch_templates:
            raise unknown(None, template_id)
    for name in template_names or []:
        if name not in self.launch_template_name_to_ids:
            raise unknown(name, None)
    return _describe(self, template_names, template_ids, filters)


def delete_launch_template(self: EC2Backend, name: str | None, tid: str | None) -> LaunchTemplate:
    template = _find(self, name, tid)
    del self.launch_templates[template.id]
    del self.launch_template_name_to_ids[template.name]
    return template


def create_launch_template(self: EC2Response) -> ActionResult:
    """moto puts the template's own tags among those of what it launches."""
    parameters = self._get_params()
    backend = self.ec2_backend
    token = parameters.get("ClientToken")
    known = backend.__dict__.setdefault("ail_launch_template_tokens", {})
    asked = json.dumps(parameters, sort_keys=True, default=str)
    if token in known:
        template, first_asked = known[token]
        if asked != first_asked:
            raise error("IdempotentParameterMismatch", "The client token has been used with different parameters.")
        return ActionResult({"LaunchTemplate": _summary(self, template)})
    specifications = parameters.get("TagSpecifications") or []
    for specification in specifications:
        if specification.get("ResourceType") != "launch-template":
            raise error(
                "InvalidParameterValue",
                f"'{specification.get('ResourceType')}' is not a valid taggable resource type for this operation.",
            )
    data = _data(parameters)
    self.error_on_dryrun()
    template = backend.create_launch_template(
        parameters["LaunchTemplateName"],
        parameters.get("VersionDescription"),
        data,
        convert_tag_spec(specifications),
    )
    if token:
        known[token] = (template, asked)
    return ActionResult({"LaunchTemplate": _summary(self, template)})


def create_launch_template_version(self: EC2Response) -> ActionResult:
    parameters = self._get_params()
    template = _find(self.ec2_backend, parameters.get("LaunchTemplateName"), parameters.get("LaunchTemplateId"))
    data = _data(parameters)
    if source := parameters.get("SourceVersion"):
        # What is given overwrites what the source has (EC2 API Reference, CreateLaunchTemplateVersion).
        data = {**get_version(template, source).data, **data}
    self.error_on_dryrun()
    version = template.create_version(data, parameters.get("VersionDescription"))
    return ActionResult({"LaunchTemplateVersion": _version(self, template, version)})


def delete_launch_template_versions(self: EC2Response) -> ActionResult:
    parameters = self._get_params()
    template = _find(self.ec2_backend, parameters.get("LaunchTemplateName"), parameters.get("LaunchTemplateId"))
    self.error_on_dryrun()
    deleted, kept = [], []
    for number in parameters.get("Versions") or []:
        named = {
            "LaunchTemplateId": template.id,
            "LaunchTemplateName": template.name,
            "VersionNumber": int(number),
        }
        version = next((found for found in template.versions if str(found.number) == str(number)), None)
        if version is None:
            code, message = "launchTemplateVersionDoesNotExist", f"The version {number} does not exist."
        elif template.is_default(version):
            code, message = "unexpectedError", "The default version cannot be deleted."
        else:
            template.versions.remove(version)
            deleted.append(named)
            continue
        kept.append({**named, "ResponseError": {"Code": code, "Message": message}})
    return ActionResult(
        {
            "SuccessfullyDeletedLaunchTemplateVersions": deleted,
            "UnsuccessfullyDeletedLaunchTemplateVersions": kept,
        }
    )


def answer_describe(self: EC2Response) -> ActionResult:
    self.params.setdefault("MaxResults", PAGE)
    return _describe_response(self)


def answer_describe_versions(self: EC2Response) -> ActionResult:
    parameters = self._get_params()
    if name := parameters.get("LaunchTemplateName"):
        _find(self.ec2_backend, name, None)
    self.params.setdefault("MaxResults", PAGE)
    return _describe_versions(self)


def _data(parameters: dict[str, Any]) -> dict[str, Any]:
    data = dict(parameters.get("LaunchTemplateData") or {})
    if data.get("UserData") is not None:
        data["UserData"] = parse_user_data(data["UserData"])
    return data


def _find(backend: EC2Backend, name: str | None, template_id: str | None) -> LaunchTemplate:
    if name and template_id:
        raise error(
            "InvalidParameterCombination",
            "The parameter launchTemplateId cannot be used with the parameter launchTemplateName",
        )
    if not name and not template_id:
        raise error("MissingParameter", "Either launch template ID or launch template name must be given.")
    found = backend.launch_templates.get(template_id or backend.launch_template_name_to_ids.get(name))
    if found is None:
        raise unknown(name, template_id)
    return found


def _summary(response: EC2Response, template: LaunchTemplate) -> dict[str, Any]:
    return {
        "CreateTime": template.create_time,
        "CreatedBy": _creator(response),
        "DefaultVersionNumber": template.default_version_number,
        "LatestVersionNumber": template.latest_version_number,
        "LaunchTemplateId": template.id,
        "LaunchTemplateName": template.name,
        "Tags": template.tags,
    }


def _version(response: EC2Response, template: LaunchTemplate, version: LaunchTemplateVersion) -> dict[str, Any]:
    return {
        "CreateTime": version.create_time,
        "CreatedBy": _creator(response),
        "DefaultVersion": template.is_default(version),
        "LaunchTemplateData": version.data,
        "LaunchTemplateId": template.id,
        "LaunchTemplateName": template.name,
        "VersionDescription": version.description,
        "VersionNumber": version.number,
    }


def _creator(response: EC2Response) -> str:
    return f"arn:{response.partition}:iam::{response.current_account}:root"


def unknown(name: str | None, template_id: str | None) -> Exception:
    if template_id:
        return error(
            "InvalidLaunchTemplateId.NotFound",
            f"The specified launch template, with template ID {template_id}, does not exist.",
        )
    return error(
        "InvalidLaunchTemplateName.NotFoundException",
        f"The specified launch template, with template name {name}, does not exist.",
    )


def version_not_found(template: LaunchTemplate, number: Any) -> Exception:
    return error(
        "InvalidLaunchTemplateId.VersionNotFound",
        f"Could not find the specified version {number} for the launch template with ID {template.id}.",
    )
