"""The intrinsic functions, evaluated as far as is known.

Before anything exists, parameters, mappings and conditions are known and what
refers to a resource stays as it is; so two templates can be compared. When a
resource is made, everything it refers to exists and the evaluation is complete.
"""

from __future__ import annotations

import base64
import ipaddress
import json
import re
from collections.abc import Callable
from typing import Any

from . import errors

NO_VALUE = object()
_VARIABLE = re.compile(r"\$\{([^!${}][^{}]*)\}")
_LITERAL = re.compile(r"\$\{!([^{}]*)\}")

# (logical id, attribute or None for Ref) -> value; raises KeyError when unknown.
Lookup = Callable[[str, str | None], Any]


def is_open(value: Any) -> bool:
    """Whether a reference to a resource is left in an evaluated value."""
    if isinstance(value, dict):
        if len(value) == 1 and next(iter(value)).startswith(("Ref", "Fn::")):
            return True
        return any(is_open(item) for item in value.values())
    if isinstance(value, list):
        return any(is_open(item) for item in value)
    return False


class Evaluator:
    def __init__(
        self,
        *,
        values: dict[str, Any],
        mappings: dict[str, Any],
        conditions: dict[str, Any],
        region: str,
        imports: Callable[[str], str],
        lookup: Lookup | None = None,
    ) -> None:
        self._values = values
        self._mappings = mappings
        self._conditions = conditions
        self._region = region
        self._imports = imports
        self._lookup = lookup

    def with_lookup(self, lookup: Lookup) -> Evaluator:
        return Evaluator(
            values=self._values,
            mappings=self._mappings,
            conditions=self._conditions,
            region=self._region,
            imports=self._imports,
            lookup=lookup,
        )

    def evaluate(self, node: Any) -> Any:
        if isinstance(node, list):
            return [item for item in map(self.evaluate, node) if item is not NO_VALUE]
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            name, argument = next(iter(node.items()))
            if name == "Ref":
                return self._ref(argument)
            if name == "Condition" and isinstance(argument, str):
                return self.condition(argument)
            if name.startswith("Fn::"):
                return self._function(name, argument)
        evaluated = {key: self.evaluate(value) for key, value in node.items()}
        return {key: value for key, value in evaluated.items() if value is not NO_VALUE}

    def condition(self, name: str) -> bool:
        if name not in self._conditions:
            raise errors.template_format(f"Unresolved condition dependency {name}")
        return bool(self.evaluate(self._conditions[name]))

    def _ref(self, name: str) -> Any:
        if name == "AWS::NoValue":
            return NO_VALUE
        if name in self._values:
            return self._values[name]
        if self._lookup is None:
            return {"Ref": name}
        return self._lookup(name, None)

    def _attribute(self, argument: Any) -> Any:
        if isinstance(argument, str):
            argument = argument.split(".", 1)
        logical_id = argument[0]
        attribute = ".".join(str(self.evaluate(part)) for part in argument[1:])
        if self._lookup is None:
            return {"Fn::GetAtt": [logical_id, attribute]}
        return self._lookup(logical_id, attribute)

    def _function(self, name: str, argument: Any) -> Any:
        if name == "Fn::GetAtt":
            return self._attribute(argument)
        if name == "Fn::If":
            chosen = 1 if self.condition(argument[0]) else 2
            return self.evaluate(argument[chosen])
        if name == "Fn::Sub":
            return self._substitute(argument)
        function = _FUNCTIONS.get(name)
        if function is None:
            raise errors.template_format(f"Template contains unknown function {name}")
        argument = self.evaluate(argument)
        if is_open(argument):
            return {name: argument}
        try:
            return function(self, argument)
        except (IndexError, KeyError, TypeError, ValueError) as error:
            raise errors.validation(
                f"Template error: {name} cannot be evaluated with {json.dumps(argument)}"
            ) from error

    def _substitute(self, argument: Any) -> Any:
        text, variables = argument if isinstance(argument, list) else (argument, {})
        variables = {key: self.evaluate(value) for key, value in variables.items()}
        left: dict[str, Any] = {}

        def replace(match: re.Match[str]) -> str:
            name = match.group(1).strip()
            if name in variables:
                value = variables[name]
                if is_open(value):
                    left[name] = value
                    return match.group(0)
            elif "." in name and name not in self._values:
                value = self._attribute(name)
            else:
                value = self._ref(name)
            if is_open(value):
                open_references.append(name)
                return match.group(0)
            return plain(value)

        open_references: list[str] = []
        result = _VARIABLE.sub(replace, text)
        if left or open_references:
            return {"Fn::Sub": [result, left] if left else result}
        return _LITERAL.sub(r"${\1}", result)

    # The functions proper, each on evaluated arguments.

    def _join(self, argument: Any) -> str:
        separator, items = argument
        return str(separator).join(plain(item) for item in items)

    def _split(self, argument: Any) -> list[str]:
        separator, text = argument
        return str(text).split(separator)

    def _select(self, argument: Any) -> Any:
        index, items = argument
        return items[int(index)]

    def _find_in_map(self, argument: Any) -> Any:
        name, first, second, *rest = argument
        try:
            return self._mappings[name][first][second]
        except KeyError as error:
            if rest and "DefaultValue" in rest[0]:
                return rest[0]["DefaultValue"]
            raise errors.validation(f"Template error: Unable to get mapping for {name}::{first}::{second}") from error

    def _zones(self, argument: Any) -> list[str]:
        region = argument or self._region
        return [f"{region}{letter}" for letter in "abc"]

    def _cidr(self, argument: Any) -> list[str]:
        block, count, *bits = argument
        network = ipaddress.ip_network(block)
        size = network.max_prefixlen - int(bits[0] if bits else 8)
        subnets = network.subnets(new_prefix=size)
        return [str(next(subnets)) for _ in range(int(count))]

    def _import(self, argument: Any) -> str:
        return self._imports(argument)

    def _base64(self, argument: Any) -> str:
        return base64.b64encode(str(argument).encode()).decode()

    def _length(self, argument: Any) -> int:
        return len(argument)

    def _to_json(self, argument: Any) -> str:
        return json.dumps(argument, separators=(",", ":"))

    def _equals(self, argument: Any) -> bool:
        first, second = argument
        return plain(first) == plain(second)

    def _not(self, argument: Any) -> bool:
        return not _truth(argument[0])

    def _and(self, argument: Any) -> bool:
        return all(_truth(item) for item in argument)

    def _or(self, argument: Any) -> bool:
        return any(_truth(item) for item in argument)


