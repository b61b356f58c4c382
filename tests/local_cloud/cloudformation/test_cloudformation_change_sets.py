"""Change sets: what they tell, and what becomes of them."""

from __future__ import annotations

from typing import Any

from stacks import Cloud, body, eventually, refused

NO_CHANGES = "The submitted information didn't contain changes. Submit different information to create a change set."
TEMPLATE: dict[str, Any] = {
    "Parameters": {
        "Text": {"Type": "String", "Default": "first"},
        "Port": {"Type": "Number", "Default": "80"},
    },
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
        },
        "Bucket": {"Type": "AWS::S3::Bucket"},
    },
}


def parameter(name: str, value: str) -> dict[str, Any]:
    return {"Parameters": [{"ParameterKey": name, "ParameterValue": value}]}


def change(found: dict[str, Any], logical_id: str) -> dict[str, Any]:
    changes = {it["ResourceChange"]["LogicalResourceId"]: it["ResourceChange"] for it in found["Changes"]}
    answer: dict[str, Any] = changes[logical_id]
    return answer


def test_a_stack_is_reviewed_before_it_is_created(cloud: Cloud) -> None:
    found = cloud.change_set("reviewed", TEMPLATE, ChangeSetType="CREATE", Description="to be seen")
    assert (found["Status"], found["ExecutionStatus"]) == ("CREATE_COMPLETE", "AVAILABLE")
    assert found["Description"] == "to be seen"
    assert [(it["ResourceChange"]["Action"], it["ResourceChange"]["LogicalResourceId"]) for it in found["Changes"]] == [
        ("Add", "Bucket"),
        ("Add", "Group"),
    ]
    assert cloud.describe("reviewed")["StackStatus"] == "REVIEW_IN_PROGRESS"
    assert cloud.client("s3").list_buckets()["Buckets"] == []
    cloud.cloudformation.execute_change_set(StackName="reviewed", ChangeSetName="change", ClientRequestToken="go")
    assert cloud.settled("reviewed")["StackStatus"] == "CREATE_COMPLETE"
    assert cloud.describe("reviewed")["ChangeSetId"] == found["ChangeSetId"]
    again = cloud.cloudformation.describe_change_set(ChangeSetName=found["ChangeSetId"])
    assert again["ExecutionStatus"] == "EXECUTE_COMPLETE"
    assert refused(cloud.cloudformation.execute_change_set, ChangeSetName=found["ChangeSetId"]) == (
        "InvalidChangeSetStatus",
        f"ChangeSet [{found['ChangeSetId']}] cannot be executed in its current execution status of [EXECUTE_COMPLETE]",
    )
    assert refused(cloud.change_set, stack="reviewed", resources=TEMPLATE, ChangeSetType="CREATE") == (
        "ValidationError",
        "Stack [reviewed] already exists and cannot be created again with the changeSet [change].",
    )


def test_its_making_takes_a_moment(unhurried: Cloud) -> None:
    made = unhurried.cloudformation.create_change_set(
        StackName="slow", ChangeSetName="slow", ChangeSetType="CREATE", TemplateBody=body(TEMPLATE)
    )
    seen: list[str] = []

    def ready() -> bool | None:
        found = unhurried.cloudformation.describe_change_set(ChangeSetName=made["Id"])
        if found["Status"] not in seen:
            seen.append(found["Status"])
        if found["Status"] != "CREATE_COMPLETE":
            assert found["ExecutionStatus"] == "UNAVAILABLE"
            return None
        return True

    code, message = refused(unhurried.cloudformation.execute_change_set, ChangeSetName=made["Id"])
    assert code == "InvalidChangeSetStatus"
    assert message.endswith("cannot be executed in its current status of [CREATE_PENDING]")
    eventually(ready)
    assert seen == ["CREATE_PENDING", "CREATE_IN_PROGRESS", "CREATE_COMPLETE"]


def test_no_change_fails_with_the_words_that_tools_know(cloud: Cloud) -> None:
    stack = cloud.made(TEMPLATE)
    found = cloud.change_set(stack, TEMPLATE)
    assert (found["Status"], found["ExecutionStatus"]) == ("FAILED", "UNAVAILABLE")
    assert found["StatusReason"] == NO_CHANGES
    assert found["Changes"] == []
    code, message = refused(cloud.cloudformation.execute_change_set, ChangeSetName=found["ChangeSetId"])
    assert code == "InvalidChangeSetStatus"
    assert message.endswith("cannot be executed in its current status of [FAILED]")


