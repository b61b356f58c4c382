"""Deleting stacks."""

from __future__ import annotations

from stacks import Cloud, refused

GROUP = {"Type": "AWS::EC2::SecurityGroup", "Properties": {"GroupDescription": "tested"}}
BUCKET = {"Type": "AWS::S3::Bucket"}


def test_a_deleted_stack_is_known_by_its_id_only(cloud: Cloud) -> None:
    stack = cloud.made({"Group": GROUP}, name="short")
    cloud.cloudformation.delete_stack(StackName="short", ClientRequestToken="bye")
    assert cloud.settled(stack)["StackStatus"] == "DELETE_COMPLETE"
    assert "DeletionTime" in cloud.describe(stack)
    assert refused(cloud.cloudformation.describe_stacks, StackName="short") == (
        "ValidationError",
        "Stack with id short does not exist",
    )
    assert cloud.statuses(stack, "Group")[-2:] == ["DELETE_IN_PROGRESS", "DELETE_COMPLETE"]
    # As the real service: deleting what is not there is a success.
    cloud.cloudformation.delete_stack(StackName="short")
    cloud.made({"Group": GROUP}, name="short")
    names = [it["StackName"] for it in cloud.cloudformation.describe_stacks()["Stacks"]]
    assert names == ["short"]


def test_resources_go_in_the_reverse_order(cloud: Cloud) -> None:
    inner = GROUP | {"DependsOn": "Outer"}
    stack = cloud.made({"Outer": GROUP, "Inner": inner}, name="ordered")
    cloud.cloudformation.delete_stack(StackName=stack)
    cloud.settled(stack)
    deleted = [name for name, status, _ in cloud.events(stack) if status == "DELETE_COMPLETE"]
    assert deleted == ["Inner", "Outer", "ordered"]


def test_a_bucket_with_objects_keeps_the_stack(cloud: Cloud) -> None:
    stack = cloud.made({"Bucket": BUCKET, "Group": GROUP}, name="full")
    bucket = cloud.physical_id(stack, "Bucket")
    cloud.client("s3").put_object(Bucket=bucket, Key="kept", Body=b"1")
    cloud.cloudformation.delete_stack(StackName=stack)
    found = cloud.settled(stack)
    assert found["StackStatus"] == "DELETE_FAILED"
    assert found["StackStatusReason"] == "The following resource(s) failed to delete: [Bucket]."
    reason = cloud.reason(stack, "Bucket", "DELETE_FAILED")
    assert reason is not None
    assert "The bucket you tried to delete is not empty (Service: S3, Status Code: 409" in reason
    assert cloud.statuses(stack, "Group")[-1] == "DELETE_COMPLETE"
    assert refused(cloud.cloudformation.update_stack, StackName=stack, UsePreviousTemplate=True) == (
        "ValidationError",
        f"Stack:{stack} is in DELETE_FAILED state and can not be updated.",
    )
    cloud.cloudformation.delete_stack(StackName=stack, RetainResources=["Bucket"])
    assert cloud.settled(stack)["StackStatus"] == "DELETE_COMPLETE"
    assert cloud.statuses(stack, "Bucket")[-1] == "DELETE_SKIPPED"
    cloud.client("s3").head_bucket(Bucket=bucket)


def test_what_is_to_be_retained_stays(cloud: Cloud) -> None:
    stack = cloud.made({"Bucket": BUCKET | {"DeletionPolicy": "RetainExceptOnCreate"}})
    bucket = cloud.physical_id(stack, "Bucket")
    cloud.cloudformation.delete_stack(StackName=stack)
    assert cloud.settled(stack)["StackStatus"] == "DELETE_COMPLETE"
    assert cloud.statuses(stack, "Bucket")[-1] == "DELETE_SKIPPED"
    cloud.client("s3").head_bucket(Bucket=bucket)


def test_retain_except_on_create_goes_with_a_failed_creation(cloud: Cloud) -> None:
    broken = {
        "Type": "AWS::S3::BucketPolicy",
        "Properties": {"Bucket": "no-such-bucket-anywhere", "PolicyDocument": {}},
        "DependsOn": ["Kept", "Gone"],
    }
    stack = cloud.create(
        {
            "Kept": BUCKET | {"DeletionPolicy": "Retain"},
            "Gone": BUCKET | {"DeletionPolicy": "RetainExceptOnCreate"},
            "Broken": broken,
        }
    )
    assert cloud.settled(stack)["StackStatus"] == "ROLLBACK_COMPLETE"
    assert cloud.statuses(stack, "Kept")[-1] == "DELETE_SKIPPED"
    assert cloud.statuses(stack, "Gone")[-1] == "DELETE_COMPLETE"


def test_a_protected_stack_stays(cloud: Cloud) -> None:
    stack = cloud.made({"Group": GROUP}, name="safe", EnableTerminationProtection=True)
    assert refused(cloud.cloudformation.delete_stack, StackName=stack) == (
        "ValidationError",
        "Stack [safe] cannot be deleted while TerminationProtection is enabled",
    )
    cloud.cloudformation.update_termination_protection(StackName=stack, EnableTerminationProtection=False)
    cloud.cloudformation.delete_stack(StackName=stack)
    assert cloud.settled(stack)["StackStatus"] == "DELETE_COMPLETE"


def test_what_someone_else_deleted_is_no_failure(cloud: Cloud) -> None:
    stack = cloud.made({"Group": GROUP})
    cloud.ec2.delete_security_group(GroupId=cloud.physical_id(stack, "Group"))
    cloud.cloudformation.delete_stack(StackName=stack)
    assert cloud.settled(stack)["StackStatus"] == "DELETE_COMPLETE"


def test_a_failed_stack_can_only_be_deleted(cloud: Cloud) -> None:
    bad = {"Type": "AWS::EC2::Instance", "Properties": {"ImageId": "ami-00000000"}}
    stack = cloud.create({"Instance": bad})
    assert cloud.settled(stack)["StackStatus"] == "ROLLBACK_COMPLETE"
    message = f"Stack:{stack} is in ROLLBACK_COMPLETE state and can not be updated."
    assert refused(cloud.cloudformation.update_stack, StackName=stack, UsePreviousTemplate=True) == (
        "ValidationError",
        message,
    )
    assert refused(cloud.change_set, stack=stack, resources={"Group": GROUP}) == (
        "ValidationError",
        message,
    )
    cloud.cloudformation.delete_stack(StackName=stack)
    assert cloud.settled(stack)["StackStatus"] == "DELETE_COMPLETE"
