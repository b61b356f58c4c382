"""NAT gateways take their time, hold an interface and an elastic address, and fail without an internet gateway."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.ec2.models import EC2Backend
from moto.ec2.models.nat_gateways import NatGateway
from moto.ec2.responses import EC2Response
from moto.ec2.utils import random_eip_association_id, random_nat_gateway_id

from .. import running
from ..ec2.background import Pending, later
from ..ec2.errors import error
from . import convergence

_describe = EC2Backend.describe_nat_gateways


def install() -> None:
    EC2Backend.create_nat_gateway = create_nat_gateway
    EC2Backend.delete_nat_gateway = delete_nat_gateway
    EC2Backend.describe_nat_gateways = describe_nat_gateways
    EC2Response.create_nat_gateway = answer_create_nat_gateway


def answer_create_nat_gateway(self: EC2Response) -> ActionResult:
    """The same client token gives the same gateway."""
    from moto.ec2.utils import add_tag_specification

    parameters = self._get_params()
    token = parameters.get("ClientToken")
    known = self.ec2_backend.__dict__.setdefault("ail_nat_gateway_tokens", {})
    if token in known:
        return ActionResult({"NatGateway": known[token], "ClientToken": token})
    self.error_on_dryrun()
    gateway = self.ec2_backend.create_nat_gateway(
        subnet_id=parameters["SubnetId"],
        allocation_id=parameters.get("AllocationId"),
        tags=add_tag_specification(parameters.get("TagSpecifications") or []),
        connectivity_type=parameters.get("ConnectivityType") or "public",
    )
    if token:
        known[token] = gateway
    return ActionResult({"NatGateway": gateway, "ClientToken": token})


def create_nat_gateway(
    self: EC2Backend,
    subnet_id: str,
    allocation_id: str | None,
    tags: dict[str, str] | None = None,
    connectivity_type: str = "public",
) -> NatGateway:
    """moto's own constructor gives an address of no subnet, and makes the gateway available at once."""
    subnet = self.get_subnet(subnet_id)
    elastic = None
    if connectivity_type == "public":
        if not allocation_id:
            raise error("MissingParameter", "The request must contain the parameter AllocationId")
        elastic = self.address_by_allocation([allocation_id])[0]
        if elastic.eni is not None:
            raise error(
                "Resource.AlreadyAssociated",
                f"Elastic IP address [{allocation_id}] is already associated",
            )
    gateway = NatGateway.__new__(NatGateway)
    gateway.id = random_nat_gateway_id()
    gateway.subnet_id, gateway.vpc_id = subnet_id, subnet.vpc_id
    gateway.connectivity_type = connectivity_type
    gateway.state = "pending"
    gateway._created_at = utcnow()
    gateway.ec2_backend = self
    gateway.add_tags(tags or {})
    interface = self.create_network_interface(subnet, description=f"Interface for NAT Gateway {gateway.id}")
    interface.requester_managed, interface.status = True, "in-use"
    interface.interface_type = "nat_gateway"
    interface._group_set = []
    interface.source_dest_check = False
    gateway._eni, gateway.private_ip = interface, interface.private_ip_address
    gateway.address_set = [
        {"networkInterfaceId": interface.id, "privateIp": interface.private_ip_address, "isPrimary": True}
    ]
    if elastic is not None:
        elastic.eni, elastic.association_id = interface, random_eip_association_id()
        interface.public_ip = elastic.public_ip
        gateway.address_set[0] |= {
            "allocationId": allocation_id,
            "publicIp": elastic.public_ip,
            "associationId": elastic.association_id,
        }
    self.nat_gateways[gateway.id] = gateway
    pending = Pending()

    def become_available() -> None:
        pending.wait()
        with running.api_lock:
            if gateway.state != "pending":
                return
            attached = any(found.vpc and found.vpc.id == gateway.vpc_id for found in self.internet_gateways.values())
            if connectivity_type == "public" and not attached:
                gateway.state = "failed"
                gateway.failure_code = "Gateway.NotAttached"
                gateway.failure_message = f"Network {gateway.vpc_id} has no Internet gateway attached"
                _let_go(self, gateway)
            else:
                gateway.state = "available"
        convergence.converge()

    later(become_available, f"making {gateway.id}")
    return gateway


def delete_nat_gateway(self: EC2Backend, nat_gateway_id: str) -> NatGateway:
    gateway: Any = self.nat_gateways.get(nat_gateway_id)
    if gateway is None:
        raise not_found(nat_gateway_id)
    if gateway.state in ("deleting", "deleted"):
        return gateway
    gateway.state = "deleting"
    pending = Pending()

    def delete() -> None:
        pending.wait()
        with running.api_lock:
            gateway.state = "deleted"
            gateway.delete_time = utcnow()
            _let_go(self, gateway)
        convergence.converge()

    later(delete, f"deleting {gateway.id}")
    return gateway


def describe_nat_gateways(self: EC2Backend, filters: Any, nat_gateway_ids: list[str] | None) -> list[NatGateway]:
    for nat_gateway_id in nat_gateway_ids or []:
        if nat_gateway_id not in self.nat_gateways:
            raise not_found(nat_gateway_id)
    tags = {name: values for name, values in (filters or {}).items() if name.startswith("tag")}
    rest = {name: values for name, values in (filters or {}).items() if name not in tags}
    found = _describe(self, rest, nat_gateway_ids)
    return [gateway for gateway in found if all(_tagged(gateway, name, values) for name, values in tags.items())]


def _tagged(gateway: NatGateway, name: str, values: list[str]) -> bool:
    tags = {tag["key"]: tag["value"] for tag in gateway.get_tags()}
    if name == "tag-key":
        return any(value in tags for value in values)
    return tags.get(name.removeprefix("tag:")) in values


def _let_go(backend: EC2Backend, gateway: Any) -> None:
    """Its interface is gone, and its elastic address is free."""
    for elastic in backend.addresses:
        if elastic.eni is gateway._eni:
            elastic.eni = elastic.instance = elastic.association_id = None
    gateway._eni.public_ip = None
    backend.delete_network_interface(gateway._eni.id)


def not_found(nat_gateway_id: str) -> Exception:
    return error("NatGatewayNotFound", f"The Nat Gateway {nat_gateway_id} was not found")
