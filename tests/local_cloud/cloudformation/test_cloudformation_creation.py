"""Creating stacks, and what becomes of one that cannot be created."""

from __future__ import annotations

import re
from typing import Any

import pytest
from stacks import Cloud, eventually, refused

GROUP = {"Type": "AWS::EC2::SecurityGroup", "Properties": {"GroupDescription": "tested"}}


def instance(image: str, **properties: Any) -> dict[str, Any]:
    return {
        "Type": "AWS::EC2::Instance",
        "Properties": {"ImageId": image, "InstanceType": "t3.micro", **properties},
    }


def test_a_stack_is_created_in_the_background_and_tells_each_step(cloud: Cloud) -> None:
    group = {"Fn::GetAtt": ["Group", "GroupId"]}
    stack = cloud.create(
        {"Group": GROUP, "Instance": instance(cloud.image(), SecurityGroupIds=[group])},
        name="told",
    )
    assert cloud.describe("told")["StackStatus"] == "CREATE_IN_PROGRESS"
    assert cloud.settled("told")["StackStatus"] == "CREATE_COMPLETE"
    assert cloud.events(stack) == [
        ("told", "CREATE_IN_PROGRESS", "User Initiated"),
        ("Group", "CREATE_IN_PROGRESS", None),
        ("Group", "CREATE_IN_PROGRESS", "Resource creation Initiated"),
        ("Group", "CREATE_COMPLETE", None),
        ("Instance", "CREATE_IN_PROGRESS", None),
        ("Instance", "CREATE_IN_PROGRESS", "Resource creation Initiated"),
        ("Instance", "CREATE_COMPLETE", None),
        ("told", "CREATE_COMPLETE", None),
    ]


def test_an_instance_is_complete_only_when_it_runs(cloud: Cloud) -> None:
    stack = cloud.create({"Instance": instance(cloud.image())})
    instance_id = eventually(lambda: cloud.resources(stack).get("Instance", {}).get("PhysicalResourceId") or None)
    seen = set()

    def complete() -> bool | None:
        status = cloud.resources(stack)["Instance"]["ResourceStatus"]
        reservations = cloud.ec2.describe_instances(InstanceIds=[instance_id])["Reservations"]
        seen.add((reservations[0]["Instances"][0]["State"]["Name"], status))
        return True if status == "CREATE_COMPLETE" else None

    eventually(complete)
    assert ("running", "CREATE_COMPLETE") in seen
    assert seen - {("running", "CREATE_COMPLETE")} <= {(s, "CREATE_IN_PROGRESS") for s in ("pending", "running")}


def test_what_a_template_says_of_an_instance_is_so(cloud: Cloud) -> None:
    cloud.ec2.create_key_pair(KeyName="opens")
    device = {"VolumeSize": "12", "VolumeType": "gp3", "Encrypted": "true", "DeleteOnTermination": True}
    stack = cloud.made(
        {
            "Instance": instance(
                cloud.image(),
                KeyName="opens",
                BlockDeviceMappings=[{"DeviceName": "/dev/sda1", "Ebs": device}],
                MetadataOptions={"HttpTokens": "required", "HttpPutResponseHopLimit": "2"},
                UserData={"Fn::Base64": "#!/bin/sh\ntrue"},
                PropagateTagsToVolumeOnCreation=True,
                Tags=[{"Key": "Name", "Value": "of the resource"}],
            )
        },
        Tags=[{"Key": "ail:asset-id", "Value": "1.0"}],
    )
    instance_id = cloud.physical_id(stack, "Instance")
    found = cloud.ec2.describe_instances(InstanceIds=[instance_id])["Reservations"][0]["Instances"][0]
    assert found["KeyName"] == "opens"
    assert found["MetadataOptions"]["HttpTokens"] == "required"
    assert found["MetadataOptions"]["HttpPutResponseHopLimit"] == 2
    data = cloud.ec2.describe_instance_attribute(InstanceId=instance_id, Attribute="userData")
    assert data["UserData"]["Value"] == "IyEvYmluL3NoCnRydWU="
    tags = {tag["Key"]: tag["Value"] for tag in found["Tags"]}
    assert tags["Name"] == "of the resource"
    assert tags["ail:asset-id"] == "1.0"
    assert tags["aws:cloudformation:stack-id"] == stack
    assert tags["aws:cloudformation:logical-id"] == "Instance"
    volume_id = found["BlockDeviceMappings"][0]["Ebs"]["VolumeId"]
    volume = cloud.ec2.describe_volumes(VolumeIds=[volume_id])["Volumes"][0]
    assert (volume["Size"], volume["VolumeType"], volume["Encrypted"]) == (12, "gp3", True)
    assert {"Key": "ail:asset-id", "Value": "1.0"} in volume["Tags"]


