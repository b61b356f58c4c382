"""VPCs as networks: real instances, real SSH, real routes."""

from __future__ import annotations

import functools
import http.server
import json
import threading
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from local_cloud import control
from networks import OPERATOR, Network, eventually, refused, tcp


def test_only_the_public_subnet_gives_public_addresses(network: Network) -> None:
    bastion, worker = network.describe(network.bastion), network.describe(network.worker)
    assert bastion["PublicIpAddress"].startswith("127.0.12.")
    assert "PublicIpAddress" not in worker
    assert worker.get("PublicDnsName", "") == ""
    assert (bastion["PrivateIpAddress"], worker["PrivateIpAddress"]) == ("10.0.0.4", "10.0.1.4")


def test_the_instance_has_the_address_that_the_api_says(network: Network) -> None:
    shown = network.on_worker("ip -4 -brief address show dev ens5; hostname")
    assert shown.split() == ["ens5@if" + shown.split("@if")[1].split()[0], "UP", "10.0.1.4/24", "ip-10-0-1-4"]
    assert network.describe(network.worker)["NetworkInterfaces"][0]["MacAddress"] in network.on_worker(
        "cat /sys/class/net/ens5/address"
    )


def test_the_way_out_is_through_the_nat_instance_and_ends_with_the_route(network: Network) -> None:
    assert network.worker_reaches_the_api()
    network.ec2.delete_route(RouteTableId=network.private_routes, DestinationCidrBlock="0.0.0.0/0")
    assert not network.worker_reaches_the_api()
    network.route_by_bastion()
    assert network.worker_reaches_the_api()


def test_a_site_of_this_machine_is_one_of_the_internet(network: Network, cloud: Any, tmp_path: Path) -> None:
    (tmp_path / "picture").write_text("seen from inside")
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        asked = {"address": "93.184.215.14", "host_port": server.server_port}
        assert sites(cloud, "POST", asked) == [asked | {"port": 80}]
        fetch = "curl --silent --max-time 3 http://93.184.215.14/picture"
        assert network.on_worker(fetch) == network.on_bastion(fetch) == "seen from inside"
        server.shutdown()
    assert sites(cloud, "DELETE") == []


def sites(cloud: Any, method: str, asked: dict[str, Any] | None = None) -> Any:
    body = json.dumps(asked).encode() if asked else None
    request = urllib.request.Request(f"{control.endpoint(cloud)}/ail-cloud/sites", method=method, data=body)
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def test_a_nat_instance_with_the_check_on_forwards_nothing(network: Network) -> None:
    network.ec2.modify_instance_attribute(InstanceId=network.bastion, SourceDestCheck={"Value": True})
    assert not network.worker_reaches_the_api()
    network.ec2.modify_instance_attribute(InstanceId=network.bastion, SourceDestCheck={"Value": False})
    assert network.worker_reaches_the_api()


def test_the_nat_instance_lets_in_what_its_group_says(network: Network) -> None:
    web = [tcp(80, "10.0.1.0/24")]
    network.ec2.revoke_security_group_ingress(GroupId=network.bastion_group, IpPermissions=web)
    assert not network.worker_reaches_the_api()
    network.ec2.authorize_security_group_ingress(GroupId=network.bastion_group, IpPermissions=web)
    assert network.worker_reaches_the_api()


def test_the_metadata_service_answers_without_a_way_out(network: Network) -> None:
    network.ec2.delete_route(RouteTableId=network.private_routes, DestinationCidrBlock="0.0.0.0/0")
    token = (
        "curl --silent --request PUT --header 'X-aws-ec2-metadata-token-ttl-seconds: 60' "
        "http://169.254.169.254/latest/api/token"
    )
    asked = (
        f'curl --silent --header "X-aws-ec2-metadata-token: $({token})" '
        "http://169.254.169.254/latest/meta-data/local-ipv4"
    )
    assert network.on_worker(asked) == "10.0.1.4"
    network.route_by_bastion()


def test_a_group_closes_and_opens_ssh(network: Network) -> None:
    ssh = [tcp(22, OPERATOR)]
    network.ec2.revoke_security_group_ingress(GroupId=network.bastion_group, IpPermissions=ssh)
    assert "timed out" in network.on_bastion("true")
    network.ec2.authorize_security_group_ingress(GroupId=network.bastion_group, IpPermissions=ssh)
    assert network.on_bastion("echo in") == "in\n"


def test_a_network_acl_closes_a_subnet(network: Network) -> None:
    ec2 = network.ec2
    here = [{"Name": "association.subnet-id", "Values": [network.private_subnet]}]
    acl = ec2.describe_network_acls(Filters=here)["NetworkAcls"][0]["NetworkAclId"]
    entry = {"NetworkAclId": acl, "RuleNumber": 50, "Egress": True}
    web = {"From": 80, "To": 80}
    ec2.create_network_acl_entry(**entry, Protocol="6", PortRange=web, RuleAction="deny", CidrBlock="0.0.0.0/0")
    assert network.on_worker("echo in") == "in\n"
    assert not network.worker_reaches_the_api()
    ec2.delete_network_acl_entry(**entry)
    assert network.worker_reaches_the_api()
    assert refused(ec2.delete_network_acl_entry, **entry)[0] == "InvalidNetworkAclEntry.NotFound"


