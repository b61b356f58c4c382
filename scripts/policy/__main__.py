"""See scripts/policies."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from . import lint, template

POLICIES = Path("tools/ail-stack/policies")
TEMPLATES = Path("tools/ail-stack/templates")


def main() -> int:
    parser = argparse.ArgumentParser(prog="policies", description="Put the policies into the templates.")
    parser.add_argument("--check", action="store_true", help="change nothing: are they in there, and are they sound?")
    check = parser.parse_args().check
    findings = []
    for path in sorted(TEMPLATES.glob("*.yaml")):
        before = path.read_text()
        after = template.renewed(before, POLICIES)
        if check and after != before:
            findings.append(f"{path}: its policies are not those of {POLICIES}; run: scripts/policies")
        elif after != before:
            path.write_text(after)
    for path in sorted(POLICIES.glob("*.json")):
        findings += [f"{path}: {finding}" for finding in lint.findings(path)] if check else []
    print("".join(f"policies: {finding}\n" for finding in findings), end="", file=sys.stderr)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