def test_a_failing_resource_rolls_the_stack_back(cloud: Cloud) -> None:
    stack = cloud.create(
        {"Group": GROUP, "Instance": instance("ami-00000000") | {"DependsOn": "Group"}},
        name="fails",
    )
    found = cloud.settled(stack)
    assert found["StackStatus"] == "ROLLBACK_COMPLETE"
    assert cloud.statuses(stack, "fails") == [
        "CREATE_IN_PROGRESS",
        "ROLLBACK_IN_PROGRESS",
        "ROLLBACK_COMPLETE",
    ]
    assert cloud.reason(stack, "fails", "ROLLBACK_IN_PROGRESS") == (
        "The following resource(s) failed to create: [Instance]. Rollback requested by user."
    )
    reason = cloud.reason(stack, "Instance", "CREATE_FAILED")
    assert reason is not None
    assert re.fullmatch(
        r"Resource handler returned message: \"The image id '\[ami-00000000\]' does not exist"
        r" \(Service: Ec2, Status Code: 400, Request ID: \S+\) \(SDK Attempt Count: 1\)\""
        r" \(RequestToken: [-0-9a-f]{36}, HandlerErrorCode: InvalidRequest\)",
        reason,
    ), reason
    assert cloud.statuses(stack, "Group")[-1] == "DELETE_COMPLETE"
    groups = cloud.ec2.describe_security_groups()["SecurityGroups"]
    assert {group["GroupName"] for group in groups} == {"default"}


def test_a_type_that_does_not_exist_fails_the_instance(cloud: Cloud) -> None:
    stack = cloud.create({"Instance": instance(cloud.image(), InstanceType="t3.wrong")})
    assert cloud.settled(stack)["StackStatus"] == "ROLLBACK_COMPLETE"
    reason = cloud.reason(stack, "Instance", "CREATE_FAILED")
    assert reason is not None and "(Service: Ec2, Status Code: 400" in reason and "t3.wrong" in reason


def test_a_failed_stack_may_be_left_as_it_is(cloud: Cloud) -> None:
    stack = cloud.create(
        {"Group": GROUP, "Instance": instance("ami-00000000") | {"DependsOn": "Group"}},
        OnFailure="DO_NOTHING",
    )
    found = cloud.settled(stack)
    assert found["StackStatus"] == "CREATE_FAILED"
    assert found["StackStatusReason"] == "The following resource(s) failed to create: [Instance]."
    assert cloud.resources(stack)["Group"]["ResourceStatus"] == "CREATE_COMPLETE"


def test_a_failed_stack_may_be_deleted_at_once(cloud: Cloud) -> None:
    stack = cloud.create({"Instance": instance("ami-00000000")}, name="gone", OnFailure="DELETE")
    assert cloud.settled(stack)["StackStatus"] == "DELETE_COMPLETE"
    assert refused(cloud.cloudformation.describe_stacks, StackName="gone") == (
        "ValidationError",
        "Stack with id gone does not exist",
    )


