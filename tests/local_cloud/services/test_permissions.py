"""A call without permission is refused by its name in IAM, in the words of its protocol."""

from __future__ import annotations

import json
import urllib.request

import boto3
import botocore.model
import pytest
from botocore.config import Config
from services import REGION, refused

ALLOWED = [
    "cloudwatch:DescribeAlarms",
    "sqs:ListQueues",
    "autoscaling:DescribeAutoScalingGroups",
    "s3:List*",
    "ec2:CreateSecurityGroup",
]
TRUST = {"Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]}


def enforce(cloud, enforced):
    body = json.dumps({"enforced": enforced}).encode()
    request = urllib.request.Request(f"{cloud.endpoint}/ail-cloud/permissions", body, method="POST")
    urllib.request.urlopen(request).close()


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def holding(cloud, key):
    made = boto3.Session(
        key["AccessKeyId"], key["SecretAccessKey"], aws_session_token=key.get("SessionToken"), region_name=REGION
    )
    config = Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1})
    return lambda service: made.client(service, endpoint_url=cloud.endpoint, config=config)


@pytest.fixture
def enforcing(cloud):
    enforce(cloud, True)
    yield cloud
    enforce(cloud, False)


@pytest.fixture
def restricted(enforcing):
    """A user with a policy; the account's own key made it, which no policy binds."""
    iam = enforcing.client("iam")
    iam.create_user(UserName="watcher")
    allowed = policy({"Effect": "Allow", "Action": ALLOWED, "Resource": "arn:aws:s3:::whatever"})
    iam.put_user_policy(UserName="watcher", PolicyName="read", PolicyDocument=allowed)
    key = iam.create_access_key(UserName="watcher")["AccessKey"]
    yield holding(enforcing, key)
    iam.delete_access_key(UserName="watcher", AccessKeyId=key["AccessKeyId"])
    iam.delete_user_policy(UserName="watcher", PolicyName="read")
    iam.delete_user(UserName="watcher")


@pytest.mark.parametrize("protocol", ["smithy-rpc-v2-cbor", "json", "query"])
def test_metrics_are_refused_in_each_protocol(restricted, monkeypatch, protocol):
    monkeypatch.setattr(botocore.model, "PRIORITY_ORDERED_SUPPORTED_PROTOCOLS", [protocol])
    cloudwatch = restricted("cloudwatch")
    assert cloudwatch.describe_alarms()["MetricAlarms"] == []
    code, message = refused(cloudwatch.list_metrics)
    assert code == "AccessDenied"
    assert message == (
        "User: arn:aws:iam::123456789012:user/watcher is not authorized to perform: cloudwatch:ListMetrics"
        " because no identity-based policy allows the cloudwatch:ListMetrics action"
    )


def test_queues_and_groups_are_refused(restricted):
    assert restricted("sqs").list_queues()
    assert refused(restricted("sqs").create_queue, QueueName="q")[0] == "AccessDenied"
    assert restricted("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"] == []
    assert refused(restricted("autoscaling").describe_policies)[0] == "AccessDenied"


def test_an_action_of_another_name_than_its_operation_is_named(restricted):
    assert "Buckets" in restricted("s3").list_buckets()
    code, message = refused(restricted("s3").get_bucket_encryption, Bucket="b")
    assert (code, "s3:GetEncryptionConfiguration" in message) == ("AccessDenied", True)


def test_tags_of_a_call_and_the_role_that_it_hands_over_want_permissions_of_their_own(restricted):
    ec2 = restricted("ec2")
    assert ec2.create_security_group(GroupName="untagged", Description="d")["GroupId"]
    tags = [{"ResourceType": "security-group", "Tags": [{"Key": "k", "Value": "v"}]}]
    code, message = refused(ec2.create_security_group, GroupName="tagged", Description="d", TagSpecifications=tags)
    assert (code, "ec2:CreateTags" in message) == ("UnauthorizedOperation", True)


def test_a_session_may_what_its_role_may_at_the_moment(enforcing):
    iam, sts = enforcing.client("iam"), enforcing.client("sts")
    arn = iam.create_role(RoleName="changing", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    key = sts.assume_role(RoleArn=arn, RoleSessionName="once")["Credentials"]
    as_role = holding(enforcing, key)
    assert as_role("sts").get_caller_identity()["Arn"].endswith(":assumed-role/changing/once")
    assert refused(as_role("sqs").list_queues)[0] == "AccessDenied"
    everything = {"Effect": "Allow", "NotAction": "sqs:Create*", "Resource": "*"}
    iam.put_role_policy(RoleName="changing", PolicyName="p", PolicyDocument=policy(everything))
    assert as_role("sqs").list_queues()
    assert refused(as_role("sqs").create_queue, QueueName="q")[0] == "AccessDenied"
    denied = {"Effect": "Deny", "Action": "sqs:list*", "Resource": "*"}
    iam.put_role_policy(RoleName="changing", PolicyName="d", PolicyDocument=policy(denied))
    assert refused(as_role("sqs").list_queues)[0] == "AccessDenied"
    # Who can say what a condition comes to: such a Deny is let pass.
    denied["Condition"] = {"Bool": {"aws:SecureTransport": "false"}}
    iam.put_role_policy(RoleName="changing", PolicyName="d", PolicyDocument=policy(denied))
    assert as_role("sqs").list_queues()


def test_nobody_is_judged_until_it_is_asked_for(cloud):
    iam = cloud.client("iam")
    iam.create_user(UserName="free")
    key = iam.create_access_key(UserName="free")["AccessKey"]
    assert holding(cloud, key)("sqs").list_queues()
