"""Launch templates: versions, the default one, tags, and what is launched from them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from local_cloud.ec2 import public_images
from networks import refused


@pytest.fixture
def template(ec2: Any) -> Iterator[str]:
    data = {
        "ImageId": public_images.ID,
        "InstanceType": "t3.micro",
        "UserData": "IyEvYmluL3NoCg==",
        "TagSpecifications": [{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "worker"}]}],
    }
    made = ec2.create_launch_template(
        LaunchTemplateName="Workers",
        LaunchTemplateData=data,
        TagSpecifications=[{"ResourceType": "launch-template", "Tags": [{"Key": "gd:team", "Value": "red"}]}],
    )["LaunchTemplate"]["LaunchTemplateId"]
    yield made
    ec2.delete_launch_template(LaunchTemplateId=made)


def versions(ec2: Any, template: str) -> list[tuple[int, bool, str]]:
    found = ec2.describe_launch_template_versions(LaunchTemplateId=template)["LaunchTemplateVersions"]
    return [(v["VersionNumber"], v["DefaultVersion"], v["LaunchTemplateData"]["InstanceType"]) for v in found]


def test_a_templates_own_tags_are_not_those_of_its_instances(ec2: Any, template: str) -> None:
    found = ec2.describe_launch_template_versions(LaunchTemplateId=template)["LaunchTemplateVersions"][0]
    kinds = [each["ResourceType"] for each in found["LaunchTemplateData"]["TagSpecifications"]]
    assert kinds == ["instance"]
    ec2.create_tags(Resources=[template], Tags=[{"Key": "later", "Value": "yes"}])
    tags = ec2.describe_launch_templates(LaunchTemplateIds=[template])["LaunchTemplates"][0]["Tags"]
    assert {tag["Key"]: tag["Value"] for tag in tags} == {"gd:team": "red", "later": "yes"}


def test_versions_keep_their_numbers(ec2: Any, template: str) -> None:
    for kind in ("t3.small", "t3.medium"):
        ec2.create_launch_template_version(
            LaunchTemplateId=template, SourceVersion="1", LaunchTemplateData={"InstanceType": kind}
        )
    ec2.modify_launch_template(LaunchTemplateId=template, DefaultVersion="3")
    assert versions(ec2, template) == [(1, False, "t3.micro"), (2, False, "t3.small"), (3, True, "t3.medium")]
    answer = ec2.delete_launch_template_versions(LaunchTemplateId=template, Versions=["2", "3", "9"])
    assert [each["VersionNumber"] for each in answer["SuccessfullyDeletedLaunchTemplateVersions"]] == [2]
    assert [each["VersionNumber"] for each in answer["UnsuccessfullyDeletedLaunchTemplateVersions"]] == [3, 9]
    assert versions(ec2, template) == [(1, False, "t3.micro"), (3, True, "t3.medium")]
    made = ec2.create_launch_template_version(LaunchTemplateId=template, LaunchTemplateData={})
    assert made["LaunchTemplateVersion"]["VersionNumber"] == 4


def test_the_same_client_token_gives_the_same_template(ec2: Any) -> None:
    asked = {"LaunchTemplateName": "tokened", "LaunchTemplateData": {}, "ClientToken": "abc"}
    first = ec2.create_launch_template(**asked)["LaunchTemplate"]["LaunchTemplateId"]
    assert ec2.create_launch_template(**asked)["LaunchTemplate"]["LaunchTemplateId"] == first
    assert refused(ec2.create_launch_template, **(asked | {"ClientToken": "def"})) == (
        "InvalidLaunchTemplateName.AlreadyExistsException",
        "Launch template name already in use.",
    )
    ec2.delete_launch_template(LaunchTemplateName="tokened")


@pytest.mark.parametrize("operation", ["delete_launch_template", "describe_launch_template_versions"])
def test_an_unknown_template(ec2: Any, operation: str) -> None:
    assert refused(getattr(ec2, operation), LaunchTemplateName="nobody") == (
        "InvalidLaunchTemplateName.NotFoundException",
        "The specified launch template, with template name nobody, does not exist.",
    )
    assert refused(getattr(ec2, operation), LaunchTemplateId="lt-1") == (
        "InvalidLaunchTemplateId.NotFound",
        "The specified launch template, with template ID lt-1, does not exist.",
    )


def test_an_unknown_version_is_not_launched(ec2: Any, template: str) -> None:
    wanted = {"LaunchTemplateId": template, "Version": "7"}
    assert refused(ec2.run_instances, LaunchTemplate=wanted, MinCount=1, MaxCount=1) == (
        "InvalidLaunchTemplateId.VersionNotFound",
        f"Could not find the specified version 7 for the launch template with ID {template}.",
    )