def test_parameters_of_aws_types_are_looked_up_before_anything_is_made(cloud: Cloud) -> None:
    template = {
        "Parameters": {"Key": {"Type": "AWS::EC2::KeyPair::KeyName"}},
        "Resources": {"Group": GROUP},
    }
    given = [{"ParameterKey": "Key", "ParameterValue": "lost"}]
    complaint = "Parameter validation failed: parameter value lost for parameter name Key does not exist"
    stack = cloud.create(template, name="keyless", Parameters=given)
    assert cloud.settled(stack)["StackStatus"] == "ROLLBACK_COMPLETE"
    assert [name for name, _, _ in cloud.events(stack)] == ["keyless"] * 3
    assert cloud.reason(stack, "keyless", "ROLLBACK_IN_PROGRESS") == (f"{complaint}. Rollback requested by user.")
    assert refused(cloud.change_set, stack="other", resources=template, ChangeSetType="CREATE", Parameters=given) == (
        "ValidationError",
        complaint,
    )


def test_a_name_is_taken_once_and_a_token_repeats_the_answer(cloud: Cloud) -> None:
    first = cloud.create({"Group": GROUP}, name="taken", ClientRequestToken="once")
    assert cloud.create({"Group": GROUP}, name="taken", ClientRequestToken="once") == first
    assert refused(cloud.create, resources={"Group": GROUP}, name="taken") == (
        "AlreadyExistsException",
        "Stack [taken] already exists",
    )
    cloud.settled(first)
    events = cloud.cloudformation.describe_stack_events(StackName=first)["StackEvents"]
    assert {event["ClientRequestToken"] for event in events} == {"once"}


@pytest.mark.parametrize(
    ("properties", "wanted"),
    [({}, "CAPABILITY_IAM"), ({"RoleName": "named"}, "CAPABILITY_NAMED_IAM")],
)
def test_iam_needs_to_be_acknowledged(cloud: Cloud, properties: dict[str, str], wanted: str) -> None:
    role = {
        "Type": "AWS::IAM::Role",
        "Properties": {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []}, **properties},
    }
    assert refused(cloud.create, resources={"Role": role}) == (
        "InsufficientCapabilitiesException",
        f"Requires capabilities : [{wanted}]",
    )
    assert refused(cloud.change_set, stack="new", resources={"Role": role}, ChangeSetType="CREATE") == (
        "InsufficientCapabilitiesException",
        f"Requires capabilities : [{wanted}]",
    )
    assert cloud.cloudformation.list_stacks()["StackSummaries"] == []


def test_a_delete_ends_a_creation(cloud: Cloud) -> None:
    stack = cloud.create({"Instance": instance(cloud.image())})
    eventually(lambda: cloud.resources(stack).get("Instance", {}).get("PhysicalResourceId") or None)
    cloud.cloudformation.delete_stack(StackName=stack)
    assert cloud.settled(stack)["StackStatus"] == "DELETE_COMPLETE"
    reservations = cloud.ec2.describe_instances()["Reservations"]
    assert [it["State"]["Name"] for each in reservations for it in each["Instances"]] == ["terminated"]


def test_outputs_are_exported_once(cloud: Cloud) -> None:
    template = {
        "Resources": {"Group": GROUP},
        "Outputs": {"Id": {"Value": {"Fn::GetAtt": ["Group", "GroupId"]}, "Export": {"Name": "the-group"}}},
    }
    first = cloud.made(template)
    exports = cloud.cloudformation.list_exports()["Exports"]
    assert [(it["Name"], it["ExportingStackId"]) for it in exports] == [("the-group", first)]
    second = cloud.create(template)
    assert cloud.settled(second)["StackStatus"] == "ROLLBACK_COMPLETE"
    user = {
        "Group": {
            "Type": "AWS::EC2::SecurityGroup",
            "Properties": {"GroupDescription": {"Fn::ImportValue": "the-group"}},
        }
    }
    third = cloud.made(user)
    group = cloud.physical_id(third, "Group")
    described = cloud.ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]
    assert described["Description"] == cloud.outputs(first)["Id"]


def test_a_reset_takes_all_stacks_and_ends_their_work(cloud: Cloud) -> None:
    stack = cloud.create({"Instance": instance(cloud.image())})
    cloud.reset()
    assert cloud.cloudformation.list_stacks()["StackSummaries"] == []
    assert refused(cloud.cloudformation.describe_stacks, StackName=stack)[0] == "ValidationError"
