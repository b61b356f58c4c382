"""VPCs as networks of the kernel: addresses, routes, gateways, groups; and what moto lacks or gets wrong about them."""

from __future__ import annotations


def install() -> None:
    from . import (
        acls,
        addresses,
        convergence,
        default_vpc,
        dependencies,
        dhcp,
        endpoints,
        gateways,
        interfaces,
        nat_gateways,
        peering,
        propagation,
        route_tables,
        sites,
        subnets,
        unknown,
    )

    for module in (
        acls,
        addresses,
        convergence,
        default_vpc,
        dependencies,
        dhcp,
        endpoints,
        gateways,
        interfaces,
        nat_gateways,
        peering,
        propagation,
        route_tables,
        sites,
        subnets,
        unknown,
    ):
        module.install()
