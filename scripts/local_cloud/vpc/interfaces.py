"""Network interfaces: one truth about groups and the source/destination check, wherever it is asked or changed."""

from __future__ import annotations

from typing import Any

from moto.ec2.models import EC2Backend
from moto.ec2.models.elastic_network_interfaces import NetworkInterface
from moto.ec2.models.instances import Instance
from moto.ec2.models.security_groups import SecurityGroup

from ..ec2.errors import error

_create = EC2Backend.create_network_interface
_delete = EC2Backend.delete_network_interface
_modify = EC2Backend.modify_network_interface_attribute


def install() -> None:
    # moto keeps a list of groups and a check for the instance, and others for its interface.
    NetworkInterface.group_set = property(lambda interface: interface._group_set)
    Instance.security_groups = property(groups_of, set_groups)
    Instance.source_dest_check = property(checked, set_checked)
    EC2Backend.create_network_interface = create_network_interface
    EC2Backend.delete_network_interface = delete_network_interface
    EC2Backend.modify_network_interface_attribute = modify_network_interface_attribute
    EC2Backend.modify_instance_security_groups = modify_instance_security_groups


def modify_instance_security_groups(self: EC2Backend, instance_id: str, new_group_id_list: list[str]) -> Instance:
    instance = self.get_instance(instance_id)
    set_groups(instance, _groups(self, new_group_id_list))
    return instance


def modify_network_interface_attribute(self: EC2Backend, eni_id: str, group_ids: list[str], *rest: Any) -> None:
    self.get_network_interface(eni_id)
    _groups(self, group_ids)
    _modify(self, eni_id, group_ids, *rest)


def _groups(backend: EC2Backend, group_ids: list[str]) -> list[SecurityGroup]:
    found = []
    for group_id in group_ids:
        group = backend.get_security_group_from_id(group_id)
        if group is None:
            raise error("InvalidGroup.NotFound", f"The security group '{group_id}' does not exist")
        found.append(group)
    return found


def groups_of(instance: Instance) -> list[SecurityGroup]:
    interface = _primary(instance)
    return list(interface._group_set) if interface else list(instance.__dict__.get("launch_groups", []))


def set_groups(instance: Instance, groups: list[SecurityGroup]) -> None:
    interface = _primary(instance)
    if interface:
        interface._group_set = list(groups)
    else:
        instance.__dict__["launch_groups"] = groups


def checked(instance: Instance) -> bool:
    interface = _primary(instance)
    return interface.source_dest_check is not False if interface else True


def set_checked(instance: Instance, value: Any) -> None:
    interface = _primary(instance)
    if interface:
        # The older style of ModifyInstanceAttribute gives a string.
        interface.source_dest_check = str(value).lower() != "false"


def _primary(instance: Instance) -> Any:
    return instance.__dict__.get("nics", {}).get(0)


def create_network_interface(
    self: EC2Backend, subnet: Any, private_ip_address: Any = None, *rest: Any, **kwargs: Any
) -> NetworkInterface:
    """moto invents an address that the network may have given to somebody else, or keeps for itself."""
    where = self.get_subnet(subnet) if isinstance(subnet, str) else subnet
    given = kwargs.get("private_ip_addresses") or (rest[0] if rest else None)
    if not private_ip_address and not given:
        private_ip_address = where.get_available_subnet_ip(instance=None)
    return _create(self, where, private_ip_address, *rest, **kwargs)


def delete_network_interface(self: EC2Backend, eni_id: str) -> None:
    interface = self.enis.get(eni_id)
    if interface is not None:
        instance = interface.instance
        if instance is not None and instance.state != "terminated" and not _ending(instance):
            raise error("InvalidParameterValue", f"Network interface '{eni_id}' is currently in use.")
        for address in interface.private_ip_addresses:
            interface.subnet.del_subnet_ip(address["PrivateIpAddress"])
    _delete(self, eni_id)


def _ending(instance: Instance) -> bool:
    return instance.state == "shutting-down"
