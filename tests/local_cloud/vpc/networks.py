"""One cloud for the tests of VPCs, and in it a network as most have it: public and private subnet, and a bastion."""

from __future__ import annotations

import os
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from local_cloud import control, doctor, settings
from local_cloud.ec2 import public_images

REPOSITORY = Path(__file__).parents[3]
TRUST = """{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
"Principal": {"Service": "ec2.amazonaws.com"}}]}"""
NAT = """#!/bin/sh
set -eu
sysctl -q -w net.ipv4.ip_forward=1
nft add table ip nat
nft 'add chain ip nat leave { type nat hook postrouting priority srcnat; }'
nft add rule ip nat leave ip saddr 10.0.0.0/16 ip daddr != 10.0.0.0/16 masquerade
"""
OPERATOR = "127.0.0.1/32"


@pytest.fixture(scope="session")
def cloud() -> Iterator[settings.Settings]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AIL_CLOUD_NAME", f"vpc-{os.getpid()}")
        patch.setenv("AIL_CLOUD_PORT", "0")
        patch.setenv("AIL_CLOUD_PENDING", "0.5")
        # Longer than a call takes on a loaded machine.
        patch.setenv("AIL_CLOUD_PROFILE_DELAY", "6")
        chosen = settings.from_environment()
        if findings := doctor.examine(chosen):
            pytest.skip(f"no local cloud here: {findings[0]}")
        subprocess.run([REPOSITORY / "scripts" / "cloud", "up"], check=True, capture_output=True)
        try:
            yield chosen
        finally:
            subprocess.run([REPOSITORY / "scripts" / "cloud", "down"], check=True, capture_output=True)


def client(chosen: settings.Settings, service: str) -> Any:
    return boto3.client(
        service,
        endpoint_url=control.endpoint(chosen),
        region_name=settings.REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"total_max_attempts": 1}),
    )


@pytest.fixture(scope="session")
def ec2(cloud: settings.Settings) -> Any:
    return client(cloud, "ec2")


@pytest.fixture(scope="session")
def iam(cloud: settings.Settings) -> Any:
    return client(cloud, "iam")


