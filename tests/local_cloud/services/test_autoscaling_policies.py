"""Policies: alarms on a queue make a group grow, and shrink again."""

from __future__ import annotations

import json
import re

import pytest
from local_cloud.autoscaling import adjustment
from services import eventually, refused


@pytest.fixture
def queue(cloud):
    """Set its depth."""
    sqs = cloud.client("sqs")
    url = sqs.create_queue(QueueName="input")["QueueUrl"]

    def depth(count):
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        for number in range(count):
            sqs.send_message(QueueUrl=url, MessageBody=str(number))

    return depth


def policy(group, name, **options):
    wish = {"AutoScalingGroupName": group.name, "PolicyName": name, **options}
    return group.scaling.put_scaling_policy(**wish)


def simple(group, name, by, cooldown=0):
    return policy(group, name, AdjustmentType="ChangeInCapacity", ScalingAdjustment=by, Cooldown=cooldown)["PolicyARN"]


def alarm(group, name, comparison, threshold, arn):
    group.cloudwatch.put_metric_alarm(
        AlarmName=name,
        Namespace="AWS/SQS",
        MetricName="ApproximateNumberOfMessagesVisible",
        Dimensions=[{"Name": "QueueName", "Value": "input"}],
        Statistic="Average",
        Period=60,
        EvaluationPeriods=1,
        Threshold=threshold,
        ComparisonOperator=comparison,
        AlarmActions=[arn],
    )


@pytest.mark.parametrize(
    ("kind", "current", "by", "least", "expected"),
    [
        ("ChangeInCapacity", 2, 3, None, 5),
        ("ExactCapacity", 2, 3, None, 3),
        ("PercentChangeInCapacity", 10, 12, None, 11),
        ("PercentChangeInCapacity", 1, 10, None, 2),
        ("PercentChangeInCapacity", 4, -10, None, 3),
        ("PercentChangeInCapacity", 4, 25, 2, 6),
    ],
)
def test_adjustments_round_as_the_guide_says(kind, current, by, least, expected):
    assert adjustment.adjusted(kind, current, by, least) == expected


def test_a_step_is_chosen_by_the_distance_from_the_threshold():
    steps = [
        {"MetricIntervalLowerBound": 0, "MetricIntervalUpperBound": 10, "ScalingAdjustment": 1},
        {"MetricIntervalLowerBound": 10, "ScalingAdjustment": 3},
    ]
    assert [adjustment.step(steps, difference) for difference in (-1, 0, 9.9, 10, 1000)] == [None, 1, 1, 3, 3]
    assert adjustment.step([{"MetricIntervalUpperBound": 0, "ScalingAdjustment": -1}], -5) == -1


def test_forty_messages_make_a_group_grow_to_its_largest_and_none_make_it_shrink(group, queue):
    group.create()
    group.in_service(1)
    out, back = simple(group, "out", 1), simple(group, "in", -1)
    alarm(group, "deep", "GreaterThanThreshold", 10, out)
    alarm(group, "shallow", "LessThanOrEqualToThreshold", 10, back)
    assert out.endswith(":autoScalingGroupName/workers:policyName/out")
    queue(40)
    group.in_service(4)
    grown = [each for each in group.activities() if "triggered policy out" in each["Cause"]]
    assert len(grown) == 3
    assert re.match(
        r"At \S+Z a monitor alarm deep in state ALARM triggered policy out changing the desired capacity from 3 to 4\."
        r"  At \S+Z an instance was started in response to a difference between desired and actual capacity, increasing"
        r" the capacity from 3 to 4\.",
        grown[0]["Cause"],
    )
    queue(0)
    group.in_service(1)
    [described] = group.scaling.describe_policies(AutoScalingGroupName=group.name, PolicyNames=["out"])[
        "ScalingPolicies"
    ]
    assert [each["AlarmName"] for each in described["Alarms"]] == ["deep"]
    history = group.cloudwatch.describe_alarm_history(AlarmName="deep", HistoryItemType="Action")["AlarmHistoryItems"]
    assert history[0]["HistorySummary"] == f"Successfully executed action {out}"


def test_a_simple_policy_waits_for_its_cooldown(group, queue):
    group.create()
    group.in_service(1)
    arn = simple(group, "out", 1, cooldown=600)
    execute = group.scaling.execute_policy
    execute(AutoScalingGroupName=group.name, PolicyName="out", HonorCooldown=True)
    group.in_service(2)
    assert refused(execute, PolicyName=arn, HonorCooldown=True)[0] == "ScalingActivityInProgress"
    execute(PolicyName=arn, HonorCooldown=False)
    group.in_service(3)


def test_a_step_policy_takes_the_step_of_the_depth(group, queue):
    group.create()
    group.in_service(1)
    arn = policy(
        group,
        "steps",
        PolicyType="StepScaling",
        AdjustmentType="ChangeInCapacity",
        EstimatedInstanceWarmup=600,
        StepAdjustments=[
            {"MetricIntervalLowerBound": 0, "MetricIntervalUpperBound": 20, "ScalingAdjustment": 1},
            {"MetricIntervalLowerBound": 20, "ScalingAdjustment": 2},
        ],
    )["PolicyARN"]
    alarm(group, "deep", "GreaterThanThreshold", 10, arn)
    queue(40)
    # The first of the group is warming too: the two that it adds are the two that are asked for.
    group.in_service(2)


