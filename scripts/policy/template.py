"""A policy in a CloudFormation template: below a comment that names its file, down to where the indentation ends."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# # policies/release.json: written there, put here by scripts/policies.
_MARK = re.compile(r"^(?P<indent> +)# policies/(?P<name>[\w-]+\.json): .*$")
# The condition that a parameter with an empty default is given.
_IS_GIVEN = re.compile(r'^  (?P<condition>\w+): !Not \[!Equals \[!Ref (?P<parameter>\w+), ""\]\]$', re.MULTILINE)
_VARIABLE = re.compile(r"\$\{([\w.:]+)\}")
# What YAML would read as something else than text: a key or a value that is quoted to be safe.
_PLAIN = re.compile(r"[A-Za-z$][\w:./${}*-]*")


def renewed(text: str, policies: Path) -> str:
    """The template with the policies as they are in their files."""
    given = {found["parameter"]: found["condition"] for found in _IS_GIVEN.finditer(text)}
    lines: list[str] = []
    old = iter(text.splitlines())
    for line in old:
        while (mark := _MARK.match(line)) is not None:
            lines.append(line)
            policy = json.loads((policies / mark["name"]).read_text())
            lines += [mark["indent"] + new for new in _policy(policy, given)]
            # What stood there until now ends where the indentation does.
            gap: list[str] = []
            for line in old:  # noqa: B007 - the line after the loop is the one that ended it
                if line and not line.startswith(mark["indent"]):
                    break
                gap = [] if line else [*gap, line]
            lines += gap
        lines.append(line)
    return "\n".join(lines) + "\n"


def _policy(policy: dict[str, Any], given: dict[str, str]) -> Iterator[str]:
    yield f'Version: "{policy["Version"]}"'
    yield "Statement:"
    for statement in policy["Statement"]:
        named = set(_VARIABLE.findall(json.dumps(statement)))
        conditions = sorted(given[parameter] for parameter in named & set(given))
        if not conditions:
            yield from _indented(_statement(statement), "  - ", "    ")
            continue
        # What is not given cannot be named in a policy either.
        (condition,) = conditions
        yield "  - !If"
        yield f"    - {condition}"
        yield from _indented(_statement(statement), "    - ", "      ")
        yield "    - !Ref AWS::NoValue"


def _statement(statement: dict[str, Any]) -> Iterator[str]:
    for key, value in statement.items():
        if key == "Resource":
            if value == "*":
                yield "# AWS knows no narrower resource for these (Service Authorization Reference)."
            yield from _entry(key, value, _resource)
        elif key == "Condition":
            yield "Condition:"
            for operator, keys in value.items():
                yield f"  {_scalar(operator)}:"
                for name, values in keys.items():
                    yield from (f"    {line}" for line in _entry(name, values, _scalar))
        else:
            yield from _entry(key, value, _scalar)


def _entry(key: str, value: Any, text: Any) -> Iterator[str]:
    if not isinstance(value, list):
        yield f"{_scalar(key)}: {text(value)}"
        return
    yield f"{_scalar(key)}:"
    for item in value:
        yield f"  - {text(item)}"


def _resource(arn: str) -> str:
    whole = _VARIABLE.fullmatch(arn)
    if whole is not None:
        return f"!GetAtt {whole[1]}" if "." in whole[1] else f"!Ref {whole[1]}"
    return f"!Sub {arn}" if _VARIABLE.search(arn) else _scalar(arn)


def _scalar(text: str) -> str:
    return text if _PLAIN.fullmatch(text) and text not in ("Null", "Bool") else json.dumps(text)


def _indented(lines: Iterator[str], first: str, rest: str) -> Iterator[str]:
    for number, line in enumerate(lines):
        yield (rest if number else first) + line
