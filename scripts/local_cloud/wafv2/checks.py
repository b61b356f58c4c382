"""What AWS WAF refuses, and moto accepts."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Callable, Iterator
from typing import Any

from moto.wafv2.exceptions import WAFNonexistentItemException
from moto.wafv2.models import GLOBAL_REGION, wafv2_backends
from moto.wafv2.responses import WAFV2Response

from .errors import invalid_parameter

# What is in front of CloudFront is known in this region only (AWS WAFV2 API Reference, Scope).
HOME = "us-east-1"

_SCOPED = (
    "create_web_acl",
    "delete_web_acl",
    "get_web_acl",
    "list_web_ac_ls",
    "update_web_acl",
    "create_ip_set",
    "delete_ip_set",
    "get_ip_set",
    "list_ip_sets",
    "update_ip_set",
)
# AWS WAFV2 API Reference: RateBasedStatement, ImmunityTimeProperty.
_LEAST_RATE, _MOST_RATE = 10, 2_000_000_000
_WINDOWS = (60, 120, 300, 600)
_LEAST_IMMUNITY, _MOST_IMMUNITY = 60, 259_200


def install() -> None:
    for name in _SCOPED:
        setattr(WAFV2Response, name, _checked(getattr(WAFV2Response, name)))


def _checked(answer: Callable[[WAFV2Response], Any]) -> Callable[[WAFV2Response], Any]:
    name = answer.__name__

    def checked(self: WAFV2Response) -> Any:
        body = json.loads(self.body or "{}")
        scope = body.get("Scope")
        if scope == "CLOUDFRONT" and self.region != HOME:
            raise invalid_parameter("The scope is not valid.", "SCOPE_VALUE", scope)
        if name in ("create_web_acl", "update_web_acl"):
            region = GLOBAL_REGION if scope == "CLOUDFRONT" else self.region
            check_rules(body.get("Rules", []), set(wafv2_backends[self.current_account][region].ip_sets))
        if name in ("create_ip_set", "update_ip_set"):
            _check_addresses(body.get("Addresses", []))
        if name == "create_ip_set" and "Tags" not in body:
            # moto goes through what is not there.
            self.body = json.dumps({**body, "Tags": []})
        return answer(self)

    checked.__name__ = name
    return checked


def check_rules(rules: list[dict[str, Any]], ip_sets: set[str]) -> None:
    priorities = [rule["Priority"] for rule in rules]
    if len(set(priorities)) < len(priorities):
        raise invalid_parameter("Rule priorities must be unique.", "RULE", sorted(priorities))
    for rule in rules:
        if "Action" not in rule and "OverrideAction" not in rule:
            raise invalid_parameter("A rule needs an action.", "RULE_ACTION", rule["Name"])
        seconds = rule.get("CaptchaConfig", {}).get("ImmunityTimeProperty", {}).get("ImmunityTime")
        if seconds is not None and not _LEAST_IMMUNITY <= seconds <= _MOST_IMMUNITY:
            raise invalid_parameter("The immunity time is out of range.", "CAPTCHA_CONFIG", seconds)
        for kind, statement in statements(rule["Statement"]):
            if kind == "IPSetReferenceStatement" and statement["ARN"] not in ip_sets:
                raise WAFNonexistentItemException
            if kind == "RateBasedStatement":
                _check_rate(statement)


def _check_rate(statement: dict[str, Any]) -> None:
    if not _LEAST_RATE <= statement["Limit"] <= _MOST_RATE:
        raise invalid_parameter("The rate limit is out of range.", "RATE_BASED_STATEMENT", statement["Limit"])
    # Five minutes where nothing is said (AWS WAFV2 API Reference, RateBasedStatement).
    if statement.setdefault("EvaluationWindowSec", 300) not in _WINDOWS:
        window = statement["EvaluationWindowSec"]
        raise invalid_parameter("The evaluation window is not one of those.", "RATE_BASED_STATEMENT", window)


def statements(statement: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every statement of a tree, with its kind."""
    for kind, content in statement.items():
        yield kind, content
        for nested in content.get("Statements", []):
            yield from statements(nested)
        for key in ("Statement", "ScopeDownStatement"):
            if key in content:
                yield from statements(content[key])


def _check_addresses(addresses: list[str]) -> None:
    for address in addresses:
        try:
            ipaddress.ip_network(address)
        except ValueError:
            raise invalid_parameter("The address is no CIDR range.", "IP_ADDRESS", address) from None
        if "/" not in address:
            raise invalid_parameter("The address is no CIDR range.", "IP_ADDRESS", address)
