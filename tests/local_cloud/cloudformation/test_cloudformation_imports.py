"""Stacks that are made of what exists already."""

from __future__ import annotations

from typing import Any

from stacks import Cloud, body, refused

BUCKET: dict[str, Any] = {"Resources": {"Bucket": {"Type": "AWS::S3::Bucket", "DeletionPolicy": "Retain"}}}
EMPTY: dict[str, Any] = {"Resources": {"Nothing": {"Type": "AWS::CloudFormation::WaitConditionHandle"}}}
BOTH: dict[str, Any] = {"Resources": {**EMPTY["Resources"], **BUCKET["Resources"]}}
TAGS = [{"Key": "whose", "Value": "mine"}]
WITH_GROUP: dict[str, Any] = {
    "Resources": {
        **BUCKET["Resources"],
        "Group": {"Type": "AWS::EC2::SecurityGroup", "Properties": {"GroupDescription": "x"}},
    }
}


def asked(bucket: str) -> list[dict[str, Any]]:
    identifier = {"BucketName": bucket}
    return [{"ResourceType": "AWS::S3::Bucket", "LogicalResourceId": "Bucket", "ResourceIdentifier": identifier}]


def imported(cloud: Cloud, name: str, bucket: str) -> dict[str, Any]:
    found = cloud.change_set(name, BUCKET, ChangeSetType="IMPORT", ResourcesToImport=asked(bucket))
    change = found["Changes"][0]["ResourceChange"]
    assert (change["Action"], change["PhysicalResourceId"]) == ("Import", bucket)
    cloud.cloudformation.execute_change_set(ChangeSetName=found["ChangeSetId"])
    return cloud.settled(name)


def bucket(cloud: Cloud, name: str) -> str:
    where: Any = {"LocationConstraint": "eu-central-1"}
    cloud.client("s3").create_bucket(Bucket=name, CreateBucketConfiguration=where)
    return name


def test_a_bucket_is_taken_in_and_the_stack_can_grow(cloud: Cloud) -> None:
    name, kept = cloud.name(), bucket(cloud, "taken-in")
    assert imported(cloud, name, kept)["StackStatus"] == "IMPORT_COMPLETE"
    found = cloud.cloudformation.describe_stack_resources(StackName=name)["StackResources"]
    assert [(it["PhysicalResourceId"], it["ResourceStatus"]) for it in found] == [(kept, "IMPORT_COMPLETE")]
    tags = {it["Key"]: it["Value"] for it in cloud.client("s3").get_bucket_tagging(Bucket=kept)["TagSet"]}
    assert tags["aws:cloudformation:stack-name"] == name
    change = cloud.change_set(name, WITH_GROUP, name="more")
    assert [it["ResourceChange"]["LogicalResourceId"] for it in change["Changes"]] == ["Group"]
    cloud.cloudformation.execute_change_set(ChangeSetName=change["ChangeSetId"])
    grown = cloud.settled(name)
    assert grown["StackStatus"] == "UPDATE_COMPLETE"
    cloud.cloudformation.delete_stack(StackName=name)
    cloud.settled(grown["StackId"])
    cloud.client("s3").head_bucket(Bucket=kept)


def test_what_is_not_there_or_is_of_another_stack_is_not_taken_in(cloud: Cloud) -> None:
    assert imported(cloud, cloud.name(), "no-such-bucket")["StackStatus"] == "IMPORT_ROLLBACK_COMPLETE"
    kept = bucket(cloud, "of-one-stack-only")
    assert imported(cloud, cloud.name(), kept)["StackStatus"] == "IMPORT_COMPLETE"
    second = cloud.name()
    assert imported(cloud, second, kept)["StackStatus"] == "IMPORT_ROLLBACK_COMPLETE"
    events = cloud.cloudformation.describe_stack_events(StackName=second)["StackEvents"]
    failed = [it["ResourceStatusReason"] for it in events if it["ResourceStatus"] == "IMPORT_FAILED"]
    assert failed[0].startswith(f"{kept} already exists in stack arn:")


