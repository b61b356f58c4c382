"""A buildspec of version 0.2, as far as builds here follow it (CodeBuild User Guide, "Build specification reference").

`run-as`, `proxy`, `batch`, `reports`, `cache` and the uploading of artifacts are passed over; what is not known at all
is refused, as is version 0.1, which runs every command in a shell of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

DEFAULT = "buildspec.yml"
PHASES = ("install", "pre_build", "build", "post_build")
_PASSED_OVER = {"run-as", "proxy", "batch", "reports", "cache", "artifacts"}
_KNOWN = {"version", "env", "phases"} | _PASSED_OVER
_ENVIRONMENT = {
    "shell",
    "variables",
    "parameter-store",
    "secrets-manager",
    "exported-variables",
    "git-credential-helper",
}
_PHASE = {"run-as", "on-failure", "runtime-versions", "commands", "finally", "steps"}
_SHELLS = {"sh", "bash", "/bin/sh"}


class BuildspecError(ValueError):
    """What CodeBuild answers with YAML_FILE_ERROR."""


@dataclass(frozen=True)
class Phase:
    commands: tuple[str, ...] = ()
    last: tuple[str, ...] = ()
    """Run after the commands even if one of them failed: `finally`."""
    goes_on: bool | None = None
    """What `on-failure` says; None where it says nothing."""
    runtimes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Buildspec:
    shell: str = "sh"
    variables: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    exported: tuple[str, ...] = ()
    phases: dict[str, Phase] = field(default_factory=dict)


def of(given: str, source: Path) -> Buildspec:
    """The buildspec that a project or a build gives: its text, a path in the source, or nothing for the usual path."""
    if "\n" in given or given.startswith("{"):
        return parse(given)
    path = source / (given or DEFAULT)
    if not path.is_file():
        raise BuildspecError("YAML file does not exist")
    return parse(path.read_text())


def parse(text: str) -> Buildspec:
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise BuildspecError(" ".join(str(error).split())) from error
    top = _mapping(content, "the buildspec")
    if str(top.get("version")) != "0.2":
        raise BuildspecError(f"Invalid buildspec version: {top.get('version')}; only 0.2 is known here")
    _only(top, _KNOWN, "the buildspec")
    environment = _mapping(top.get("env") or {}, "env")
    _only(environment, _ENVIRONMENT, "env")
    shell = environment.get("shell", "sh")
    if shell not in _SHELLS:
        raise BuildspecError(f"unknown shell: {shell}")
    phases = _mapping(top.get("phases"), "phases")
    _only(phases, set(PHASES), "phases")
    return Buildspec(
        shell,
        _texts(environment, "variables"),
        _texts(environment, "parameter-store"),
        _texts(environment, "secrets-manager"),
        _list(environment, "exported-variables"),
        {name: _phase(name, _mapping(phase, name)) for name, phase in phases.items()},
    )


def _phase(name: str, phase: dict[str, Any]) -> Phase:
    _only(phase, _PHASE, name)
    wanted = phase.get("on-failure")
    if wanted not in (None, "ABORT", "CONTINUE"):
        raise BuildspecError(f"{name}: on-failure: {wanted} is not known here; expected ABORT or CONTINUE")
    if "commands" not in phase and "finally" not in phase and "runtime-versions" not in phase:
        raise BuildspecError(f"{name}: commands: expected a list")
    return Phase(
        _list(phase, "commands"),
        _list(phase, "finally"),
        None if wanted is None else wanted == "CONTINUE",
        tuple(f"{runtime} {version}" for runtime, version in (phase.get("runtime-versions") or {}).items()),
    )


def _mapping(value: Any, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BuildspecError(f"{what}: expected a mapping")
    return value


def _only(mapping: dict[str, Any], known: set[str], what: str) -> None:
    if unknown := sorted(map(str, set(mapping) - known)):
        raise BuildspecError(f"{what}: unknown key {', '.join(unknown)}")


def _texts(mapping: dict[str, Any], key: str) -> dict[str, str]:
    return {str(name): _text(value) for name, value in _mapping(mapping.get(key) or {}, key).items()}


def _list(mapping: dict[str, Any], key: str) -> tuple[str, ...]:
    values = mapping.get(key) or []
    if not isinstance(values, list) or not all(isinstance(value, str | int | float) for value in values):
        raise BuildspecError(f"{key}: expected a list of texts")
    return tuple(map(_text, values))


def _text(value: Any) -> str:
    # YAML's own spelling of what it took for a truth value.
    return str(value).lower() if isinstance(value, bool) else str(value)