def test_a_parameter_that_changes_in_place(cloud: Cloud) -> None:
    stack = cloud.made(TEMPLATE)
    found = cloud.change_set(stack, None, UsePreviousTemplate=True, **parameter("Port", "81"))
    assert len(found["Changes"]) == 1
    modified = change(found, "Group")
    assert (modified["Action"], modified["Replacement"], modified["Scope"]) == (
        "Modify",
        "False",
        ["Properties"],
    )
    assert modified["PhysicalResourceId"] == cloud.physical_id(stack, "Group")
    assert {(it["Evaluation"], it["ChangeSource"], it.get("CausingEntity")) for it in modified["Details"]} == {
        ("Static", "ParameterReference", "Port"),
        ("Dynamic", "DirectModification", None),
    }
    assert {it["Target"]["Name"] for it in modified["Details"]} == {"SecurityGroupIngress"}


def test_a_property_that_asks_for_a_new_resource(cloud: Cloud) -> None:
    stack = cloud.made(TEMPLATE)
    found = cloud.change_set(stack, TEMPLATE, **parameter("Text", "second"))
    modified = change(found, "Group")
    assert (modified["Replacement"], modified["PolicyAction"]) == ("True", "ReplaceAndDelete")
    assert modified["Details"][0]["Target"] == {
        "Attribute": "Properties",
        "Name": "GroupDescription",
        "RequiresRecreation": "Always",
    }


def linked(cloud: Cloud, description: str) -> dict[str, Any]:
    """A group, and an instance that takes its id."""
    return {
        "Group": {"Type": "AWS::EC2::SecurityGroup", "Properties": {"GroupDescription": description}},
        "Instance": {
            "Type": "AWS::EC2::Instance",
            "Properties": {
                "ImageId": cloud.image(),
                "InstanceType": "t3.micro",
                "SecurityGroupIds": [{"Fn::GetAtt": ["Group", "GroupId"]}],
            },
        },
    }


def test_what_depends_on_a_replaced_resource_changes_with_it(cloud: Cloud) -> None:
    stack = cloud.made(linked(cloud, "old"))
    modified = change(cloud.change_set(stack, linked(cloud, "new")), "Instance")
    assert modified["Replacement"] == "Conditional"
    assert [(it["Evaluation"], it["ChangeSource"], it["CausingEntity"]) for it in modified["Details"]] == [
        ("Dynamic", "ResourceAttribute", "Group.GroupId")
    ]


def test_a_removal_says_what_happens_to_the_resource(cloud: Cloud) -> None:
    kept = {"Type": "AWS::S3::Bucket", "DeletionPolicy": "Retain"}
    group = TEMPLATE["Resources"]["Bucket"]
    stack = cloud.made({"Gone": group, "Kept": kept, "Stays": group})
    found = cloud.change_set(stack, {"Stays": group})
    assert change(found, "Gone")["PolicyAction"] == "Delete"
    assert change(found, "Kept")["PolicyAction"] == "Retain"
    assert {it["ResourceChange"]["Action"] for it in found["Changes"]} == {"Remove"}


def test_tags_of_the_stack_are_a_change_of_tags(cloud: Cloud) -> None:
    stack = cloud.made(TEMPLATE)
    found = cloud.change_set(stack, TEMPLATE, Tags=[{"Key": "a", "Value": "b"}])
    assert change(found, "Bucket")["Scope"] == ["Tags"]
    assert change(found, "Bucket")["Replacement"] == "False"


def test_what_takes_a_value_of_a_tagged_resource_may_change(cloud: Cloud) -> None:
    template = linked(cloud, "tagged")
    stack = cloud.made(template)
    found = cloud.change_set(stack, template, Tags=[{"Key": "a", "Value": "b"}])
    assert (change(found, "Group")["Scope"], change(found, "Group")["Replacement"]) == (["Tags"], "False")
    modified = change(found, "Instance")
    assert (modified["Scope"], modified["Replacement"]) == (["Properties", "Tags"], "Conditional")
    assert [(it["Evaluation"], it["ChangeSource"], it.get("CausingEntity")) for it in modified["Details"]] == [
        ("Dynamic", "ResourceAttribute", "Group.GroupId"),
        ("Static", "DirectModification", None),
    ]
    before = cloud.physical_id(stack, "Instance")
    cloud.cloudformation.execute_change_set(StackName=stack, ChangeSetName="change")
    assert cloud.settled(stack)["StackStatus"] == "UPDATE_COMPLETE"
    assert cloud.physical_id(stack, "Instance") == before


