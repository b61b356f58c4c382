"""Whether policies allow an action, to whatever resource and on whatever condition.

An Allow counts even where it is for some resources only, a Deny only where it is for all and without a condition: what
cannot be decided here is let pass.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any


def allow(documents: Iterable[dict[str, Any]], action: str) -> bool:
    concerned = [
        statement
        for document in documents
        for statement in _list(document.get("Statement"))
        if _concerns(statement, action)
    ]
    if any(statement["Effect"] == "Deny" and _always(statement) for statement in concerned):
        return False
    return any(statement["Effect"] == "Allow" for statement in concerned)


def _concerns(statement: dict[str, Any], action: str) -> bool:
    if "NotAction" in statement:
        return not any(_matches(pattern, action) for pattern in _list(statement["NotAction"]))
    return any(_matches(pattern, action) for pattern in _list(statement.get("Action")))


def _always(statement: dict[str, Any]) -> bool:
    return "Condition" not in statement and "*" in _list(statement.get("Resource"))


def _matches(pattern: str, action: str) -> bool:
    """Names of actions do not depend on case (IAM User Guide, "Action")."""
    expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(expression, action, re.IGNORECASE) is not None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
