"""Turns an instance's user data into the script that its first boot runs.

Understood: a script that begins with `#!`; `#cloud-config` with the keys in CLOUD_CONFIG; both in a MIME multi-part
message; any of these gzipped. As with cloud-init, what is not understood is named in the console and skipped.
"""

from __future__ import annotations

import base64
import email
import gzip
import shlex
from typing import Any

import yaml

CLOUD_CONFIG = ("hostname", "ssh_authorized_keys", "users", "write_files", "package_update", "packages", "runcmd")


def script(data: bytes) -> str | None:
    """The first boot's script; None when there is nothing to run."""
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    text = data.decode(errors="replace")
    if not text.strip():
        return None
    if text.startswith("#!"):
        return text
    return "\n".join(["#!/bin/sh", *_commands(text), ""])


def _commands(text: str) -> list[str]:
    if text.startswith("#cloud-config"):
        return _cloud_config(text)
    if text.lower().startswith(("content-type: multipart/", "mime-version:")):
        commands = []
        for part in email.message_from_string(text).walk():
            if not part.is_multipart():
                content = part.get_payload(decode=True)
                assert isinstance(content, bytes)
                commands += _part(content.decode(errors="replace"))
        return commands
    return [_say("user data is neither a script nor #cloud-config nor multi-part: not run")]


def _part(text: str) -> list[str]:
    if text.startswith("#!"):
        # Each script keeps its own interpreter and its own shell state.
        return [f"part=$(mktemp) && {_write('$part', text.encode(), quoted=False)} && chmod 700 $part && $part"]
    return _commands(text)


def _cloud_config(text: str) -> list[str]:
    try:
        config = yaml.safe_load(text) or {}
    except yaml.YAMLError as error:
        return [_say(f"user data is no valid YAML: {error}")]
    if not isinstance(config, dict):
        return [_say("user data is no YAML mapping")]
    commands = [_say(f"#cloud-config: {key} is not known to this cloud") for key in config if key not in CLOUD_CONFIG]
    if "hostname" in config:
        commands.append(f"hostnamectl set-hostname {shlex.quote(str(config['hostname']))}")
    for key in config.get("ssh_authorized_keys") or []:
        commands.append(_authorize("admin", key))
    for user in config.get("users") or []:
        commands += _user(user)
    for file in config.get("write_files") or []:
        commands += _file(file)
    if config.get("package_update") or config.get("packages"):
        commands.append("apt-get update")
    if config.get("packages"):
        names = " ".join(shlex.quote(str(name)) for name in config["packages"])
        commands.append(f"DEBIAN_FRONTEND=noninteractive apt-get install -y {names}")
    for command in config.get("runcmd") or []:
        # cloud-init's rule: a list is an argument vector, a string is for the shell.
        commands.append(shlex.join(map(str, command)) if isinstance(command, list) else str(command))
    return commands


def _user(user: Any) -> list[str]:
    if user == "default":
        return []
    if not isinstance(user, dict) or "name" not in user:
        return [_say("#cloud-config: a user without a name is skipped")]
    name = shlex.quote(str(user["name"]))
    shell = shlex.quote(str(user.get("shell", "/bin/sh")))
    commands = [f"id {name} >/dev/null 2>&1 || useradd --create-home --shell {shell} {name}"]
    groups = user.get("groups") or []
    for group in groups.split(",") if isinstance(groups, str) else groups:
        quoted = shlex.quote(str(group).strip())
        commands.append(f"getent group {quoted} >/dev/null || groupadd {quoted}; usermod -aG {quoted} {name}")
    for rule in [user["sudo"]] if isinstance(user.get("sudo"), str) else user.get("sudo") or []:
        line = f"{user['name']} {rule}\n"
        commands.append(_write(f"/etc/sudoers.d/90-cloud-init-{user['name']}", line.encode()))
    commands += [_authorize(str(user["name"]), key) for key in user.get("ssh_authorized_keys") or []]
    return commands


def _file(file: Any) -> list[str]:
    content = file.get("content", "")
    data = content if isinstance(content, bytes) else str(content).encode()
    if file.get("encoding") in ("b64", "base64"):
        data = base64.b64decode(data)
    path = shlex.quote(str(file["path"]))
    commands = [f"mkdir -p $(dirname {path})", _write(str(file["path"]), data)]
    if "permissions" in file:
        commands.append(f"chmod {shlex.quote(str(file['permissions']))} {path}")
    if "owner" in file:
        commands.append(f"chown {shlex.quote(str(file['owner']))} {path}")
    return commands


def _authorize(user: str, key: str) -> str:
    name = shlex.quote(user)
    return (
        f"home=$(getent passwd {name} | cut -d: -f6) && install -d -m 700 -o {name} $home/.ssh && "
        f"echo {shlex.quote(key)} >>$home/.ssh/authorized_keys && chown {name} $home/.ssh/authorized_keys && "
        "chmod 600 $home/.ssh/authorized_keys"
    )


def _write(path: str, data: bytes, quoted: bool = True) -> str:
    return f"echo {base64.b64encode(data).decode()} | base64 -d >{shlex.quote(path) if quoted else path}"


def _say(text: str) -> str:
    return f"echo {shlex.quote('cloud-init: ' + text)}"