def refused(call: Callable[..., Any], **arguments: Any) -> tuple[str, str]:
    """The code and the message with which a call is refused."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def eventually(ready: Callable[[], Any], seconds: float = 60) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := ready()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.2)
    return found


@dataclass
class Network:
    """VPC 10.0.0.0/16 with a bastion, which is also the NAT instance, and a private instance."""

    ec2: Any
    config: Path
    key: str
    vpc: str = ""
    public_subnet: str = ""
    private_subnet: str = ""
    gateway: str = ""
    public_routes: str = ""
    private_routes: str = ""
    bastion_group: str = ""
    worker_group: str = ""
    bastion: str = ""
    worker: str = ""

    def build(self) -> None:
        ec2 = self.ec2
        self.vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        self.public_subnet = self._subnet("10.0.0.0/24")
        self.private_subnet = self._subnet("10.0.1.0/24")
        ec2.modify_subnet_attribute(SubnetId=self.public_subnet, MapPublicIpOnLaunch={"Value": True})
        self.gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        ec2.attach_internet_gateway(InternetGatewayId=self.gateway, VpcId=self.vpc)
        self.public_routes = self._routes(self.public_subnet)
        self.private_routes = self._routes(self.private_subnet)
        ec2.create_route(RouteTableId=self.public_routes, DestinationCidrBlock="0.0.0.0/0", GatewayId=self.gateway)
        self.bastion_group = self.group("bastion", tcp(22, OPERATOR), tcp(80, "10.0.1.0/24"), tcp(443, "10.0.1.0/24"))
        self.worker_group = self.group("worker", tcp(22, self.bastion_group))
        self.bastion = self.launch(self.public_subnet, self.bastion_group, UserData=NAT)
        self.worker = self.launch(self.private_subnet, self.worker_group)
        ec2.get_waiter("instance_running").wait(
            InstanceIds=[self.bastion, self.worker], WaiterConfig={"Delay": 1, "MaxAttempts": 120}
        )
        ec2.modify_instance_attribute(InstanceId=self.bastion, SourceDestCheck={"Value": False})
        self.route_by_bastion()

    def _subnet(self, cidr: str) -> str:
        zone = f"{settings.REGION}a"
        return self.ec2.create_subnet(VpcId=self.vpc, CidrBlock=cidr, AvailabilityZone=zone)["Subnet"]["SubnetId"]

    def _routes(self, subnet: str) -> str:
        table = self.ec2.create_route_table(VpcId=self.vpc)["RouteTable"]["RouteTableId"]
        self.ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
        return table

    def route_by_bastion(self) -> None:
        self.ec2.create_route(
            RouteTableId=self.private_routes, DestinationCidrBlock="0.0.0.0/0", InstanceId=self.bastion
        )

    def group(self, name: str, *permissions: dict[str, Any]) -> str:
        made = self.ec2.create_security_group(GroupName=name, Description=name, VpcId=self.vpc)["GroupId"]
        if permissions:
            self.ec2.authorize_security_group_ingress(GroupId=made, IpPermissions=list(permissions))
        return made

    def launch(self, subnet: str, group: str, **rest: Any) -> str:
        arguments = {
            "ImageId": public_images.ID,
            "InstanceType": "t3.micro",
            "MinCount": 1,
            "MaxCount": 1,
            "KeyName": self.key,
            "SubnetId": subnet,
            "SecurityGroupIds": [group],
            **rest,
        }
        return self.ec2.run_instances(**arguments)["Instances"][0]["InstanceId"]

    def describe(self, instance: str) -> dict[str, Any]:
        return self.ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]

    def address(self, instance: str) -> str:
        return self.describe(instance)["PublicIpAddress"]

    def on_bastion(self, command: str) -> str:
        return self.ssh(self.address(self.bastion), command)

    def on_worker(self, command: str) -> str:
        """As a person does it: ssh -J."""
        private = self.describe(self.worker)["PrivateIpAddress"]
        return self.ssh(private, command, "-J", f"admin@{self.address(self.bastion)}")

    def ssh(self, host: str, command: str, *options: str) -> str:
        """What it prints; the message of ssh, if there is no way."""
        ran = subprocess.run(
            ["ssh", "-F", self.config, *options, f"admin@{host}", command], capture_output=True, text=True
        )
        return ran.stdout if ran.returncode != 255 else ran.stderr

    def worker_reaches_the_api(self) -> bool:
        asked = "curl --silent --max-time 3 --output /dev/null --write-out '%{http_code}' $AWS_ENDPOINT_URL"
        return self.on_worker(asked) == "200"

    def route_state(self) -> str | None:
        table = self.ec2.describe_route_tables(RouteTableIds=[self.private_routes])["RouteTables"][0]
        return next((r["State"] for r in table["Routes"] if r.get("DestinationCidrBlock") == "0.0.0.0/0"), None)


def tcp(port: int, source: str) -> dict[str, Any]:
    peers = {"UserIdGroupPairs": [{"GroupId": source}]} if source[:3] == "sg-" else {"IpRanges": [{"CidrIp": source}]}
    return {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, **peers}


@pytest.fixture(scope="session")
def network(ec2: Any, tmp_path_factory: pytest.TempPathFactory) -> Network:
    directory = tmp_path_factory.mktemp("ssh")
    key = directory / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    config = directory / "config"
    config.write_text(
        f"IdentityFile {key}\nIdentitiesOnly yes\nStrictHostKeyChecking no\nUserKnownHostsFile /dev/null\n"
        "LogLevel ERROR\nConnectTimeout 3\nBatchMode yes\n"
    )
    name = f"key-{uuid.uuid4().hex[:8]}"
    ec2.import_key_pair(KeyName=name, PublicKeyMaterial=key.with_suffix(".pub").read_bytes())
    made = Network(ec2, config, name)
    made.build()
    return made
