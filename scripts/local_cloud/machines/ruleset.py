"""A topology as rules of nftables: who may leave, who is let in, and where a connection from outside goes.

What leaves a machine is judged before its destination is rewritten, what enters one after: both see the addresses
that the machine itself sees.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from .slirp import DEVICE, DNS_ADDRESS, HOST_ADDRESS
from .topology import Entry, Member, Rule, Topology

# Whoever connects to a public address comes from this machine, and is known to a network by this address.
OPERATOR = ipaddress.ip_address("127.0.0.1")

_FIRST_FORWARD = 20000

# The router itself answers a ping and no more.
_OWN = ["ct state established,related accept", "ip protocol icmp accept"]


def forwarded_port(public_address: str) -> int:
    """The port of slirp4netns' namespace that stands for port 22 of a public address."""
    return _FIRST_FORWARD + int(public_address.rsplit(".", 1)[1])


def render(topology: Topology, ports: dict[str, str]) -> str:
    """nft's input for the members that have a port."""
    members = [(member, ports[member.machine]) for member in topology.members if member.machine in ports]
    lines = [
        "table ip vpc",
        "delete table ip vpc",
        "table ip vpc {",
        # From the outside in, and from the inside to the services of the host.
        *_chain("rewrite", "nat hook prerouting priority dstnat; policy accept;", _destinations(topology, members)),
        *_chain("leave", "nat hook postrouting priority srcnat; policy accept;", [f'oifname "{DEVICE}" masquerade']),
        *_chain("own", "filter hook input priority filter; policy drop;", _OWN),
        *_chain("departure", "filter hook prerouting priority mangle; policy accept;", _departure(topology, members)),
        *_chain("arrival", "filter hook forward priority filter; policy accept;", _arrival(topology, members)),
    ]
    for member, port in members:
        if member.outbound is not None:
            lines += _chain(f"from_{port}", None, [*_accepted(member.outbound, "daddr"), "drop"])
        if member.inbound is not None:
            lines += _chain(f"to_{port}", None, [*_accepted(member.inbound, "saddr"), "drop"])
        if member.border and member.border.outbound is not None:
            lines += _chain(f"over_from_{port}", None, _decided(member.border.subnet, member.border.outbound, "daddr"))
        if member.border and member.border.inbound is not None:
            lines += _chain(f"over_to_{port}", None, _decided(member.border.subnet, member.border.inbound, "saddr"))
    return "\n".join([*lines, "}", ""])


def _chain(name: str, hook: str | None, rules: list[str]) -> list[str]:
    return [f"chain {name} {{", *([f"type {hook}"] if hook else []), *rules, "}"]


def _destinations(topology: Topology, members: list[tuple[Member, str]]) -> list[str]:
    rules = [
        f'iifname "{DEVICE}" tcp dport {forwarded_port(member.public_address)} dnat to {member.address}:22'
        for member, _ in members
        if member.public_address
    ]
    for member, port in members:
        for service in topology.services:
            # Whoever goes through another machine meets that one's rules by the service's own port first.
            if _leaves(member, service.address):
                rules.append(
                    f'iifname "{port}" ip daddr {service.address} tcp dport {service.port} '
                    f"dnat to {HOST_ADDRESS}:{service.host_port}"
                )
    return rules


def _leaves(member: Member, address: str) -> bool:
    target = ipaddress.ip_address(address)
    networks = [(ipaddress.ip_network(route.destination), route) for route in member.routes]
    matching = [(network.prefixlen, route) for network, route in networks if target in network]
    return bool(matching) and max(matching, key=lambda found: found[0])[1].kind in ("outside", "translated")


def _departure(topology: Topology, members: list[tuple[Member, str]]) -> list[str]:
    rules = [
        f'iifname "{port}" ip saddr != {member.address} drop' for member, port in members if member.address_checked
    ]
    rules += _to_resolver("accept" if topology.resolver else "drop")
    for member, port in members:
        if member.border and member.border.outbound is not None:
            rules.append(f'iifname "{port}" jump over_from_{port}')
    rules.append("ct state established,related accept")
    return rules + [f'iifname "{port}" jump from_{port}' for member, port in members if member.outbound is not None]


def _arrival(topology: Topology, members: list[tuple[Member, str]]) -> list[str]:
    rules = [
        f'oifname "{port}" ip daddr != {member.address} drop' for member, port in members if member.address_checked
    ]
    rules += _to_resolver(f'oifname "{DEVICE}" accept')
    for member, port in members:
        for route in member.routes:
            if route.kind == "translated":
                rules.append(f'iifname "{port}" oifname "{DEVICE}"{_matching("daddr", [route.destination])} accept')
        if member.public_address:
            rules.append(f'iifname "{port}" oifname "{DEVICE}" ip saddr {member.address} accept')
    rules.append(f'oifname "{DEVICE}" drop')
    for member, port in members:
        if member.border and member.border.inbound is not None:
            rules.append(f'oifname "{port}" jump over_to_{port}')
    rules.append("ct state established,related accept")
    return rules + [f'oifname "{port}" jump to_{port}' for member, port in members if member.inbound is not None]


def _to_resolver(verdict: str) -> list[str]:
    """The resolver answers whatever a network's rules say (VPC User Guide, "Amazon DNS server")."""
    return [f"ip daddr {DNS_ADDRESS} {protocol} dport 53 {verdict}" for protocol in ("udp", "tcp")]


def _accepted(rules: tuple[Rule, ...], side: str) -> Iterator[str]:
    for rule in rules:
        if rule.peers:
            yield f"{_matching(side, _with_operator(rule.peers))}{_protocol(rule)} return".lstrip()


def _decided(subnet: str, entries: tuple[Entry, ...], side: str) -> list[str]:
    """In order; within the subnet, and with the resolver, there is no border."""
    rules = [f"ip {side} {subnet} return", f"ip {side} {DNS_ADDRESS} return"]
    for entry in entries:
        match = f"{_matching(side, _with_operator(entry.rule.peers))}{_protocol(entry.rule)}"
        rules.append(f"{match} {'return' if entry.allow else 'drop'}".lstrip())
    return [*rules, "drop"]


def _with_operator(peers: tuple[str, ...]) -> list[str]:
    own = [f"{HOST_ADDRESS}/32"] if any(OPERATOR in ipaddress.ip_network(peer) for peer in peers) else []
    return [*peers, *own]


def _matching(side: str, networks: list[str]) -> str:
    # nft refuses a set whose intervals overlap.
    found = list(ipaddress.collapse_addresses(map(ipaddress.IPv4Network, networks)))
    if found == [ipaddress.IPv4Network("0.0.0.0/0")]:
        return ""
    return f" ip {side} {{ {', '.join(map(str, found))} }}"


def _protocol(rule: Rule) -> str:
    if rule.protocol == "all":
        return ""
    if rule.protocol in ("tcp", "udp") and rule.first is not None:
        return f" {rule.protocol} dport {rule.first}-{rule.last}"
    if rule.protocol == "icmp" and rule.first not in (None, -1):
        return f" icmp type {rule.first}"
    return f" meta l4proto {rule.protocol}"
