"""Public addresses: an instance's own, and elastic ones that move; all are literals that SSH reaches from here."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.models import EC2Backend
from moto.ec2.models.elastic_ip_addresses import ElasticAddress
from moto.ec2.models.elastic_network_interfaces import NetworkInterface
from moto.ec2.models.instances import Instance
from moto.ec2.responses import EC2Response
from moto.ec2.utils import random_eip_association_id

from .. import running
from ..ec2.errors import error
from ..machines import addresses
from ..machines.addresses import NoAddressLeft

_allocate = EC2Backend.allocate_address
_associate_response = EC2Response.associate_address


def install() -> None:
    # An interface gets its address when its machine starts: only then is it known whether there is one left.
    NetworkInterface.check_auto_public_ip = lambda interface: publish(interface)
    NetworkInterface.stop = retire
    # An address that nobody has names nobody.
    ElasticAddress.instance_id = property(lambda address: address.instance.id if address.instance else None)
    ElasticAddress.network_interface_id = property(lambda address: address.eni.id if address.eni else None)
    EC2Backend.allocate_address = allocate_address
    EC2Backend.associate_address = associate_address
    EC2Backend.disassociate_address = disassociate_address
    EC2Backend.release_address = release_address
    EC2Response.associate_address = answer_associate_address


def _take() -> str:
    settings = running.cloud().settings
    return addresses.take(settings.address_locks, settings.state)


def _give_back(address: str) -> None:
    addresses.give_back(running.cloud().settings.address_locks, address)


def elastic_of(interface: NetworkInterface) -> ElasticAddress | None:
    return next((address for address in interface.ec2_backend.addresses if address.eni is interface), None)


def wants_one(interface: NetworkInterface) -> bool:
    return str(interface.public_ip_auto_assign).lower() == "true"


def give(interface: NetworkInterface) -> None:
    """An address of its own, if its subnet or its launch says so. Raises NoAddressLeft."""
    if wants_one(interface) and _own(interface) is None and elastic_of(interface) is None:
        interface.own_public_ip = _take()
    publish(interface)


def publish(interface: NetworkInterface) -> None:
    elastic = elastic_of(interface)
    interface.public_ip = elastic.public_ip if elastic else _own(interface)


def retire(interface: NetworkInterface) -> None:
    """A stopped instance shows no address but an elastic one; here it gets its own back when it starts."""
    elastic = elastic_of(interface)
    interface.public_ip = elastic.public_ip if elastic else None


def forget(instance: Instance) -> None:
    """The instance is terminated: its own address goes back, an elastic one stays with the account."""
    for interface in instance.nics.values():
        for address in [found for found in instance.ec2_backend.addresses if found.eni is interface]:
            _part(address)
        _drop_own(interface)
        interface.public_ip = None


def _own(interface: NetworkInterface) -> str | None:
    own: str | None = getattr(interface, "own_public_ip", None)
    return own


def _drop_own(interface: NetworkInterface) -> None:
    own = _own(interface)
    if own is not None:
        interface.own_public_ip = None
        _give_back(own)


def _part(address: ElasticAddress) -> None:
    address.eni = address.instance = address.association_id = None


def allocate_address(
    self: EC2Backend, domain: str, address: str | None = None, tags: dict[str, str] | None = None
) -> ElasticAddress:
    if address:
        raise error("InvalidAddress.NotFound", f"Address '{address}' not found.")
    try:
        taken = _take()
    except NoAddressLeft as reason:
        raise error("AddressLimitExceeded", f"The maximum number of addresses has been reached. ({reason})") from reason
    return _allocate(self, domain, taken, tags)


def answer_associate_address(self: EC2Response) -> ActionResult:
    # In a VPC an address moves unless the caller forbids it (EC2 API Reference, AssociateAddress).
    self.params.setdefault("AllowReassociation", True)
    return _associate_response(self)


def associate_address(
    self: EC2Backend,
    instance: Instance | None = None,
    eni: NetworkInterface | None = None,
    address: str | None = None,
    allocation_id: str | None = None,
    reassociate: bool = True,
) -> ElasticAddress:
    found = self.address_by_ip([address]) if address else self.address_by_allocation([allocation_id])
    elastic = found[0]
    interface = eni or instance.nics[0]
    _check_may_associate(self, interface)
    if elastic.eni is interface:
        return elastic
    if elastic.eni is not None:
        if not reassociate:
            raise error(
                "Resource.AlreadyAssociated",
                f"resource {elastic.allocation_id} is already associated with associate-id {elastic.association_id}",
            )
        _leave(elastic)
    previous = elastic_of(interface)
    if previous is not None:
        _part(previous)
    # Its own address goes back to the pool (EC2 User Guide, "Elastic IP addresses").
    _drop_own(interface)
    elastic.eni, elastic.instance = interface, interface.instance
    elastic.association_id = random_eip_association_id()
    publish(interface)
    return elastic


def _check_may_associate(backend: EC2Backend, interface: NetworkInterface) -> None:
    vpc_id = interface.subnet.vpc_id
    if not any(gateway.vpc and gateway.vpc.id == vpc_id for gateway in backend.internet_gateways.values()):
        raise error("Gateway.NotAttached", f"Network {vpc_id} is not attached to any internet gateway")
    instance = interface.instance
    if instance is not None and instance.state in ("pending", "shutting-down", "terminated"):
        raise error(
            "InvalidInstanceID",
            f"The {instance.state} instance '{instance.id}' is not in a valid state for this operation.",
        )


def disassociate_address(self: EC2Backend, address: str | None = None, association_id: str | None = None) -> None:
    found = self.address_by_ip([address]) if address else self.address_by_association([association_id])
    elastic = found[0]
    if elastic.eni is None:
        raise error("InvalidAssociationID.NotFound", f"The address {elastic.public_ip} is not associated")
    if elastic.eni.requester_managed:
        raise error("AuthFailure", "You do not have permission to access the specified resource.")
    _leave(elastic)


def _leave(elastic: ElasticAddress) -> None:
    interface: Any = elastic.eni
    _part(elastic)
    if interface.instance is not None and interface.instance.state == "running":
        # Who was launched with an address of its own receives a new one (EC2 User Guide, "Public IPv4 addresses").
        try:
            give(interface)
        except NoAddressLeft:
            interface.public_ip = None
    else:
        interface.public_ip = None


def release_address(self: EC2Backend, address: str | None = None, allocation_id: str | None = None) -> None:
    found: list[Any] = self.address_by_ip([address]) if address else self.address_by_allocation([allocation_id])
    elastic = found[0]
    if elastic.eni is not None:
        raise error("InvalidIPAddress.InUse", f"Address {elastic.public_ip} is in use.")
    self.addresses.remove(elastic)
    _give_back(elastic.public_ip)
