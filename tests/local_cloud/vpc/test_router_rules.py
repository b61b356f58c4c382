"""A topology as the kernel is told of it."""

from __future__ import annotations

from local_cloud.machines import routing, ruleset
from local_cloud.machines.slirp import DNS_ADDRESS, HOST_ADDRESS
from local_cloud.machines.topology import Border, Entry, Member, Route, Rule, Service, Topology

BASTION = Member(
    "i-1",
    "10.0.0.4",
    "127.0.12.7",
    (Route("0.0.0.0/0", "outside"),),
    address_checked=False,
    inbound=(Rule("tcp", 22, 22, ("127.0.0.1/32",)), Rule("all", None, None, ("0.0.0.0/0",))),
)
WORKER = Member("i-2", "10.0.1.4", None, (Route("0.0.0.0/0", "machine", "i-1"),), inbound=(), outbound=())
TOPOLOGY = Topology(("10.0.0.0/16",), (BASTION, WORKER), (Service(HOST_ADDRESS, 80, 5111),))
PORTS = {"i-1": "port1", "i-2": "port2"}


def test_each_machine_has_a_table_and_all_have_one_in_common() -> None:
    assert routing.routes(TOPOLOGY, PORTS) == {
        (100, "10.0.0.4/32"): "10.0.0.4/32 dev port1",
        (100, "10.0.1.4/32"): "10.0.1.4/32 dev port2",
        (1001, "0.0.0.0/0"): f"0.0.0.0/0 via {HOST_ADDRESS} dev tap0",
        (1001, "10.0.0.0/16"): "blackhole 10.0.0.0/16",
        (1001, f"{DNS_ADDRESS}/32"): f"{DNS_ADDRESS}/32 dev tap0",
        (1002, "0.0.0.0/0"): "0.0.0.0/0 via 10.0.0.4 dev port1 onlink",
        (1002, "10.0.0.0/16"): "blackhole 10.0.0.0/16",
        (1002, f"{DNS_ADDRESS}/32"): f"{DNS_ADDRESS}/32 dev tap0",
    }


def test_a_route_by_a_machine_that_is_not_there_leads_nowhere() -> None:
    found = routing.routes(TOPOLOGY, {"i-2": "port2"})
    assert found[1002, "0.0.0.0/0"] == "blackhole 0.0.0.0/0"


def test_the_rules() -> None:
    rules = ruleset.render(TOPOLOGY, PORTS).splitlines()
    assert 'iifname "tap0" tcp dport 20007 dnat to 10.0.0.4:22' in rules
    # The service of the host is at the web's port for whoever leaves by himself, and later for who does not.
    assert f'iifname "port1" ip daddr {HOST_ADDRESS} tcp dport 80 dnat to {HOST_ADDRESS}:5111' in rules
    assert not any(line.startswith('iifname "port2" ip daddr') for line in rules)
    # Only the worker may send and receive nothing but its own.
    assert 'iifname "port2" ip saddr != 10.0.1.4 drop' in rules
    assert 'iifname "port1" ip saddr != 10.0.0.4 drop' not in rules
    # Only who has a public address leaves, and only with its own.
    assert 'iifname "port1" oifname "tap0" ip saddr 10.0.0.4 accept' in rules
    assert not any('iifname "port2" oifname' in line for line in rules)


def test_the_operator_is_known_by_the_hosts_address() -> None:
    rules = ruleset.render(TOPOLOGY, PORTS).splitlines()
    start = rules.index("chain to_port1 {")
    assert rules[start + 1 : start + 4] == [
        f"ip saddr {{ 127.0.0.1/32, {HOST_ADDRESS}/32 }} tcp dport 22-22 return",
        "return",
        "drop",
    ]
    start = rules.index("chain to_port2 {")
    assert rules[start + 1] == "drop"


def test_overlapping_peers_are_put_together() -> None:
    assert ruleset._matching("saddr", ["10.0.0.0/24", "10.0.0.7/32"]) == " ip saddr { 10.0.0.0/24 }"
    assert ruleset._matching("saddr", ["0.0.0.0/0", "10.0.0.7/32"]) == ""


def test_a_border_is_decided_in_order() -> None:
    web = Entry(True, Rule("tcp", 80, 80, ("0.0.0.0/0",)))
    nobody = Entry(False, Rule("all", None, None, ("10.0.0.0/24",)))
    member = Member("i-2", "10.0.1.4", None, (), border=Border("10.0.1.0/24", outbound=(web, nobody)))
    rules = ruleset.render(Topology(("10.0.0.0/16",), (member,)), PORTS).splitlines()
    start = rules.index("chain over_from_port2 {")
    assert rules[start + 1 : start + 6] == [
        "ip daddr 10.0.1.0/24 return",
        f"ip daddr {DNS_ADDRESS} return",
        "tcp dport 80-80 return",
        "ip daddr { 10.0.0.0/24 } drop",
        "drop",
    ]
    jump = rules.index('iifname "port2" jump over_from_port2')
    assert rules[jump + 1] == "ct state established,related accept"
