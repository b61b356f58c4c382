"""What a private network is to be: who is in it, where each may send packets, and whom each lets in.

Plain values; `router` makes a network of the kernel's what they say.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["outside", "translated", "machine", "nowhere"]


@dataclass(frozen=True)
class Route:
    """Where packets for a destination go.

    `outside`: out, if the sender has a public address; `translated`: out, under an address of somebody else's;
    `machine`: to another machine, whose kernel decides; `nowhere`: lost without a word.
    """

    destination: str
    kind: Kind
    machine: str = ""


@dataclass(frozen=True)
class Rule:
    """What is let through: a protocol (`all` for any), ports (for ICMP: type and code) and the peers' networks."""

    protocol: str
    first: int | None
    last: int | None
    peers: tuple[str, ...]


@dataclass(frozen=True)
class Entry:
    """One of an ordered list: the first that matches decides."""

    allow: bool
    rule: Rule


@dataclass(frozen=True)
class Border:
    """What passes between a subnet and the rest, each packet judged by itself; None lets everything through."""

    subnet: str
    inbound: tuple[Entry, ...] | None = None
    outbound: tuple[Entry, ...] | None = None


@dataclass(frozen=True)
class Member:
    """A machine of the network; `inbound` and `outbound` of None let everything through."""

    machine: str
    address: str
    public_address: str | None
    routes: tuple[Route, ...]
    address_checked: bool = True
    """Whether it may send and receive only what bears its own address."""
    inbound: tuple[Rule, ...] | None = None
    outbound: tuple[Rule, ...] | None = None
    border: Border | None = None


@dataclass(frozen=True)
class Service:
    """An address and port as machines see them, and the port of the host's loopback that answers there."""

    address: str
    port: int
    host_port: int


@dataclass(frozen=True)
class Topology:
    """The whole network."""

    ranges: tuple[str, ...]
    members: tuple[Member, ...]
    services: tuple[Service, ...] = ()
    resolver: bool = True
    """Whether names are resolved for the machines."""
