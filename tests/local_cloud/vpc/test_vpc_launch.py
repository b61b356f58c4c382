"""Where an instance is launched: what RunInstances refuses, and what can be changed afterwards."""

from __future__ import annotations

from typing import Any

from local_cloud.ec2 import public_images
from networks import Network, refused


def arguments(network: Network, **rest: Any) -> dict[str, Any]:
    own = {"ImageId": public_images.ID, "InstanceType": "t3.micro", "MinCount": 1, "MaxCount": 1}
    return {**own, "SubnetId": network.private_subnet, **rest}


def test_a_group_of_another_vpc(network: Network) -> None:
    groups = network.ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": ["default"]}])
    other = next(g["GroupId"] for g in groups["SecurityGroups"] if g["VpcId"] != network.vpc)
    assert refused(network.ec2.run_instances, **arguments(network, SecurityGroupIds=[other])) == (
        "InvalidParameter",
        f"Security group {other} and subnet {network.private_subnet} belong to different networks.",
    )


def test_an_address_that_cannot_be_had(network: Network) -> None:
    before = len(network.ec2.describe_instances()["Reservations"])
    for address, code, message in (
        ("10.0.1.4", "InvalidIPAddress.InUse", "Address 10.0.1.4 is in use."),
        ("10.0.1.3", "InvalidParameterValue", "Address 10.0.1.3 is in subnet's reserved address range"),
        ("10.0.7.4", "InvalidParameterValue", "Address 10.0.7.4 does not fall within the subnet's address range"),
    ):
        found = refused(network.ec2.run_instances, **arguments(network, PrivateIpAddress=address))
        assert found == (code, message)
    assert len(network.ec2.describe_instances()["Reservations"]) == before


def test_interfaces_and_groups_are_not_given_both(network: Network) -> None:
    asked = arguments(
        network,
        NetworkInterfaces=[{"DeviceIndex": 0, "SubnetId": network.public_subnet}],
        SecurityGroupIds=[network.worker_group],
    )
    del asked["SubnetId"]
    assert refused(network.ec2.run_instances, **asked)[0] == "InvalidParameterCombination"


def test_the_launch_says_whether_there_is_a_public_address(network: Network) -> None:
    ec2 = network.ec2

    def launched(subnet: str, associate: bool) -> dict[str, Any]:
        interface = {"DeviceIndex": 0, "SubnetId": subnet, "AssociatePublicIpAddress": associate}
        asked = arguments(network, NetworkInterfaces=[{**interface, "Groups": [network.worker_group]}])
        del asked["SubnetId"]
        kinds = ("instance", "volume", "network-interface")
        tags = [{"ResourceType": kind, "Tags": [{"Key": "launch", "Value": "this"}]} for kind in kinds]
        return ec2.run_instances(**asked, TagSpecifications=tags)["Instances"][0]

    without, with_one = launched(network.public_subnet, False), launched(network.private_subnet, True)
    assert "PublicIpAddress" not in without
    assert with_one["PublicIpAddress"].startswith("127.0.12.")
    assert with_one["SecurityGroups"] == [{"GroupId": network.worker_group, "GroupName": "worker"}]
    tagged = [{"Name": "tag:launch", "Values": ["this"]}]
    assert len(ec2.describe_network_interfaces(Filters=tagged)["NetworkInterfaces"]) == 2
    assert len(ec2.describe_volumes(Filters=tagged)["Volumes"]) == 2
    ids = [without["InstanceId"], with_one["InstanceId"]]
    ec2.terminate_instances(InstanceIds=ids)
    ec2.get_waiter("instance_terminated").wait(InstanceIds=ids, WaiterConfig={"Delay": 1})


def test_one_truth_about_groups_and_the_check(network: Network) -> None:
    ec2, worker = network.ec2, network.worker
    interface = network.describe(worker)["NetworkInterfaces"][0]["NetworkInterfaceId"]
    both = [network.worker_group, network.bastion_group]
    ec2.modify_network_interface_attribute(NetworkInterfaceId=interface, Groups=both, SourceDestCheck={"Value": False})
    found = network.describe(worker)
    assert [group["GroupId"] for group in found["SecurityGroups"]] == both
    assert found["SourceDestCheck"] is False
    ec2.modify_instance_attribute(InstanceId=worker, Groups=[network.worker_group])
    ec2.modify_instance_attribute(InstanceId=worker, SourceDestCheck={"Value": True})
    shown = ec2.describe_network_interfaces(NetworkInterfaceIds=[interface])["NetworkInterfaces"][0]
    assert [group["GroupId"] for group in shown["Groups"]] == [network.worker_group]
    assert shown["SourceDestCheck"] is True
    assert refused(ec2.modify_instance_attribute, InstanceId=worker, Groups=["sg-1"]) == (
        "InvalidGroup.NotFound",
        "The security group 'sg-1' does not exist",
    )


def test_metadata_options_change_one_by_one(network: Network) -> None:
    network.ec2.modify_instance_metadata_options(InstanceId=network.worker, HttpPutResponseHopLimit=3)
    options = network.describe(network.worker)["MetadataOptions"]
    assert (options["HttpPutResponseHopLimit"], options["HttpTokens"], options["HttpEndpoint"]) == (
        3,
        "required",
        "enabled",
    )
    network.ec2.modify_instance_metadata_options(InstanceId=network.worker, HttpPutResponseHopLimit=2)
