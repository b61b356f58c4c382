"""Lists come in pages, and the newest event comes first."""

from __future__ import annotations

from stacks import Cloud, refused

QUEUES = {f"Queue{number:02}": {"Type": "AWS::SQS::Queue"} for number in range(40)}


def test_events_are_paged_from_the_newest(cloud: Cloud) -> None:
    stack = cloud.made(QUEUES, name="long")
    first = cloud.cloudformation.describe_stack_events(StackName=stack)
    assert len(first["StackEvents"]) == 100
    assert first["StackEvents"][0]["LogicalResourceId"] == "long"
    second = cloud.cloudformation.describe_stack_events(StackName=stack, NextToken=first["NextToken"])
    events = first["StackEvents"] + second["StackEvents"]
    assert "NextToken" not in second
    assert len(events) == len({it["EventId"] for it in events}) == 40 * 3 + 2
    times = [it["Timestamp"] for it in events]
    assert times == sorted(times, reverse=True) and len(set(times)) == len(times)
    assert refused(cloud.cloudformation.describe_stack_events, StackName=stack, NextToken="nonsense") == (
        "ValidationError",
        "NextToken is invalid",
    )


def test_stacks_are_listed_in_any_state(cloud: Cloud) -> None:
    kept = cloud.made({"Bucket": {"Type": "AWS::S3::Bucket"}}, name="kept")
    gone = cloud.made({"Bucket": {"Type": "AWS::S3::Bucket"}}, name="gone")
    cloud.cloudformation.delete_stack(StackName=gone)
    cloud.settled(gone)
    listed = cloud.cloudformation.list_stacks()["StackSummaries"]
    assert [(it["StackId"], it["StackStatus"]) for it in listed] == [
        (gone, "DELETE_COMPLETE"),
        (kept, "CREATE_COMPLETE"),
    ]
    filtered = cloud.cloudformation.list_stacks(StackStatusFilter=["CREATE_COMPLETE"])
    assert [it["StackName"] for it in filtered["StackSummaries"]] == ["kept"]
    tagged = cloud.client("resourcegroupstaggingapi").get_resources(ResourceTypeFilters=["cloudformation:stack"])
    assert [it["ResourceARN"] for it in tagged["ResourceTagMappingList"]] == []


def test_resources_are_listed_with_their_state(cloud: Cloud) -> None:
    stack = cloud.made({"Bucket": {"Type": "AWS::S3::Bucket"}})
    bucket = cloud.physical_id(stack, "Bucket")
    listed = cloud.cloudformation.list_stack_resources(StackName=stack)["StackResourceSummaries"]
    assert [(it["LogicalResourceId"], it["PhysicalResourceId"], it["ResourceStatus"]) for it in listed] == [
        ("Bucket", bucket, "CREATE_COMPLETE")
    ]
    found = cloud.cloudformation.describe_stack_resources(PhysicalResourceId=bucket)
    assert [it["StackId"] for it in found["StackResources"]] == [stack]
    one = cloud.cloudformation.describe_stack_resource(StackName=stack, LogicalResourceId="Bucket")
    assert one["StackResourceDetail"]["PhysicalResourceId"] == bucket
    assert refused(cloud.cloudformation.list_stack_resources, StackName="none") == (
        "ValidationError",
        "Stack with id none does not exist",
    )