def test_an_import_makes_nothing_and_keeps_what_it_takes_in(cloud: Cloud) -> None:
    create = cloud.cloudformation.create_change_set
    arguments = {"ChangeSetName": "change", "ChangeSetType": "IMPORT", "ResourcesToImport": asked("any")}
    more = refused(create, StackName=cloud.name(), TemplateBody=body(WITH_GROUP), **arguments)
    assert more[0] == "ValidationError" and "Group" in more[1]
    bare = {"Resources": {"Bucket": {"Type": "AWS::S3::Bucket"}}}
    refusal = refused(create, StackName=cloud.name(), TemplateBody=body(bare), **arguments)
    assert refusal[0] == "ValidationError" and "no DeletionPolicy" in refusal[1]


def empty_stack(cloud: Cloud) -> str:
    name = cloud.name()
    cloud.cloudformation.create_stack(StackName=name, TemplateBody=body(EMPTY), Tags=TAGS)
    assert cloud.settled(name)["StackStatus"] == "CREATE_COMPLETE"
    return name


def into(cloud: Cloud, name: str, kept: str, change: str = "change") -> dict[str, Any]:
    found = cloud.change_set(name, BOTH, name=change, ChangeSetType="IMPORT", ResourcesToImport=asked(kept), Tags=TAGS)
    assert [it["ResourceChange"]["LogicalResourceId"] for it in found["Changes"]] == ["Bucket"]
    cloud.cloudformation.execute_change_set(ChangeSetName=found["ChangeSetId"])
    return cloud.settled(name)


def resources(cloud: Cloud, name: str) -> set[str]:
    found = cloud.cloudformation.describe_stack_resources(StackName=name)["StackResources"]
    return {it["LogicalResourceId"] for it in found}


def test_a_stack_that_exists_takes_a_bucket_in_and_keeps_its_tags(cloud: Cloud) -> None:
    name, kept = empty_stack(cloud), bucket(cloud, "taken-in-later")
    found = into(cloud, name, kept)
    assert (found["StackStatus"], found["Tags"]) == ("IMPORT_COMPLETE", TAGS)
    assert resources(cloud, name) == {"Nothing", "Bucket"}
    change = cloud.change_set(name, BUCKET, name="whole", Tags=TAGS)
    removed = [it["ResourceChange"] for it in change["Changes"]]
    assert [(it["Action"], it["LogicalResourceId"]) for it in removed] == [("Remove", "Nothing")]
    cloud.cloudformation.execute_change_set(ChangeSetName=change["ChangeSetId"])
    assert cloud.settled(name)["StackStatus"] == "UPDATE_COMPLETE"
    cloud.client("s3").head_bucket(Bucket=kept)


def test_an_import_that_fails_leaves_the_stack_as_it_was(cloud: Cloud) -> None:
    name = empty_stack(cloud)
    assert into(cloud, name, "not-there-yet")["StackStatus"] == "IMPORT_ROLLBACK_COMPLETE"
    assert resources(cloud, name) == {"Nothing"}
    before = cloud.cloudformation.get_template(StackName=name)["TemplateBody"]
    assert dict(before) == EMPTY
    assert into(cloud, name, bucket(cloud, "not-there-yet"), "again")["StackStatus"] == "IMPORT_COMPLETE"


def test_an_import_changes_nothing_else(cloud: Cloud) -> None:
    create = cloud.cloudformation.create_change_set
    arguments = {"ChangeSetName": "change", "ChangeSetType": "IMPORT", "ResourcesToImport": asked("any")}
    role = "arn:aws:iam::123456789012:role/deployer"
    new = refused(create, StackName=cloud.name(), TemplateBody=body(BUCKET), Tags=TAGS, RoleARN=role, **arguments)
    assert new == ("ValidationError", "As part of the import operation, you cannot modify or add [RoleArn, Tags]")
    name = empty_stack(cloud)
    other = refused(
        create, StackName=name, TemplateBody=body(BOTH), Tags=[{"Key": "whose", "Value": "his"}], **arguments
    )
    assert other == ("ValidationError", "As part of the import operation, you cannot modify or add [Tags]")
    telling = {**BOTH, "Outputs": {"Name": {"Value": {"Ref": "Bucket"}}}}
    told = refused(create, StackName=name, TemplateBody=body(telling), Tags=TAGS, **arguments)
    assert told == ("ValidationError", "As part of the import operation, you cannot modify or add [Outputs]")
    without = refused(create, StackName=name, TemplateBody=body(BUCKET), Tags=TAGS, **arguments)
    assert without[0] == "ValidationError" and "You have modified resources [Nothing]" in without[1]
