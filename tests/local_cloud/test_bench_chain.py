"""The benchmark's longest chain: read off what was said, whoever said it."""

from __future__ import annotations

import json

from bench.chain import Call, longest_chain

VPC, SUBNET, NAT = (f"{kind}-{'0123456789abcdef0'}" for kind in ("vpc", "subnet", "nat"))


def ec2(name: str, at: float, request: str = "", answer: str = "", service: str = "ec2") -> Call:
    return Call(name, service, not name.startswith(("Describe", "Get")), at, at + 0.9, f"/ {request}", answer)


def names(calls: list[Call], order: bool = False) -> list[str]:
    return [call.name for call in longest_chain(calls, order)]


def test_no_calls_have_no_chain():
    assert names([]) == []


def test_a_call_depends_on_the_answer_that_gave_the_id_it_names():
    calls = [
        ec2("CreateVpc", 0, answer=VPC),
        ec2("DescribeImages", 0),
        ec2("AllocateAddress", 1),
        ec2("CreateSubnet", 2, f"VpcId={VPC}", SUBNET),
        ec2("ModifySubnetAttribute", 3, f"SubnetId={SUBNET}"),
    ]
    assert names(calls) == ["CreateVpc", "CreateSubnet", "ModifySubnetAttribute"]


def test_what_was_named_before_it_was_answered_was_known():
    calls = [ec2("DescribeVpcs", 0, f"VpcId={VPC}", VPC), ec2("CreateSubnet", 1, f"VpcId={VPC}")]
    assert len(names(calls)) == 1


def test_a_call_that_began_before_the_answer_did_not_wait_for_it():
    calls = [ec2("CreateVpc", 0, answer=VPC), ec2("CreateSubnet", 0.5, f"VpcId={VPC}")]
    assert len(names(calls)) == 1


def test_what_takes_its_time_is_there_from_the_first_look_that_says_so():
    pending, available = (f"<natGatewayId>{NAT}</natGatewayId><state>{s}</state>" for s in ("pending", "available"))
    calls = [
        ec2("CreateNatGateway", 0, answer=pending),
        ec2("DescribeNatGateways", 1, f"NatGatewayId.1={NAT}", pending),
        ec2("DescribeNatGateways", 2, f"NatGatewayId.1={NAT}", available),
        ec2("CreateRoute", 3, f"NatGatewayId={NAT}"),
    ]
    assert names(calls) == ["CreateNatGateway", "DescribeNatGateways", "CreateRoute"]


def test_names_of_ones_own_choice_are_known_by_who_made_them():
    redrive = json.dumps({"deadLetterTargetArn": "arn:aws:sqs:eu-central-1:123456789012:dead"})
    calls = [
        ec2("CreateQueue", 0, json.dumps({"QueueName": "dead"}), service="sqs"),
        ec2("CreateQueue", 1, json.dumps({"QueueName": "input"}) + redrive, service="sqs"),
        Call("CreateBucket", "s3", True, 0, 0.9, "/pictures ", ""),
        Call("PutBucketPolicy", "s3", True, 1, 1.9, "/pictures?policy {}", ""),
        Call("GetBucketPolicy", "s3", False, 2, 2.9, "/pictures-2?policy ", ""),
    ]
    assert names(calls) == ["CreateQueue", "CreateQueue"]
    assert names(calls[2:]) == ["CreateBucket", "PutBucketPolicy"]


def test_with_order_a_look_comes_before_and_the_gateway_is_attached():
    tag = "Filter.1.Name=tag:gd:resource&Filter.1.Value.1=vpc"
    made = "TagSpecification.1.Tag.1.Key=gd:resource&TagSpecification.1.Tag.1.Value=vpc"
    calls = [
        ec2("DescribeVpcs", 0, tag),
        ec2("CreateVpc", 1, made, VPC),
        ec2("AttachInternetGateway", 2, f"VpcId={VPC}"),
        ec2("CreateNatGateway", 3),
    ]
    assert names(calls) == ["CreateVpc", "AttachInternetGateway"]
    assert names(calls, order=True) == ["DescribeVpcs", "CreateVpc", "AttachInternetGateway", "CreateNatGateway"]


def test_with_order_a_bucket_takes_one_change_after_the_other():
    changes = ["CreateBucket", "PutBucketPolicy", "PutBucketEncryption"]
    calls = [Call(name, "s3", True, at, at + 0.9, "/pictures?x ", "") for at, name in enumerate(changes)]
    assert names(calls) == changes[:2]
    assert names(calls, order=True) == changes