def test_executing_one_does_away_with_the_others(cloud: Cloud) -> None:
    stack = cloud.made(TEMPLATE)
    cloud.change_set(stack, TEMPLATE, name="left", **parameter("Port", "82"))
    cloud.change_set(stack, TEMPLATE, name="taken", **parameter("Port", "81"))
    cloud.cloudformation.execute_change_set(StackName=stack, ChangeSetName="taken")
    assert cloud.settled(stack)["StackStatus"] == "UPDATE_COMPLETE"
    assert cloud.cloudformation.list_change_sets(StackName=stack)["Summaries"] == []
    executed = cloud.cloudformation.describe_change_set(StackName=stack, ChangeSetName="taken")
    assert executed["ExecutionStatus"] == "EXECUTE_COMPLETE"
    assert refused(cloud.cloudformation.execute_change_set, StackName=stack, ChangeSetName="left") == (
        "ChangeSetNotFound",
        "ChangeSet [left] does not exist",
    )


def test_what_becomes_of_a_failure_is_said_beforehand(cloud: Cloud) -> None:
    bad = {"Type": "AWS::EC2::Instance", "Properties": {"ImageId": "ami-00000000"}}
    for policy, status in (
        ("DO_NOTHING", "CREATE_FAILED"),
        ("ROLLBACK", "ROLLBACK_COMPLETE"),
        ("DELETE", "DELETE_COMPLETE"),
    ):
        found = cloud.change_set(
            f"on-{policy.lower().replace('_', '-')}",
            {"Bad": bad},
            ChangeSetType="CREATE",
            OnStackFailure=policy,
        )
        cloud.cloudformation.execute_change_set(ChangeSetName=found["ChangeSetId"])
        assert cloud.settled(found["StackId"])["StackStatus"] == status


def test_a_deleted_change_set_leaves_the_review(cloud: Cloud) -> None:
    found = cloud.change_set("undecided", TEMPLATE, ChangeSetType="CREATE")
    cloud.cloudformation.delete_change_set(ChangeSetName=found["ChangeSetId"])
    assert cloud.describe("undecided")["StackStatus"] == "REVIEW_IN_PROGRESS"
    assert refused(cloud.cloudformation.describe_change_set, ChangeSetName="change", StackName="undecided") == (
        "ChangeSetNotFound",
        "ChangeSet [change] does not exist",
    )
    cloud.cloudformation.delete_stack(StackName="undecided")
    assert cloud.settled(found["StackId"])["StackStatus"] == "DELETE_COMPLETE"


def test_a_token_repeats_the_answer_and_a_name_is_taken_once(cloud: Cloud) -> None:
    first = cloud.change_set("twice", TEMPLATE, ChangeSetType="CREATE", ClientToken="once")
    second = cloud.change_set("twice", TEMPLATE, ChangeSetType="CREATE", ClientToken="once")
    assert first["ChangeSetId"] == second["ChangeSetId"]
    assert refused(cloud.change_set, stack="twice", resources=TEMPLATE, ChangeSetType="CREATE")[0] == (
        "AlreadyExistsException"
    )


def test_a_stack_that_does_not_exist_cannot_change(cloud: Cloud) -> None:
    assert refused(cloud.change_set, stack="none", resources=TEMPLATE) == (
        "ValidationError",
        "Stack [none] does not exist",
    )
    assert refused(cloud.cloudformation.describe_change_set, ChangeSetName="x") == (
        "ValidationError",
        "StackName must be specified if ChangeSetName is not specified as an ARN.",
    )


def test_the_name_of_an_executed_change_set_is_free(cloud: Cloud) -> None:
    stack = cloud.made(TEMPLATE)
    for port in ("81", "82"):
        found = cloud.change_set(stack, TEMPLATE, name="again", **parameter("Port", port))
        cloud.cloudformation.execute_change_set(StackName=stack, ChangeSetName="again")
        assert cloud.settled(stack)["StackStatus"] == "UPDATE_COMPLETE"
        assert cloud.describe(stack)["ChangeSetId"] == found["ChangeSetId"]


def test_the_values_are_told_when_asked_for(cloud: Cloud) -> None:
    stack = cloud.made(TEMPLATE)
    found = cloud.change_set(stack, TEMPLATE, **parameter("Text", "second"))
    assert "BeforeValue" not in change(found, "Group")["Details"][0]["Target"]
    found = cloud.cloudformation.describe_change_set(ChangeSetName=found["ChangeSetId"], IncludePropertyValues=True)
    assert change(found, "Group")["Details"][0]["Target"] == {
        "Attribute": "Properties",
        "Name": "GroupDescription",
        "RequiresRecreation": "Always",
        "Path": "/Properties/GroupDescription",
        "BeforeValue": "first",
        "AfterValue": "second",
        "AttributeChangeType": "Modify",
    }
