"""Read a bill of materials with the CycloneDX and package URL libraries of others.

    python bill.py FILE

It runs in the environment of scripts/requirements-checkov.txt, which has both. Prints what is wrong and exits 1, or a
line a package, as `deb NAME VERSION ARCHITECTURE` and `pypi NAME VERSION`, and exits 0.
"""

from __future__ import annotations

import json
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL
from packaging.utils import canonicalize_name


def faults(text: str) -> Iterator[str]:
    error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    if error is not None:
        yield f"not by the schema: {error.data.message}"
        return
    bill = json.loads(text)
    if uuid.UUID(bill["serialNumber"]).version != 5:
        yield f"serial number: {bill['serialNumber']}"
    references = [component["bom-ref"] for component in [bill["metadata"]["component"], *bill["components"]]]
    if len(set(references)) != len(references):
        yield "a reference is given twice"
    packages = [component for component in bill["components"] if "purl" in component]
    purls = [package["purl"] for package in packages]
    if purls != sorted(set(purls)):
        yield "not in the order of their package URLs"
    for package in packages:
        yield from (f"{package['purl']}: {fault}" for fault in faults_of(package))


def faults_of(package: dict[str, Any]) -> Iterator[str]:
    purl = PackageURL.from_string(package["purl"])
    if purl.to_string() != package["purl"]:
        yield f"canonical is {purl.to_string()}"
    if purl.version != package["version"]:
        yield f"version {package['version']}"
    name = canonicalize_name(package["name"]) if purl.type == "pypi" else package["name"]
    if purl.name != name:
        yield f"name {package['name']}"
    for ancestor in package.get("pedigree", {}).get("ancestors", []):
        source = PackageURL.from_string(ancestor["purl"])
        wanted = ancestor["name"], ancestor["version"], "source"
        if (source.name, source.version, source.qualifiers["arch"]) != wanted:
            yield f"source {ancestor}"


def main(file: Path) -> int:
    text = file.read_text(encoding="utf-8")
    found = list(faults(text))
    if found:
        print(*found, sep="\n")
        return 1
    for component in json.loads(text)["components"]:
        if "purl" in component:
            purl = PackageURL.from_string(component["purl"])
            print(purl.type, purl.name, purl.version, *filter(None, [purl.qualifiers.get("arch")]))
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
