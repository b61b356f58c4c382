"""A VPC as the topology of its machines."""

from __future__ import annotations

from moto.ec2.models import EC2Backend
from moto.ec2.models.instances import Instance

from .. import running
from ..machines import topology
from ..machines.slirp import HOST_ADDRESS
from . import acls, routes, rules, sites

# Where machines find the API: on HTTP's own port, because a group that lets only the web's ports through is the rule.
API_PORT = 80
ENDPOINT = f"http://{HOST_ADDRESS}"


def of(backend: EC2Backend, vpc_id: str) -> topology.Topology:
    """Callers hold the API lock."""
    cloud = running.cloud()
    vpc = backend.vpcs[vpc_id]
    return topology.Topology(
        ranges=tuple(
            association["cidr_block"]
            for association in vpc.get_cidr_block_association_set()
            if association["cidr_block_state"]["state"] == "associated"
        ),
        members=tuple(
            _member(backend, instance)
            for instance in backend.all_instances()
            if instance.id in cloud.machines and instance.nics and instance.nics[0].subnet.vpc_id == vpc_id
        ),
        services=(topology.Service(HOST_ADDRESS, API_PORT, cloud.port), *sites.served()),
        # The older style of ModifyVpcAttribute gives a string.
        resolver=str(vpc.enable_dns_support).lower() != "false",
    )


def _member(backend: EC2Backend, instance: Instance) -> topology.Member:
    interface = instance.nics[0]
    inbound, outbound = rules.of_interface(backend, interface)
    return topology.Member(
        machine=instance.id,
        address=str(interface.private_ip_address),
        public_address=interface.public_ip,
        routes=routes.of_subnet(backend, interface.subnet.id, interface.subnet.vpc_id),
        address_checked=interface.source_dest_check is not False,
        inbound=inbound,
        outbound=outbound,
        border=topology.Border(interface.subnet.cidr_block, *acls.of_subnet(backend, interface.subnet.id)),
    )
