"""Lifecycle hooks: an instance waits until its work is done, or its time is over."""

from __future__ import annotations

import json
import time

import pytest
from services import MINUTE, eventually, refused

LAUNCHING, TERMINATING = "autoscaling:EC2_INSTANCE_LAUNCHING", "autoscaling:EC2_INSTANCE_TERMINATING"


@pytest.fixture
def hook(group):
    def put(transition=TERMINATING, **options):
        wish = {"LifecycleHookName": "drain", "AutoScalingGroupName": group.name, **options}
        group.scaling.put_lifecycle_hook(**wish, LifecycleTransition=transition)

    return put


def complete(group, instance_id, result="CONTINUE"):
    group.scaling.complete_lifecycle_action(
        LifecycleHookName="drain",
        AutoScalingGroupName=group.name,
        InstanceId=instance_id,
        LifecycleActionResult=result,
    )


def test_a_hook_is_described_with_its_defaults(group, hook):
    group.create(0)
    hook()
    [found] = group.scaling.describe_lifecycle_hooks(AutoScalingGroupName=group.name)["LifecycleHooks"]
    assert found == {
        "LifecycleHookName": "drain",
        "AutoScalingGroupName": "workers",
        "LifecycleTransition": TERMINATING,
        "HeartbeatTimeout": 3600,
        "GlobalTimeout": 172800,
        "DefaultResult": "ABANDON",
    }
    hook(HeartbeatTimeout=60)
    [found] = group.scaling.describe_lifecycle_hooks(AutoScalingGroupName=group.name)["LifecycleHooks"]
    assert (found["HeartbeatTimeout"], found["GlobalTimeout"]) == (60, 6000)
    assert refused(hook, HeartbeatTimeout=1)[0] == "ValidationError"


def test_an_instance_waits_to_end_until_it_is_told_to_go_on(group, hook):
    group.create()
    [leaving] = group.in_service(1)
    url = group.sqs.create_queue(QueueName="told")["QueueUrl"]
    target = group.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    hook(NotificationTargetARN=target, RoleARN="arn:aws:iam::123456789012:role/r", NotificationMetadata="m")
    group.scaling.terminate_instance_in_auto_scaling_group(InstanceId=leaving, ShouldDecrementDesiredCapacity=False)
    group.reach("InService", "Terminating:Wait")
    activity = next(each for each in group.activities() if leaving in each["Description"])
    assert (activity["StatusCode"], activity["Description"]) == (
        "MidLifecycleAction",
        f"Terminating EC2 instance: {leaving}",
    )
    bodies = []

    def told():
        messages = group.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        bodies.extend(json.loads(message["Body"]) for message in messages)
        return [body for body in bodies if body.get("LifecycleTransition") == TERMINATING]

    [message] = eventually(told)
    assert bodies[0]["Event"] == "autoscaling:TEST_NOTIFICATION"
    assert (message["EC2InstanceId"], message["NotificationMetadata"]) == (leaving, "m")
    [instance] = group.ec2.describe_instances(InstanceIds=[leaving])["Reservations"][0]["Instances"]
    assert instance["State"]["Name"] == "running"
    group.scaling.complete_lifecycle_action(
        LifecycleHookName="drain",
        AutoScalingGroupName=group.name,
        LifecycleActionToken=message["LifecycleActionToken"],
        LifecycleActionResult="CONTINUE",
    )
    assert leaving not in group.in_service(1)
    code, text = refused(complete, group=group, instance_id=leaving)
    assert (code, text) == ("ValidationError", f"No active Lifecycle Action found with instance ID {leaving}")


def test_a_heartbeat_prolongs_the_wait_and_silence_ends_it(group, hook):
    group.create()
    [leaving] = group.in_service(1)
    hook(HeartbeatTimeout=120)
    group.scaling.terminate_instance_in_auto_scaling_group(InstanceId=leaving, ShouldDecrementDesiredCapacity=False)
    # Not for the one that takes its place: the wait is two seconds long.
    eventually(lambda: "Terminating:Wait" in group.states())
    started = time.monotonic()
    time.sleep(1.2 * MINUTE)
    group.scaling.record_lifecycle_action_heartbeat(
        LifecycleHookName="drain", AutoScalingGroupName=group.name, InstanceId=leaving
    )
    assert leaving not in group.in_service(1)
    assert time.monotonic() - started > 3 * MINUTE


def test_an_instance_is_in_service_only_after_its_launch_hook(group, hook):
    group.create(0)
    hook(LAUNCHING)
    group.desire(1)
    [first] = group.reach("Pending:Wait")
    complete(group, first, "ABANDON")
    eventually(lambda: first not in group.ids() and group.states() == ["Pending:Wait"])
    [second] = group.ids()
    complete(group, second)
    assert group.in_service(1) == [second]
    statuses = {each["StatusCode"] for each in group.activities() if each["Description"].endswith(f"instance: {first}")}
    assert "Cancelled" in statuses


def test_force_deletes_what_waits(group, hook):
    group.create()
    [leaving] = group.in_service(1)
    hook()
    group.scaling.terminate_instance_in_auto_scaling_group(InstanceId=leaving, ShouldDecrementDesiredCapacity=False)
    group.reach("InService", "Terminating:Wait")
    delete = group.scaling.delete_auto_scaling_group
    assert refused(delete, AutoScalingGroupName=group.name)[0] == "ScalingActivityInProgress"
    delete(AutoScalingGroupName=group.name, ForceDelete=True)
    eventually(lambda: not group.described())
