"""Resource types beyond those of the templates: made, changed and deleted through their APIs."""

from __future__ import annotations

import json
from typing import Any

from stacks import Cloud, body

PUBLIC_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMrYzIa8MvJZS4l2sW6P3wKq6N2C2i0lkIvLzVbNq2yX tested"


def updated(cloud: Cloud, stack: str, resources: Any, **options: Any) -> None:
    cloud.cloudformation.update_stack(StackName=stack, TemplateBody=body(resources), **options)
    assert cloud.settled(stack)["StackStatus"] == "UPDATE_COMPLETE", cloud.events(stack)


def deleted(cloud: Cloud, stack: str) -> None:
    cloud.cloudformation.delete_stack(StackName=stack)
    assert cloud.settled(stack)["StackStatus"] == "DELETE_COMPLETE", cloud.events(stack)


def test_a_key_pair_from_a_public_key(cloud: Cloud) -> None:
    key = {"Type": "AWS::EC2::KeyPair", "Properties": {"KeyName": "own", "PublicKeyMaterial": PUBLIC_KEY}}
    stack = cloud.made(
        {"Resources": {"Key": key}, "Outputs": {"Id": {"Value": {"Fn::GetAtt": ["Key", "KeyPairId"]}}}},
        Tags=[{"Key": "ail:asset-id", "Value": "1.0"}],
    )
    found = cloud.ec2.describe_key_pairs(KeyNames=["own"])["KeyPairs"][0]
    assert cloud.outputs(stack) == {"Id": found["KeyPairId"]}
    assert found["KeyType"] == "ed25519"
    assert {"Key": "ail:asset-id", "Value": "1.0"} in found["Tags"]
    deleted(cloud, stack)
    assert cloud.ec2.describe_key_pairs()["KeyPairs"] == []


def test_a_key_pair_that_the_service_makes(cloud: Cloud) -> None:
    stack = cloud.made({"Key": {"Type": "AWS::EC2::KeyPair", "Properties": {"KeyName": "made"}}})
    key_id = cloud.ec2.describe_key_pairs(KeyNames=["made"])["KeyPairs"][0]["KeyPairId"]
    ssm = cloud.client("ssm")
    kept = ssm.get_parameter(Name=f"/ec2/keypair/{key_id}", WithDecryption=True)
    assert "PRIVATE KEY" in kept["Parameter"]["Value"]
    deleted(cloud, stack)
    assert ssm.describe_parameters()["Parameters"] == []


def test_a_queue_and_its_policy(cloud: Cloud) -> None:
    def template(seconds: int) -> dict[str, Any]:
        statement = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}
        return {
            "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"VisibilityTimeout": seconds}},
            "Policy": {
                "Type": "AWS::SQS::QueuePolicy",
                "Properties": {
                    "Queues": [{"Ref": "Queue"}],
                    "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]},
                },
            },
        }

    stack = cloud.made(template(40), Tags=[{"Key": "a", "Value": "b"}])
    sqs, url = cloud.client("sqs"), cloud.physical_id(stack, "Queue")
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert attributes["VisibilityTimeout"] == "40"
    assert json.loads(attributes["Policy"])["Statement"][0]["Action"] == "sqs:SendMessage"
    assert sqs.list_queue_tags(QueueUrl=url)["Tags"]["a"] == "b"
    updated(cloud, stack, template(50))
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert attributes["VisibilityTimeout"] == "50"
    deleted(cloud, stack)
    assert "QueueUrls" not in sqs.list_queues()


def test_an_alarm_that_scales_a_group(cloud: Cloud) -> None:
    def template(threshold: int) -> dict[str, Any]:
        return {
            "Start": {
                "Type": "AWS::EC2::LaunchTemplate",
                "Properties": {"LaunchTemplateData": {"ImageId": cloud.image(), "InstanceType": "t3.micro"}},
            },
            "Group": {
                "Type": "AWS::AutoScaling::AutoScalingGroup",
                "Properties": {
                    "MinSize": "0",
                    "MaxSize": "2",
                    "AvailabilityZones": ["eu-central-1a"],
                    "LaunchTemplate": {"LaunchTemplateId": {"Ref": "Start"}, "Version": "1"},
                },
            },
            "Out": {
                "Type": "AWS::AutoScaling::ScalingPolicy",
                "Properties": {
                    "AutoScalingGroupName": {"Ref": "Group"},
                    "AdjustmentType": "ChangeInCapacity",
                    "ScalingAdjustment": "1",
                },
            },
            "Alarm": {
                "Type": "AWS::CloudWatch::Alarm",
                "Properties": {
                    "Namespace": "AWS/SQS",
                    "MetricName": "ApproximateNumberOfMessagesVisible",
                    "Statistic": "Maximum",
                    "Period": 60,
                    "EvaluationPeriods": 1,
                    "Threshold": threshold,
                    "ComparisonOperator": "GreaterThanThreshold",
                    "AlarmActions": [{"Ref": "Out"}],
                },
            },
        }

    stack = cloud.made(template(5))
    cloudwatch, autoscaling = cloud.client("cloudwatch"), cloud.client("autoscaling")
    alarm = cloudwatch.describe_alarms()["MetricAlarms"][0]
    policy = autoscaling.describe_policies()["ScalingPolicies"][0]
    assert alarm["AlarmActions"] == [policy["PolicyARN"]]
    assert alarm["Threshold"] == 5.0
    updated(cloud, stack, template(6))
    assert cloudwatch.describe_alarms()["MetricAlarms"][0]["Threshold"] == 6.0
    deleted(cloud, stack)
    assert cloudwatch.describe_alarms()["MetricAlarms"] == []
    assert autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"] == []


