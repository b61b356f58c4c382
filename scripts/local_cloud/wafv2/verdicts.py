"""What a web ACL does with a request, as far as that depends on where it comes from.

A CAPTCHA has no browser here that could solve it. A rate is not reckoned: all tests come from one address, and the
service itself reckons it only about every half minute.
"""

from __future__ import annotations

import ipaddress
from typing import Any

from moto.wafv2.models import GLOBAL_REGION, WAFV2Backend, wafv2_backends


def of(account: str, acl: str, address: str) -> str:
    """The first final action that is due: Allow, Block, Captcha or Challenge."""
    backend = wafv2_backends[account][GLOBAL_REGION]
    found = backend.wacls.get(acl)
    if found is None:
        return "Allow"
    for rule in sorted(found.rules, key=lambda rule: rule.priority):
        action = next(iter(rule.action or {}), "Count")
        if action != "Count" and _matches(backend, rule.statement, address):
            return action
    return next(iter(found.default_action))


def _matches(backend: WAFV2Backend, statement: dict[str, Any], address: str) -> bool:
    ((kind, content),) = statement.items()
    match kind:
        case "IPSetReferenceStatement":
            return _is_in(backend.ip_sets[content["ARN"]].addresses, address)
        case "NotStatement":
            return not _matches(backend, content["Statement"], address)
        case "OrStatement":
            return any(_matches(backend, each, address) for each in content["Statements"])
        case "AndStatement":
            return all(_matches(backend, each, address) for each in content["Statements"])
    return False


def _is_in(ranges: list[str], address: str) -> bool:
    # An address is in no range of the other version.
    return any(ipaddress.ip_address(address) in ipaddress.ip_network(each) for each in ranges)
