"""What became of each attack, in a hundred columns."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .tools import Finding, Sweep

WIDTH = 100
HEAD = ("ATTACK", "FOUND AS", "SEVERITY", "FOUND", "MENDED")


@dataclass(frozen=True)
class Score:
    attack: str
    found_as: str
    severity: str
    found: float | None
    """Seconds after the attack; None for what was not found."""
    mended: float | None

    def cells(self) -> tuple[str, ...]:
        found = "not found" if self.found is None else f"{self.found:.1f} s"
        mended = "still there" if self.mended is None else f"{self.mended:.1f} s"
        return self.attack, self.found_as, self.severity, found, mended


def words(finding: Finding) -> str:
    return " ".join(finding[member] for member in ("finding", "resource", "attribute") if finding[member])


def stranger(finding: Finding) -> str:
    """What nobody planned, where it is a thing of its own."""
    if finding["finding"] != "extra" or finding["attribute"]:
        return ""
    kind = (finding["found"] or {}).get("kind", finding["kind"])
    return f": {kind} {finding['id']}"


def scores(envelope: dict[str, Any], before: Sweep, after: Sweep, repaired: dict[str, float]) -> list[Score]:
    def of(entry: dict[str, Any]) -> Score:
        tool, expected = entry["tool"], entry["finding"]
        done = datetime.fromisoformat(entry["ended"]).timestamp()
        match = next((one for one in before.findings[tool] if words(one) == expected), None)
        left = any(words(one) == expected for one in after.findings[tool])
        return Score(
            attack=entry["name"],
            found_as=expected,
            severity=match["severity"] if match else "",
            found=before.at[tool] - done if match else None,
            mended=None if left else repaired[tool] - done,
        )

    return [of(entry) for entry in envelope["attacks"]]


def table(rows: Iterable[tuple[str, ...]]) -> list[str]:
    lines = [HEAD, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEAD))]
    # What is longest gives way.
    widths[1] -= max(0, sum(widths) + 2 * (len(HEAD) - 1) - WIDTH)

    def cut(text: str, width: int) -> str:
        return text if len(text) <= width else text[: width - 1] + "…"

    def line_of(cells: tuple[str, ...]) -> str:
        texts = [cut(text, width) for text, width in zip(cells, widths, strict=True)]
        left = [text.ljust(width) for text, width in zip(texts[:3], widths[:3], strict=True)]
        right = [text.rjust(width) for text, width in zip(texts[3:], widths[3:], strict=True)]
        return "  ".join(left + right).rstrip()

    return [line_of(line) for line in lines]