def test_an_address_is_associated_with_an_instance(cloud: Cloud) -> None:
    stack = cloud.made(
        {
            "Address": {"Type": "AWS::EC2::EIP", "Properties": {"Domain": "vpc"}},
            "Instance": {
                "Type": "AWS::EC2::Instance",
                "Properties": {"ImageId": cloud.image(), "InstanceType": "t3.micro"},
            },
            "Association": {
                "Type": "AWS::EC2::EIPAssociation",
                "Properties": {
                    "AllocationId": {"Fn::GetAtt": ["Address", "AllocationId"]},
                    "InstanceId": {"Ref": "Instance"},
                },
            },
        }
    )
    address = cloud.ec2.describe_addresses()["Addresses"][0]
    assert address["InstanceId"] == cloud.physical_id(stack, "Instance")
    deleted(cloud, stack)
    assert cloud.ec2.describe_addresses()["Addresses"] == []


def test_a_role_changes_in_place(cloud: Cloud) -> None:
    def role(action: str, **properties: Any) -> dict[str, Any]:
        statement = {"Effect": "Allow", "Action": action, "Resource": "*"}
        policy = {"Version": "2012-10-17", "Statement": [statement]}
        return {
            "Role": {
                "Type": "AWS::IAM::Role",
                "Properties": {
                    "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []},
                    "Policies": [{"PolicyName": "inline", "PolicyDocument": policy}],
                    **properties,
                },
            }
        }

    stack = cloud.made(role("s3:GetObject"), Capabilities=["CAPABILITY_IAM"])
    name, iam = cloud.physical_id(stack, "Role"), cloud.client("iam")
    updated(
        cloud,
        stack,
        role("s3:PutObject", MaxSessionDuration="7200", Tags=[{"Key": "a", "Value": "b"}]),
        Capabilities=["CAPABILITY_IAM"],
    )
    assert cloud.physical_id(stack, "Role") == name
    policy = iam.get_role_policy(RoleName=name, PolicyName="inline")["PolicyDocument"]
    assert policy["Statement"][0]["Action"] == "s3:PutObject"
    found = iam.get_role(RoleName=name)["Role"]
    assert found["MaxSessionDuration"] == 7200
    assert found["Tags"] == [{"Key": "a", "Value": "b"}]
    deleted(cloud, stack)
    assert iam.list_roles()["Roles"] == []


def test_a_bucket_loses_what_its_template_no_longer_says(cloud: Cloud) -> None:
    rule = {"Id": "old", "Status": "Enabled", "ExpirationInDays": "3", "Prefix": "tmp/"}
    full = {"LifecycleConfiguration": {"Rules": [rule]}, "VersioningConfiguration": {"Status": "Enabled"}}
    stack = cloud.made({"Bucket": {"Type": "AWS::S3::Bucket", "Properties": full}})
    s3, bucket = cloud.client("s3"), cloud.physical_id(stack, "Bucket")
    assert s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"][0]["Expiration"] == {"Days": 3}
    updated(cloud, stack, {"Bucket": {"Type": "AWS::S3::Bucket"}})
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Suspended"
    deleted(cloud, stack)


def test_an_export_in_use_keeps_its_stack(cloud: Cloud) -> None:
    bucket = {"Type": "AWS::S3::Bucket"}
    value = {"Value": "shared", "Export": {"Name": "in-use"}}
    exporter = cloud.made({"Resources": {"Bucket": bucket}, "Outputs": {"X": value}})
    user = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": {"Fn::ImportValue": "in-use"}}}
    importer = cloud.made({"Bucket": user}, name="user")
    assert cloud.cloudformation.list_imports(ExportName="in-use")["Imports"] == ["user"]
    cloud.cloudformation.delete_stack(StackName=exporter)
    found = cloud.settled(exporter)
    assert found["StackStatus"] == "DELETE_FAILED"
    assert found["StackStatusReason"] == "Export in-use cannot be deleted as it is in use by user"
    deleted(cloud, importer)
    deleted(cloud, exporter)
