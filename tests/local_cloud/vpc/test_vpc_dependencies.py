"""What EC2 refuses about VPCs and their parts, in its own words; and tags given in the creating call."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from networks import refused, tcp


def tagged(kind: str) -> list[dict[str, Any]]:
    return [{"ResourceType": kind, "Tags": [{"Key": "gd:team", "Value": "red"}]}]


TAGS = [{"Key": "gd:team", "Value": "red"}]


@pytest.fixture
def vpc(ec2: Any) -> Iterator[str]:
    made = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    yield made
    here = [{"Name": "vpc-id", "Values": [made]}]
    for subnet in ec2.describe_subnets(Filters=here)["Subnets"]:
        ec2.delete_subnet(SubnetId=subnet["SubnetId"])
    for gateway in ec2.describe_internet_gateways(Filters=[{"Name": "attachment.vpc-id", "Values": [made]}])[
        "InternetGateways"
    ]:
        ec2.detach_internet_gateway(InternetGatewayId=gateway["InternetGatewayId"], VpcId=made)
    for group in ec2.describe_security_groups(Filters=here)["SecurityGroups"]:
        if group["GroupName"] != "default":
            ec2.delete_security_group(GroupId=group["GroupId"])
    for table in ec2.describe_route_tables(Filters=here)["RouteTables"]:
        if not any(association["Main"] for association in table["Associations"]):
            ec2.delete_route_table(RouteTableId=table["RouteTableId"])
    ec2.delete_vpc(VpcId=made)


@pytest.fixture
def subnet(ec2: Any, vpc: str) -> str:
    return ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.0.0/24")["Subnet"]["SubnetId"]


def test_each_part_is_tagged_as_it_is_created(ec2: Any, vpc: str) -> None:
    own = ec2.create_vpc(CidrBlock="10.8.0.0/16", TagSpecifications=tagged("vpc"))["Vpc"]
    assert own["Tags"] == TAGS
    ec2.delete_vpc(VpcId=own["VpcId"])
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.1.0/24", TagSpecifications=tagged("subnet"))["Subnet"]
    gateway = ec2.create_internet_gateway(TagSpecifications=tagged("internet-gateway"))["InternetGateway"]
    table = ec2.create_route_table(VpcId=vpc, TagSpecifications=tagged("route-table"))["RouteTable"]
    group = ec2.create_security_group(
        GroupName="tagged", Description="tagged", VpcId=vpc, TagSpecifications=tagged("security-group")
    )
    interface = ec2.create_network_interface(
        SubnetId=subnet["SubnetId"], TagSpecifications=tagged("network-interface")
    )["NetworkInterface"]
    key = ec2.create_key_pair(KeyName="tagged", KeyType="ed25519", TagSpecifications=tagged("key-pair"))
    address = ec2.allocate_address(Domain="vpc", TagSpecifications=tagged("elastic-ip"))
    template = ec2.create_launch_template(
        LaunchTemplateName="tagged", LaunchTemplateData={}, TagSpecifications=tagged("launch-template")
    )["LaunchTemplate"]
    volume = ec2.create_volume(AvailabilityZone="eu-central-1a", Size=1, TagSpecifications=tagged("volume"))
    for made in (subnet, gateway, table, group, key, template, volume):
        assert made["Tags"] == TAGS
    assert interface["TagSet"] == TAGS
    found = ec2.describe_addresses(Filters=[{"Name": "tag:gd:team", "Values": ["red"]}])["Addresses"]
    assert [each["AllocationId"] for each in found] == [address["AllocationId"]]
    ec2.attach_internet_gateway(InternetGatewayId=gateway["InternetGatewayId"], VpcId=vpc)
    nat = ec2.create_nat_gateway(
        SubnetId=subnet["SubnetId"], AllocationId=address["AllocationId"], TagSpecifications=tagged("natgateway")
    )["NatGateway"]
    assert nat["Tags"] == TAGS
    ids = [nat["NatGatewayId"]]
    ec2.delete_nat_gateway(NatGatewayId=ids[0])
    ec2.get_waiter("nat_gateway_deleted").wait(NatGatewayIds=ids, WaiterConfig={"Delay": 1})
    ec2.release_address(AllocationId=address["AllocationId"])
    ec2.delete_network_interface(NetworkInterfaceId=interface["NetworkInterfaceId"])
    ec2.delete_key_pair(KeyName="tagged")
    ec2.delete_launch_template(LaunchTemplateName="tagged")
    ec2.delete_volume(VolumeId=volume["VolumeId"])


def test_a_vpc_with_parts_stays(ec2: Any, vpc: str, subnet: str) -> None:
    message = f"The vpc '{vpc}' has dependencies and cannot be deleted."
    assert refused(ec2.delete_vpc, VpcId=vpc) == ("DependencyViolation", message)
    ec2.delete_subnet(SubnetId=subnet)
    group = ec2.create_security_group(GroupName="g", Description="g", VpcId=vpc)["GroupId"]
    assert refused(ec2.delete_vpc, VpcId=vpc) == ("DependencyViolation", message)
    ec2.delete_security_group(GroupId=group)
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    assert refused(ec2.delete_vpc, VpcId=vpc) == ("DependencyViolation", message)
    ec2.delete_route_table(RouteTableId=table)


def test_a_subnet_with_an_interface_stays(ec2: Any, subnet: str) -> None:
    interface = ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]
    # The first three addresses are the network's own.
    assert interface["PrivateIpAddress"] == "10.9.0.4"
    assert refused(ec2.delete_subnet, SubnetId=subnet) == (
        "DependencyViolation",
        f"The subnet '{subnet}' has dependencies and cannot be deleted.",
    )
    ec2.delete_network_interface(NetworkInterfaceId=interface["NetworkInterfaceId"])


def test_subnets_do_not_overlap(ec2: Any, vpc: str, subnet: str) -> None:
    assert refused(ec2.create_subnet, VpcId=vpc, CidrBlock="10.9.0.128/25") == (
        "InvalidSubnet.Conflict",
        "The CIDR '10.9.0.128/25' conflicts with another subnet",
    )
    assert refused(ec2.create_subnet, VpcId=vpc, CidrBlock="10.10.0.0/24")[0] == "InvalidSubnet.Range"


def test_a_group_in_use_stays(ec2: Any, vpc: str, subnet: str) -> None:
    group = ec2.create_security_group(GroupName="g", Description="g", VpcId=vpc)["GroupId"]
    other = ec2.create_security_group(GroupName="h", Description="h", VpcId=vpc)["GroupId"]
    message = ("DependencyViolation", f"resource {group} has a dependent object")
    ec2.authorize_security_group_ingress(GroupId=other, IpPermissions=[tcp(22, group)])
    assert refused(ec2.delete_security_group, GroupId=group) == message
    assert (
        refused(ec2.authorize_security_group_ingress, GroupId=other, IpPermissions=[tcp(22, group)])[0]
        == "InvalidPermission.Duplicate"
    )
    ec2.revoke_security_group_ingress(GroupId=other, IpPermissions=[tcp(22, group)])
    interface = ec2.create_network_interface(SubnetId=subnet, Groups=[group])["NetworkInterface"]
    assert refused(ec2.delete_security_group, GroupId=group) == message
    ec2.delete_network_interface(NetworkInterfaceId=interface["NetworkInterfaceId"])
    assert refused(ec2.create_security_group, GroupName="g", Description="g", VpcId=vpc) == (
        "InvalidGroup.Duplicate",
        f"The security group 'g' already exists for VPC '{vpc}'",
    )
    ec2.delete_security_group(GroupId=group)


def test_a_default_group_stays(ec2: Any, vpc: str) -> None:
    found = ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["SecurityGroups"][0]
    assert refused(ec2.delete_security_group, GroupId=found["GroupId"]) == (
        "CannotDelete",
        f'the specified group: "{found["GroupId"]}" name: "default" cannot be deleted by a user',
    )


def test_route_tables(ec2: Any, vpc: str, subnet: str) -> None:
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    route = {"RouteTableId": table, "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": gateway}
    assert refused(ec2.create_route, **route)[0] == "InvalidParameterValue"
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    assert refused(ec2.attach_internet_gateway, InternetGatewayId=gateway, VpcId=vpc) == (
        "Resource.AlreadyAssociated",
        f"resource {gateway} is already attached to network {vpc}",
    )
    assert refused(ec2.delete_internet_gateway, InternetGatewayId=gateway)[0] == "DependencyViolation"
    ec2.create_route(**route)
    assert refused(ec2.create_route, **route) == (
        "RouteAlreadyExists",
        "The route identified by 0.0.0.0/0 already exists.",
    )
    association = ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)["AssociationId"]
    assert refused(ec2.delete_route_table, RouteTableId=table) == (
        "DependencyViolation",
        f"The routeTable '{table}' has dependencies and cannot be deleted.",
    )
    ec2.disassociate_route_table(AssociationId=association)
    ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    ec2.delete_internet_gateway(InternetGatewayId=gateway)
    routes = ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"][0]["Routes"]
    assert [(each["DestinationCidrBlock"], each["State"]) for each in routes] == [
        ("10.9.0.0/16", "active"),
        ("0.0.0.0/0", "blackhole"),
    ]


def test_a_nat_gateway_without_an_internet_gateway_fails(ec2: Any, vpc: str, subnet: str) -> None:
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    made = ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address, ClientToken="once")["NatGateway"]
    again = ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address, ClientToken="once")["NatGateway"]
    assert again["NatGatewayId"] == made["NatGatewayId"]
    ids = [made["NatGatewayId"]]
    with pytest.raises(Exception, match="failed"):
        ec2.get_waiter("nat_gateway_available").wait(NatGatewayIds=ids, WaiterConfig={"Delay": 1})
    found = ec2.describe_nat_gateways(NatGatewayIds=ids)["NatGateways"][0]
    assert (found["FailureCode"], found["FailureMessage"]) == (
        "Gateway.NotAttached",
        f"Network {vpc} has no Internet gateway attached",
    )
    ec2.release_address(AllocationId=address)


@pytest.mark.parametrize(
    ("operation", "arguments", "code"),
    [
        ("describe_vpcs", {"VpcIds": ["vpc-1"]}, "InvalidVpcID.NotFound"),
        ("describe_subnets", {"SubnetIds": ["subnet-1"]}, "InvalidSubnetID.NotFound"),
        ("describe_route_tables", {"RouteTableIds": ["rtb-1"]}, "InvalidRouteTableID.NotFound"),
        ("describe_internet_gateways", {"InternetGatewayIds": ["igw-1"]}, "InvalidInternetGatewayID.NotFound"),
        ("describe_nat_gateways", {"NatGatewayIds": ["nat-1"]}, "NatGatewayNotFound"),
        ("describe_security_groups", {"GroupIds": ["sg-1"]}, "InvalidGroup.NotFound"),
        ("describe_addresses", {"AllocationIds": ["eipalloc-1"]}, "InvalidAllocationID.NotFound"),
        ("disassociate_address", {"AssociationId": "eipassoc-1"}, "InvalidAssociationID.NotFound"),
    ],
)
def test_what_is_not_there(ec2: Any, operation: str, arguments: dict[str, Any], code: str) -> None:
    found, message = refused(getattr(ec2, operation), **arguments)
    assert found == code
    assert "[" not in message
