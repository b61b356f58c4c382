"""Forty messages make a group of real machines grow from 1 to 4, and shrink when the queue is drained.

Needs root; skipped where the cloud cannot run.
"""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import boto3
import pytest
from local_cloud import control, doctor, settings

REPOSITORY = Path(__file__).parents[2]
DEADLINE = 90


@pytest.fixture
def cloud(monkeypatch):
    monkeypatch.setenv("AIL_CLOUD_NAME", f"groups-{os.getpid()}")
    monkeypatch.setenv("AIL_CLOUD_PORT", "0")
    monkeypatch.setenv("AIL_CLOUD_PENDING", "0.5")
    monkeypatch.setenv("AIL_CLOUD_MINUTE", "2")
    chosen = settings.from_environment()
    if findings := doctor.examine(chosen):
        pytest.skip(f"no local cloud here: {findings[0]}")
    subprocess.run([REPOSITORY / "scripts" / "cloud", "up"], check=True, capture_output=True)
    yield lambda service: boto3.client(
        service,
        endpoint_url=control.endpoint(chosen),
        region_name=settings.REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    subprocess.run([REPOSITORY / "scripts" / "cloud", "down"], check=True, capture_output=True)


def eventually(ready):
    end = time.monotonic() + DEADLINE
    while not ready():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.2)


def test_a_group_of_machines_follows_its_queue(cloud):
    ec2, scaling, sqs, cloudwatch = map(cloud, ("ec2", "autoscaling", "sqs", "cloudwatch"))
    image = ec2.describe_images(Owners=["136693071363"])["Images"][0]["ImageId"]
    ec2.create_launch_template(
        LaunchTemplateName="Workers", LaunchTemplateData={"ImageId": image, "InstanceType": "t3.micro"}
    )
    url = sqs.create_queue(QueueName="input")["QueueUrl"]
    scaling.create_auto_scaling_group(
        AutoScalingGroupName="workers",
        MinSize=1,
        MaxSize=4,
        LaunchTemplate={"LaunchTemplateName": "Workers"},
        VPCZoneIdentifier=ec2.describe_subnets()["Subnets"][0]["SubnetId"],
    )
    for name, adjustment, comparison in (
        ("out", 1, "GreaterThanThreshold"),
        ("in", -1, "LessThanOrEqualToThreshold"),
    ):
        policy = scaling.put_scaling_policy(
            AutoScalingGroupName="workers",
            PolicyName=name,
            AdjustmentType="ChangeInCapacity",
            ScalingAdjustment=adjustment,
            Cooldown=0,
        )
        cloudwatch.put_metric_alarm(
            AlarmName=name,
            Namespace="AWS/SQS",
            MetricName="ApproximateNumberOfMessagesVisible",
            Dimensions=[{"Name": "QueueName", "Value": "input"}],
            Statistic="Average",
            Period=60,
            EvaluationPeriods=1,
            Threshold=10,
            ComparisonOperator=comparison,
            AlarmActions=[policy["PolicyARN"]],
        )

    def states():
        found = scaling.describe_auto_scaling_instances()["AutoScalingInstances"]
        return sorted(each["LifecycleState"] for each in found)

    eventually(lambda: states() == ["InService"])
    for _ in range(4):
        entries = [{"Id": str(number), "MessageBody": "job"} for number in range(10)]
        sqs.send_message_batch(QueueUrl=url, Entries=entries)
    eventually(lambda: states() == ["InService"] * 4)
    running = [{"Name": "instance-state-name", "Values": ["running"]}]
    assert len(ec2.describe_instances(Filters=running)["Reservations"]) == 4
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    eventually(lambda: states() == ["InService"])
    scaling.delete_auto_scaling_group(AutoScalingGroupName="workers", ForceDelete=True)
    eventually(lambda: not scaling.describe_auto_scaling_groups()["AutoScalingGroups"])
