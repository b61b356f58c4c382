"""What a fleet stands on, made by boto3: a network, queues and a bucket, as a record.

world.py make TEAM REGION
"""

import json
import sys

import boto3
from botocore.config import Config

team, REGION = sys.argv[2:]

session = boto3.Session(region_name=REGION)
patient = Config(retries={"max_attempts": 5})
ec2, sqs, s3 = (session.client(name, config=patient) for name in ("ec2", "sqs", "s3"))


def subnet(vpc: str, cidr: str) -> dict[str, str]:
    made = ec2.create_subnet(VpcId=vpc, CidrBlock=cidr, AvailabilityZone=f"{REGION}a")["Subnet"]
    return {"id": made["SubnetId"], "cidr": cidr, "zone": f"{REGION}a"}


def table(vpc: str, of: dict[str, str], **target: str) -> str:
    made = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.create_route(RouteTableId=made, DestinationCidrBlock="0.0.0.0/0", **target)
    ec2.associate_route_table(RouteTableId=made, SubnetId=of["id"])
    return made


def network() -> dict[str, object]:
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    public, private = subnet(vpc, "10.0.0.0/24"), subnet(vpc, "10.0.1.0/24")
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    tables = {"public": table(vpc, public, GatewayId=gateway)}
    address = ec2.allocate_address(Domain="vpc")
    nat = ec2.create_nat_gateway(SubnetId=public["id"], AllocationId=address["AllocationId"])
    nat = nat["NatGateway"]["NatGatewayId"]
    ec2.get_waiter("nat_gateway_available").wait(NatGatewayIds=[nat], WaiterConfig={"Delay": 1})
    tables["private"] = [table(vpc, private, NatGatewayId=nat)]
    group = ec2.create_security_group(GroupName="bastion", Description="bastion", VpcId=vpc)["GroupId"]
    ec2.create_key_pair(KeyName=f"gameday-{team}", KeyType="ed25519")
    return {
        "vpc": vpc,
        "cidr": "10.0.0.0/16",
        "zones": [f"{REGION}a"],
        "public_subnets": [public],
        "private_subnets": [private],
        "internet_gateway": gateway,
        "route_tables": tables,
        "nat": {"kind": "gateway", "id": nat, "address": address["PublicIp"], "allocation": address["AllocationId"]},
        "bastion": {
            "id": "i-0123456789abcdef0",
            "host": "127.0.0.1",
            "port": 22,
            "user": "admin",
            "security_group": group,
        },
        "key_pair": {"name": f"gameday-{team}", "file": "/nowhere", "generated": True},
        "settings": {
            "zones": 1,
            "nat": "gateway",
            "admin_cidrs": ["127.0.0.1/32"],
            "instance_type": "t3.micro",
            "classic": False,
        },
        "resources": [],
    }


def queue(name: str) -> dict[str, str]:
    url = sqs.create_queue(QueueName=f"{name}-{team}")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    return {"name": f"{name}-{team}", "url": url, "arn": arn}


def queues() -> dict[str, object]:
    bucket = f"image-bucket-{team}"
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    return {
        "input": queue("input"),
        "output": queue("output"),
        "dead_letter": queue("dead-letter"),
        "bucket": {"name": bucket},
        "visibility_seconds": 90,
        "max_receives": 5,
        "resources": [],
    }


record = {"schema": "ail/1", "region": REGION, "team": team, "network": network(), "queues": queues()}
print(json.dumps(record))