_FUNCTIONS: dict[str, Callable[[Evaluator, Any], Any]] = {
    "Fn::And": Evaluator._and,
    "Fn::Base64": Evaluator._base64,
    "Fn::Cidr": Evaluator._cidr,
    "Fn::Equals": Evaluator._equals,
    "Fn::FindInMap": Evaluator._find_in_map,
    "Fn::GetAZs": Evaluator._zones,
    "Fn::ImportValue": Evaluator._import,
    "Fn::Join": Evaluator._join,
    "Fn::Length": Evaluator._length,
    "Fn::Not": Evaluator._not,
    "Fn::Or": Evaluator._or,
    "Fn::Select": Evaluator._select,
    "Fn::Split": Evaluator._split,
    "Fn::ToJsonString": Evaluator._to_json,
}


def plain(value: Any) -> str:
    """A scalar as the service writes it: booleans in lower case, lists by comma."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ",".join(plain(item) for item in value)
    return str(value)


def normal(value: Any) -> Any:
    """A value in the form in which the service compares: every scalar is text."""
    if isinstance(value, dict):
        return {key: normal(item) for key, item in value.items()}
    if isinstance(value, list):
        return [normal(item) for item in value]
    return plain(value)


def _truth(value: Any) -> bool:
    return value if isinstance(value, bool) else plain(value) == "true"