def test_suspended_alarm_notification_keeps_the_group_as_it_is(group, queue):
    group.create()
    group.in_service(1)
    group.scaling.suspend_processes(AutoScalingGroupName=group.name, ScalingProcesses=["AlarmNotification"])
    alarm(group, "deep", "GreaterThanThreshold", 10, simple(group, "out", 1))
    queue(40)
    eventually(lambda: group.cloudwatch.describe_alarms(StateValue="ALARM")["MetricAlarms"])
    assert group.described()["DesiredCapacity"] == 1


BACKLOG = [
    {
        "Id": "m1",
        "MetricStat": {
            "Metric": {
                "Namespace": "AWS/SQS",
                "MetricName": "ApproximateNumberOfMessagesVisible",
                "Dimensions": [{"Name": "QueueName", "Value": "input"}],
            },
            "Stat": "Average",
        },
        "ReturnData": False,
    },
    {
        "Id": "m2",
        "MetricStat": {
            "Metric": {
                "Namespace": "AWS/AutoScaling",
                "MetricName": "GroupInServiceInstances",
                "Dimensions": [{"Name": "AutoScalingGroupName", "Value": "workers"}],
            },
            "Stat": "Average",
        },
        "ReturnData": False,
    },
    {"Id": "e1", "Expression": "m1 / FILL(m2, 1)", "Label": "backlog per instance", "ReturnData": True},
]


def test_target_tracking_keeps_the_backlog_per_instance(group, queue):
    group.create(DefaultInstanceWarmup=0)
    group.in_service(1)
    group.scaling.enable_metrics_collection(AutoScalingGroupName=group.name, Granularity="1Minute")
    wish = {"TargetValue": 10.0, "CustomizedMetricSpecification": {"Metrics": BACKLOG}}
    answer = policy(group, "backlog", PolicyType="TargetTrackingScaling", TargetTrackingConfiguration=wish)
    names = [each["AlarmName"] for each in answer["Alarms"]]
    assert [re.sub("-[0-9a-f]{8}-.*", "", name) for name in names] == [
        "TargetTracking-workers-AlarmHigh",
        "TargetTracking-workers-AlarmLow",
    ]
    high, low = group.cloudwatch.describe_alarms(AlarmNames=names)["MetricAlarms"]
    assert (high["EvaluationPeriods"], high["Threshold"], low["EvaluationPeriods"], low["Threshold"]) == (3, 10, 15, 9)
    queue(35)
    group.in_service(4)
    assert any("AlarmHigh" in each["Cause"] for each in group.activities())
    [described] = group.scaling.describe_policies(AutoScalingGroupName=group.name)["ScalingPolicies"]
    assert described["TargetTrackingConfiguration"]["TargetValue"] == 10
    # A quarter of an hour with an empty queue, made short.
    queue(0)
    group.cloudwatch.set_alarm_state(
        AlarmName=names[1],
        StateValue="ALARM",
        StateReason="test",
        StateReasonData=json.dumps({"recentDatapoints": [0.0]}),
    )
    group.in_service(1)
    group.scaling.delete_policy(AutoScalingGroupName=group.name, PolicyName="backlog")
    assert group.cloudwatch.describe_alarms()["MetricAlarms"] == []


def test_policies_of_two_groups_may_have_one_name(group):
    template = {"LaunchTemplateId": group.template()}
    arns = []
    for name in ("one", "two"):
        group.name = name
        group.create(0, LaunchTemplate=template)
        arns.append(simple(group, "out", 1))
        # Put again, it keeps its ARN.
        assert simple(group, "out", 2) == arns[-1]
    assert len(set(arns)) == 2
    found = group.scaling.describe_policies()["ScalingPolicies"]
    assert sorted((each["AutoScalingGroupName"], each["ScalingAdjustment"]) for each in found) == [
        ("one", 2),
        ("two", 2),
    ]
    group.scaling.delete_policy(PolicyName=arns[0])
    assert [each["PolicyARN"] for each in group.scaling.describe_policies()["ScalingPolicies"]] == arns[1:]
    assert refused(group.scaling.delete_policy, PolicyName="none")[0] == "ValidationError"


@pytest.mark.parametrize(
    "wish",
    [
        {"PolicyType": "Other"},
        {"AdjustmentType": "ChangeInCapacity"},
        {"AdjustmentType": "Sideways", "ScalingAdjustment": 1},
        {"PolicyType": "StepScaling", "AdjustmentType": "ChangeInCapacity"},
        {"PolicyType": "TargetTrackingScaling"},
    ],
)
def test_an_impossible_policy_is_refused(group, wish):
    group.create(0)
    assert refused(policy, group=group, name="p", **wish)[0] == "ValidationError"