def test_without_dns_support_no_name_is_known(network: Network) -> None:
    known = "getent hosts deb.debian.org >/dev/null && echo known"
    if network.on_worker(known) != "known\n":
        pytest.skip("this machine resolves no names")
    network.ec2.modify_vpc_attribute(VpcId=network.vpc, EnableDnsSupport={"Value": False})
    network.on_worker("sudo resolvectl flush-caches")
    assert network.on_worker(f"timeout 5 {known}") == ""
    network.ec2.modify_vpc_attribute(VpcId=network.vpc, EnableDnsSupport={"Value": True})
    assert network.on_worker(known) == "known\n"


def test_a_stopped_nat_instance_makes_a_blackhole(network: Network) -> None:
    assert network.route_state() == "active"
    network.ec2.stop_instances(InstanceIds=[network.bastion])
    network.ec2.get_waiter("instance_stopped").wait(InstanceIds=[network.bastion], WaiterConfig={"Delay": 1})
    assert network.route_state() == "blackhole"
    network.ec2.start_instances(InstanceIds=[network.bastion])
    network.ec2.get_waiter("instance_running").wait(InstanceIds=[network.bastion], WaiterConfig={"Delay": 1})
    assert network.route_state() == "active"
    # What its user data set does not outlive the boot: that is so in EC2, too.
    assert not network.worker_reaches_the_api()
    network.on_bastion("sudo sh /var/lib/cloud/instance/user-data")
    assert network.worker_reaches_the_api()


def test_an_elastic_address_takes_the_place_of_the_own_one(network: Network) -> None:
    ec2 = network.ec2
    own = network.address(network.bastion)
    elastic = ec2.allocate_address(Domain="vpc")
    made = ec2.associate_address(AllocationId=elastic["AllocationId"], InstanceId=network.bastion)["AssociationId"]
    assert network.address(network.bastion) == elastic["PublicIp"]
    assert network.on_bastion("echo in") == "in\n"
    assert "refused" in network.ssh(own, "true")
    assert refused(ec2.release_address, AllocationId=elastic["AllocationId"]) == (
        "InvalidIPAddress.InUse",
        f"Address {elastic['PublicIp']} is in use.",
    )
    assert refused(ec2.detach_internet_gateway, InternetGatewayId=network.gateway, VpcId=network.vpc) == (
        "DependencyViolation",
        f"Network {network.vpc} has some mapped public address(es). "
        "Please unmap those public address(es) before detaching the gateway.",
    )
    ec2.disassociate_address(AssociationId=made)
    assert "refused" in network.ssh(elastic["PublicIp"], "true")
    assert network.on_bastion("echo in") == "in\n"
    ec2.release_address(AllocationId=elastic["AllocationId"])


def test_a_nat_gateway_leads_out_until_it_is_deleted(network: Network) -> None:
    ec2 = network.ec2
    elastic = ec2.allocate_address(Domain="vpc")["AllocationId"]
    gateway = ec2.create_nat_gateway(SubnetId=network.public_subnet, AllocationId=elastic)["NatGateway"]
    assert gateway["State"] == "pending"
    ids = [gateway["NatGatewayId"]]
    ec2.get_waiter("nat_gateway_available").wait(NatGatewayIds=ids, WaiterConfig={"Delay": 1})
    ec2.replace_route(RouteTableId=network.private_routes, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=ids[0])
    assert network.worker_reaches_the_api()
    ec2.delete_nat_gateway(NatGatewayId=ids[0])
    ec2.get_waiter("nat_gateway_deleted").wait(NatGatewayIds=ids, WaiterConfig={"Delay": 1})
    assert network.route_state() == "blackhole"
    assert not network.worker_reaches_the_api()
    ec2.release_address(AllocationId=elastic)
    ec2.replace_route(RouteTableId=network.private_routes, DestinationCidrBlock="0.0.0.0/0", InstanceId=network.bastion)
    assert network.worker_reaches_the_api()


def test_another_vpc_of_the_same_addresses_is_another_network(network: Network) -> None:
    other = Network(network.ec2, network.config, network.key)
    other.build()
    assert other.describe(other.worker)["PrivateIpAddress"] == network.describe(network.worker)["PrivateIpAddress"]
    assert other.on_worker("cat /run/local-cloud/instance-id") == f"{other.worker}\n"
    assert network.on_worker("cat /run/local-cloud/instance-id") == f"{network.worker}\n"
    ids = [other.bastion, other.worker]
    ec2: Any = other.ec2
    ec2.terminate_instances(InstanceIds=ids)
    assert refused(ec2.delete_subnet, SubnetId=other.private_subnet)[0] == "DependencyViolation"
    ec2.get_waiter("instance_terminated").wait(InstanceIds=ids, WaiterConfig={"Delay": 1})
    for subnet in (other.private_subnet, other.public_subnet):
        ec2.delete_subnet(SubnetId=subnet)
    eventually(lambda: network.on_worker("echo still") == "still\n")
