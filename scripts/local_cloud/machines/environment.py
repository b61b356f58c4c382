"""The cloud's endpoint in /etc/environment, where logins find it; no image may carry it away.

Services have it from systemd's DefaultEnvironment, which the seed lays in /run.
"""

from __future__ import annotations

from pathlib import Path

_BEGIN, _END = "# The cloud's, written at each boot:", "# end of the cloud's"


def write(root: Path, variables: dict[str, str]) -> None:
    """Put them at the end of the file, once."""
    file = root / "etc/environment"
    if file.is_symlink():
        # It may lead out of this root.
        return
    forget(root)
    before = file.read_text() if file.exists() else ""
    if before and not before.endswith("\n"):
        before += "\n"
    lines = [_BEGIN, *(f"{name}={value}" for name, value in variables.items()), _END]
    file.write_text(before + "\n".join([*lines, ""]))


def forget(root: Path) -> None:
    """Take them out of a root file system, or of the written part of one."""
    file = root / "etc/environment"
    if file.is_symlink() or not file.is_file():
        return
    text = file.read_text()
    start, end = text.find(f"{_BEGIN}\n"), text.find(f"{_END}\n")
    if 0 <= start < end:
        file.write_text(text[:start] + text[end + len(_END) + 1 :])
