"""The benchmark's network, queues and bucket by boto3, a call after the other, as one would write it down."""

from __future__ import annotations

import json
import time

import boto3

OWNER, NAME = "136693071363", "debian-12-amd64-*"
ANYWHERE = "0.0.0.0/0"

ec2, sqs, s3 = boto3.client("ec2"), boto3.client("sqs"), boto3.client("s3")


def tags(kind: str, name: str) -> list[dict[str, object]]:
    return [{"ResourceType": kind, "Tags": [{"Key": "Name", "Value": name}]}]


def network() -> None:
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=tags("vpc", "vpc"))["Vpc"]["VpcId"]
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    gateway = ec2.create_internet_gateway(TagSpecifications=tags("internet-gateway", "gateway"))
    gateway = gateway["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    subnets, tables = {}, {}
    for name, cidr in (("public", "10.0.0.0/24"), ("private", "10.0.1.0/24")):
        made = ec2.create_subnet(VpcId=vpc, CidrBlock=cidr, TagSpecifications=tags("subnet", name))
        subnets[name] = made["Subnet"]["SubnetId"]
        made = ec2.create_route_table(VpcId=vpc, TagSpecifications=tags("route-table", name))
        tables[name] = made["RouteTable"]["RouteTableId"]
        ec2.associate_route_table(RouteTableId=tables[name], SubnetId=subnets[name])
    ec2.modify_subnet_attribute(SubnetId=subnets["public"], MapPublicIpOnLaunch={"Value": True})
    ec2.create_route(RouteTableId=tables["public"], DestinationCidrBlock=ANYWHERE, GatewayId=gateway)
    address = ec2.allocate_address(Domain="vpc", TagSpecifications=tags("elastic-ip", "address"))["AllocationId"]
    nat = ec2.create_nat_gateway(
        SubnetId=subnets["public"], AllocationId=address, TagSpecifications=tags("natgateway", "nat")
    )["NatGateway"]["NatGatewayId"]
    bastion(vpc, subnets["public"])
    while ec2.describe_nat_gateways(NatGatewayIds=[nat])["NatGateways"][0]["State"] == "pending":
        time.sleep(0.1)
    ec2.create_route(RouteTableId=tables["private"], DestinationCidrBlock=ANYWHERE, NatGatewayId=nat)


def bastion(vpc: str, subnet: str) -> None:
    ec2.create_key_pair(KeyName="bench", KeyType="ed25519")
    group = ec2.create_security_group(VpcId=vpc, GroupName="bench", Description="SSH")["GroupId"]
    ssh = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "127.0.0.1/32"}]}
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[ssh])
    images = ec2.describe_images(Owners=[OWNER], Filters=[{"Name": "name", "Values": [NAME]}])["Images"]
    made = ec2.run_instances(
        ImageId=max(images, key=lambda image: image["CreationDate"])["ImageId"],
        InstanceType="t3.micro",
        MinCount=1,
        MaxCount=1,
        KeyName="bench",
        SubnetId=subnet,
        SecurityGroupIds=[group],
        MetadataOptions={"HttpTokens": "required"},
        TagSpecifications=tags("instance", "bastion"),
    )
    instance = made["Instances"][0]["InstanceId"]
    while state(instance) == "pending":
        time.sleep(0.1)


def state(instance: str) -> str:
    found = ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]
    return str(found["State"]["Name"])


def queues() -> None:
    encrypted = {"SqsManagedSseEnabled": "true"}
    dead = sqs.create_queue(QueueName="dead-letter", Attributes=encrypted)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sqs.create_queue(QueueName="output", Attributes=encrypted)
    redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 5})
    sqs.create_queue(QueueName="input", Attributes={**encrypted, "VisibilityTimeout": "90", "RedrivePolicy": redrive})


def bucket() -> None:
    name = "image-bucket-bench"
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": s3.meta.region_name})
    blocked = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=dict.fromkeys(blocked, True))
    by_default = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": [by_default]})
    rule = {"ID": "montages", "Status": "Enabled", "Filter": {"Prefix": "out/"}, "Expiration": {"Days": 14}}
    s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": [rule]})
    only_tls = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    s3.put_bucket_policy(Bucket=name, Policy=json.dumps({"Version": "2012-10-17", "Statement": [only_tls]}))


if __name__ == "__main__":
    network()
    queues()
    bucket()
