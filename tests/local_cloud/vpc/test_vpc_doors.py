"""Ways in and out of a VPC beside its gateways, as EC2 describes them: endpoints, peering, propagated routes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from networks import refused


@pytest.fixture
def vpc(ec2: Any) -> Iterator[str]:
    made = ec2.create_vpc(CidrBlock="10.6.0.0/16")["Vpc"]["VpcId"]
    yield made
    for subnet in ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [made]}])["Subnets"]:
        ec2.delete_subnet(SubnetId=subnet["SubnetId"])
    ec2.delete_vpc(VpcId=made)


def main_table(ec2: Any, vpc: str) -> dict[str, Any]:
    return ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["RouteTables"][0]


def test_the_default_group_lets_its_own_members_in(ec2: Any, vpc: str) -> None:
    groups = ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["SecurityGroups"]
    assert [group["GroupName"] for group in groups] == ["default"]
    rule = groups[0]["IpPermissions"][0]
    assert rule["IpProtocol"] == "-1"
    assert [pair["GroupId"] for pair in rule["UserIdGroupPairs"]] == [groups[0]["GroupId"]]


def test_an_acl_is_found_by_its_id(ec2: Any, vpc: str) -> None:
    found = ec2.describe_network_acls(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["NetworkAcls"]
    by_id = [{"Name": "network-acl-id", "Values": [found[0]["NetworkAclId"]]}]
    assert ec2.describe_network_acls(Filters=by_id)["NetworkAcls"] == found


def test_a_gateway_endpoint_has_its_route_in_the_tables_that_it_names(ec2: Any, vpc: str) -> None:
    table = main_table(ec2, vpc)["RouteTableId"]
    made = ec2.create_vpc_endpoint(VpcId=vpc, ServiceName="com.amazonaws.eu-central-1.s3", RouteTableIds=[table])[
        "VpcEndpoint"
    ]
    endpoint = made["VpcEndpointId"]
    assert made["VpcEndpointType"] == "Gateway"

    def targets() -> list[str]:
        return [route["GatewayId"] for route in main_table(ec2, vpc)["Routes"]]

    assert targets() == ["local", endpoint]
    ec2.modify_vpc_endpoint(VpcEndpointId=endpoint, RemoveRouteTableIds=[table])
    assert targets() == ["local"]
    ec2.modify_vpc_endpoint(VpcEndpointId=endpoint, AddRouteTableIds=[table])
    assert targets() == ["local", endpoint]
    ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint])
    assert targets() == ["local"]


def test_an_interface_endpoint_has_an_interface_in_its_subnet(ec2: Any, vpc: str) -> None:
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.6.1.0/24")["Subnet"]["SubnetId"]
    endpoint = ec2.create_vpc_endpoint(
        VpcId=vpc, ServiceName="com.amazonaws.eu-central-1.sqs", VpcEndpointType="Interface", SubnetIds=[subnet]
    )["VpcEndpoint"]
    here = [{"Name": "subnet-id", "Values": [subnet]}]
    interface = ec2.describe_network_interfaces(Filters=here)["NetworkInterfaces"][0]
    assert interface["InterfaceType"] == "vpc_endpoint"
    assert interface["PrivateIpAddress"].startswith("10.6.1.")
    assert refused(ec2.delete_subnet, SubnetId=subnet)[0] == "DependencyViolation"
    ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint["VpcEndpointId"]])
    assert ec2.describe_network_interfaces(Filters=here)["NetworkInterfaces"] == []


def test_a_peering_connection_is_found_by_its_sides(ec2: Any, vpc: str) -> None:
    peer = ec2.create_vpc(CidrBlock="10.5.0.0/16")["Vpc"]["VpcId"]
    made = ec2.create_vpc_peering_connection(VpcId=vpc, PeerVpcId=peer)["VpcPeeringConnection"]
    asked = made["VpcPeeringConnectionId"]

    def found(side: str, wanted: str) -> list[str]:
        filters = [{"Name": f"{side}-vpc-info.vpc-id", "Values": [wanted]}]
        answer = ec2.describe_vpc_peering_connections(Filters=filters)["VpcPeeringConnections"]
        return [connection["VpcPeeringConnectionId"] for connection in answer]

    assert found("requester", vpc) == found("accepter", peer) == [asked]
    assert found("requester", peer) == found("accepter", vpc) == []
    ec2.delete_vpc_peering_connection(VpcPeeringConnectionId=asked)
    ec2.delete_vpc(VpcId=peer)


def test_a_vpn_gateway_propagates_its_routes_where_it_is_told_to(ec2: Any, vpc: str) -> None:
    table = main_table(ec2, vpc)["RouteTableId"]
    gateway = ec2.create_vpn_gateway(Type="ipsec.1")["VpnGateway"]["VpnGatewayId"]
    asked = {"GatewayId": gateway, "RouteTableId": table}
    assert refused(ec2.enable_vgw_route_propagation, **asked)[0] == "Gateway.NotAttached"
    ec2.attach_vpn_gateway(VpnGatewayId=gateway, VpcId=vpc)
    assert refused(ec2.delete_vpc, VpcId=vpc)[0] == "DependencyViolation"
    ec2.enable_vgw_route_propagation(**asked)
    assert main_table(ec2, vpc)["PropagatingVgws"] == [{"GatewayId": gateway}]
    ec2.disable_vgw_route_propagation(**asked)
    assert not main_table(ec2, vpc).get("PropagatingVgws")
    ec2.detach_vpn_gateway(VpnGatewayId=gateway, VpcId=vpc)
