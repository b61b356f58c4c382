"""Updating stacks: in place, by replacement, and back when it fails."""

from __future__ import annotations

from typing import Any

import pytest
from stacks import Cloud, body, eventually, refused


def group(description: str = "tested", *ports: int, **members: Any) -> dict[str, Any]:
    rules = [{"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "CidrIp": "10.0.0.0/8"} for port in ports]
    properties = {"GroupDescription": description, "SecurityGroupIngress": rules}
    return {"Type": "AWS::EC2::SecurityGroup", "Properties": properties, **members}


def update(cloud: Cloud, stack: str, resources: Any, **options: Any) -> dict[str, Any]:
    cloud.cloudformation.update_stack(StackName=stack, TemplateBody=body(resources), **options)
    return cloud.settled(stack)


def ports(cloud: Cloud, group_id: str) -> list[int]:
    found = cloud.ec2.describe_security_groups(GroupIds=[group_id])["SecurityGroups"][0]
    return sorted(rule["FromPort"] for rule in found["IpPermissions"])


def test_a_change_in_place_keeps_the_resource(cloud: Cloud) -> None:
    stack = cloud.made({"Group": group("tested", 22, 80)}, name="place")
    before = cloud.physical_id(stack, "Group")
    found = update(cloud, stack, {"Group": group("tested", 80, 443)})
    assert found["StackStatus"] == "UPDATE_COMPLETE"
    assert cloud.physical_id(stack, "Group") == before
    assert ports(cloud, before) == [80, 443]
    assert cloud.statuses(stack, "place")[-3:] == [
        "UPDATE_IN_PROGRESS",
        "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
        "UPDATE_COMPLETE",
    ]
    assert cloud.statuses(stack, "Group")[-2:] == ["UPDATE_IN_PROGRESS", "UPDATE_COMPLETE"]


def test_a_replacement_comes_before_the_old_one_goes(cloud: Cloud) -> None:
    stack = cloud.made({"Group": group("old")}, name="replaced")
    before = cloud.physical_id(stack, "Group")
    assert update(cloud, stack, {"Group": group("new")})["StackStatus"] == "UPDATE_COMPLETE"
    after = cloud.physical_id(stack, "Group")
    assert after != before
    events = cloud.cloudformation.describe_stack_events(StackName=stack)["StackEvents"][::-1]
    told = [(it["ResourceStatus"], it["PhysicalResourceId"]) for it in events if it["LogicalResourceId"] == "Group"]
    assert told[-5:] == [
        ("UPDATE_IN_PROGRESS", before),
        ("UPDATE_IN_PROGRESS", after),
        ("UPDATE_COMPLETE", after),
        ("DELETE_IN_PROGRESS", before),
        ("DELETE_COMPLETE", before),
    ]
    reason = "Requested update requires the creation of a new physical resource; hence creating one."
    assert (("Group", "UPDATE_IN_PROGRESS", reason)) in cloud.events(stack)
    groups = cloud.ec2.describe_security_groups()["SecurityGroups"]
    assert before not in {it["GroupId"] for it in groups}


def test_resources_are_added_and_removed(cloud: Cloud) -> None:
    stack = cloud.made({"One": group("one"), "Two": group("two", DeletionPolicy="Retain")})
    retained = cloud.physical_id(stack, "Two")
    found = update(cloud, stack, {"One": group("one"), "Three": group("three")})
    assert found["StackStatus"] == "UPDATE_COMPLETE"
    assert sorted(cloud.resources(stack)) == ["One", "Three"]
    cloud.ec2.describe_security_groups(GroupIds=[retained])


def test_an_instance_changes_its_type_in_place(cloud: Cloud) -> None:
    def instance(kind: str) -> dict[str, Any]:
        return {
            "Instance": {
                "Type": "AWS::EC2::Instance",
                "Properties": {"ImageId": cloud.image(), "InstanceType": kind},
            }
        }

    stack = cloud.made(instance("t3.micro"))
    before = cloud.physical_id(stack, "Instance")
    assert update(cloud, stack, instance("t3.small"))["StackStatus"] == "UPDATE_COMPLETE"
    assert cloud.physical_id(stack, "Instance") == before
    found = cloud.ec2.describe_instances(InstanceIds=[before])["Reservations"][0]["Instances"][0]
    assert (found["InstanceType"], found["State"]["Name"]) == ("t3.small", "running")


def test_tags_of_the_stack_reach_its_resources(cloud: Cloud) -> None:
    stack = cloud.made({"Group": group()}, Tags=[{"Key": "old", "Value": "1"}])
    group_id = cloud.physical_id(stack, "Group")
    update(cloud, stack, {"Group": group()}, Tags=[{"Key": "new", "Value": "2"}])
    found = cloud.ec2.describe_security_groups(GroupIds=[group_id])["SecurityGroups"][0]
    tags = {tag["Key"]: tag["Value"] for tag in found["Tags"] if not tag["Key"].startswith("aws:")}
    assert tags == {"new": "2"}


def test_parameters_are_kept_where_asked(cloud: Cloud) -> None:
    template = {
        "Parameters": {"Text": {"Type": "String"}, "Port": {"Type": "Number"}},
        "Resources": {
            "Group": {
                "Type": "AWS::EC2::SecurityGroup",
                "Properties": {
                    "GroupDescription": {"Ref": "Text"},
                    "SecurityGroupIngress": [
                        {
                            "IpProtocol": "tcp",
                            "FromPort": {"Ref": "Port"},
                            "ToPort": {"Ref": "Port"},
                            "CidrIp": "10.0.0.0/8",
                        }
                    ],
                },
            }
        },
    }
    given = [
        {"ParameterKey": "Text", "ParameterValue": "said once"},
        {"ParameterKey": "Port", "ParameterValue": "80"},
    ]
    stack = cloud.made(template, Parameters=given)
    before = cloud.physical_id(stack, "Group")
    cloud.cloudformation.update_stack(
        StackName=stack,
        UsePreviousTemplate=True,
        Parameters=[
            {"ParameterKey": "Text", "UsePreviousValue": True},
            {"ParameterKey": "Port", "ParameterValue": "81"},
        ],
    )
    assert cloud.settled(stack)["StackStatus"] == "UPDATE_COMPLETE"
    assert ports(cloud, before) == [81]
    shown = {it["ParameterKey"]: it["ParameterValue"] for it in cloud.describe(stack)["Parameters"]}
    assert shown == {"Text": "said once", "Port": "81"}
    assert refused(cloud.cloudformation.update_stack, StackName=stack, UsePreviousTemplate=True) == (
        "ValidationError",
        "Parameters: [Text, Port] must have values",
    )


def test_no_change_is_an_error(cloud: Cloud) -> None:
    stack = cloud.made({"Group": group()})
    assert refused(cloud.cloudformation.update_stack, StackName=stack, TemplateBody=body({"Group": group()})) == (
        "ValidationError",
        "No updates are to be performed.",
    )


def test_only_outputs_is_a_change(cloud: Cloud) -> None:
    stack = cloud.made({"Group": group()})
    template = {"Resources": {"Group": group()}, "Outputs": {"Id": {"Value": {"Ref": "Group"}}}}
    assert update(cloud, stack, template)["StackStatus"] == "UPDATE_COMPLETE"
    assert cloud.outputs(stack) == {"Id": cloud.physical_id(stack, "Group")}


def test_a_failed_update_is_undone(cloud: Cloud) -> None:
    stack = cloud.made({"Group": group("kept", 22), "Other": group("old")}, name="undone")
    before = {name: it["PhysicalResourceId"] for name, it in cloud.resources(stack).items()}
    bad = {
        "Type": "AWS::EC2::Instance",
        "Properties": {"ImageId": "ami-00000000"},
        "DependsOn": ["Group", "Other", "Added"],
    }
    found = update(
        cloud,
        stack,
        {"Group": group("kept", 80), "Other": group("new"), "Added": group("added"), "Bad": bad},
    )
    assert found["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert cloud.statuses(stack, "undone")[-4:] == [
        "UPDATE_IN_PROGRESS",
        "UPDATE_ROLLBACK_IN_PROGRESS",
        "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
        "UPDATE_ROLLBACK_COMPLETE",
    ]
    assert cloud.reason(stack, "undone", "UPDATE_ROLLBACK_IN_PROGRESS") == (
        "The following resource(s) failed to create: [Bad]."
    )
    after = {name: it["PhysicalResourceId"] for name, it in cloud.resources(stack).items()}
    assert after == before
    assert ports(cloud, before["Group"]) == [22]
    groups = cloud.ec2.describe_security_groups()["SecurityGroups"]
    assert {it["Description"] for it in groups} == {"default VPC security group", "kept", "old"}
    assert update(cloud, stack, {"Group": group("kept", 443)})["StackStatus"] == "UPDATE_COMPLETE"


def test_an_unknown_stack_is_not_updated(cloud: Cloud) -> None:
    assert refused(cloud.cloudformation.update_stack, StackName="none", TemplateBody=body({"Group": group()})) == (
        "ValidationError",
        "Stack [none] does not exist",
    )


@pytest.mark.parametrize("operation", ["update_stack", "delete_stack"])
def test_a_stack_at_work_is_left_alone(unhurried: Cloud, operation: str) -> None:
    stack = unhurried.made({"Group": group("tested", 22)})
    unhurried.cloudformation.update_stack(StackName=stack, TemplateBody=body({"Group": group("tested", 80)}))
    arguments = {"UsePreviousTemplate": True} if operation == "update_stack" else {}
    code, message = refused(getattr(unhurried.cloudformation, operation), StackName=stack, **arguments)
    assert code == "ValidationError"
    assert message in (
        f"Stack:{stack} is in UPDATE_IN_PROGRESS state and can not be updated.",
        f"Stack [{stack}] cannot be deleted while in status UPDATE_IN_PROGRESS",
    )
    assert unhurried.settled(stack)["StackStatus"] == "UPDATE_COMPLETE"


def test_an_update_is_cancelled(unhurried: Cloud) -> None:
    stack = unhurried.made({"Group": group("kept", 22)}, name="cancelled")
    instance = {
        "Type": "AWS::EC2::Instance",
        "Properties": {"ImageId": unhurried.image(), "InstanceType": "t3.micro"},
        "DependsOn": "Group",
    }
    assert refused(unhurried.cloudformation.cancel_update_stack, StackName=stack) == (
        "ValidationError",
        "CancelUpdateStack cannot be called from current stack status",
    )
    template = body({"Group": group("kept", 80), "Instance": instance})
    unhurried.cloudformation.update_stack(StackName=stack, TemplateBody=template)
    eventually(lambda: unhurried.resources(stack).get("Instance", {}).get("PhysicalResourceId") or None)
    unhurried.cloudformation.cancel_update_stack(StackName=stack)
    assert unhurried.settled(stack)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert unhurried.reason(stack, "cancelled", "UPDATE_ROLLBACK_IN_PROGRESS") == "User Initiated"
    assert ports(unhurried, unhurried.physical_id(stack, "Group")) == [22]
    reservations = unhurried.ec2.describe_instances()["Reservations"]
    assert [it["State"]["Name"] for each in reservations for it in each["Instances"]] == ["terminated"]


def test_a_rollback_that_fails_is_continued(unhurried: Cloud) -> None:
    stack = unhurried.made({"Group": group("kept", 22)}, name="stuck")
    group_id = unhurried.physical_id(stack, "Group")
    instance = {
        "Type": "AWS::EC2::Instance",
        "Properties": {"ImageId": unhurried.image(), "InstanceType": "t3.micro"},
        "DependsOn": "Group",
    }
    template = body({"Group": group("kept", 80), "Instance": instance})
    unhurried.cloudformation.update_stack(StackName=stack, TemplateBody=template)
    eventually(lambda: unhurried.resources(stack).get("Instance", {}).get("PhysicalResourceId") or None)
    unhurried.ec2.delete_security_group(GroupId=group_id)
    unhurried.cloudformation.cancel_update_stack(StackName=stack)
    found = unhurried.settled(stack)
    assert found["StackStatus"] == "UPDATE_ROLLBACK_FAILED"
    assert found["StackStatusReason"] == "The following resource(s) failed to update: [Group]."
    unhurried.cloudformation.continue_update_rollback(StackName=stack)
    assert unhurried.settled(stack)["StackStatus"] == "UPDATE_ROLLBACK_FAILED"
    unhurried.cloudformation.continue_update_rollback(StackName=stack, ResourcesToSkip=["Group"])
    assert unhurried.settled(stack)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert sorted(unhurried.resources(stack)) == ["Group"]
