"""A call without permission is refused by its name in IAM, in the words of its protocol."""

from __future__ import annotations

import json
import urllib.request

import boto3
import botocore.model
import pytest
from services import REGION, refused

ALLOWED = ["cloudwatch:DescribeAlarms", "sqs:ListQueues", "autoscaling:DescribeAutoScalingGroups"]


def enforce(cloud, after):
    request = urllib.request.Request(
        f"{cloud.endpoint}/moto-api/reset-auth", after, {"Content-Type": "text/plain"}, method="POST"
    )
    urllib.request.urlopen(request).close()


@pytest.fixture
def restricted(cloud):
    iam = cloud.client("iam")
    iam.create_user(UserName="watcher")
    key = iam.create_access_key(UserName="watcher")["AccessKey"]
    statement = {"Effect": "Allow", "Action": ALLOWED, "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(UserName="watcher", PolicyName="read", PolicyDocument=document)
    enforce(cloud, b"0")
    yield lambda service: boto3.Session().client(
        service,
        endpoint_url=cloud.endpoint,
        region_name=REGION,
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
    )
    enforce(cloud, b"inf")


@pytest.mark.parametrize("protocol", ["smithy-rpc-v2-cbor", "json", "query"])
def test_metrics_are_refused_in_each_protocol(restricted, monkeypatch, protocol):
    monkeypatch.setattr(botocore.model, "PRIORITY_ORDERED_SUPPORTED_PROTOCOLS", [protocol])
    cloudwatch = restricted("cloudwatch")
    assert cloudwatch.describe_alarms()["MetricAlarms"] == []
    code, message = refused(cloudwatch.list_metrics)
    assert code == "AccessDenied"
    assert message == (
        "User: arn:aws:iam::123456789012:user/watcher is not authorized to perform: cloudwatch:ListMetrics"
    )


def test_queues_and_groups_are_refused(restricted):
    assert restricted("sqs").list_queues()
    assert refused(restricted("sqs").create_queue, QueueName="q")[0] == "AccessDenied"
    assert restricted("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"] == []
    assert refused(restricted("autoscaling").describe_policies)[0] == "AccessDenied"
