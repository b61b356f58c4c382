"""A person at a terminal: SSH with a password, and the change of an expired one."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pexpect

from .deadline import Deadline

# What the programs ask, as PAM, passwd and ssh word it in Debian and Ubuntu.
SSH_ASKS = r"(?i)[\w.-]+@[\w.-]+'s password: $"
CURRENT_ASKS = r"(?i)current (unix )?password: $"
NEW_ASKS = r"(?i)\n\r?(enter )?new (unix )?password: $"
AGAIN_ASKS = r"(?i)re-?type new (unix )?password: $"
EXPIRED = r"(?i)(password has expired|required to change your password)"
UPDATED = r"(?i)updated successfully"
DENIED = r"(?i)permission denied"
# An emulated machine answers a prompt in seconds; past a minute something hangs.
PROMPT_SECONDS = 90


class LoginFailed(Exception):
    """Says at which step, and what was on the screen."""


class CommandFailed(Exception):
    """The exit code and what the command said."""


class Account:
    """A user of a machine at a port of loopback."""

    def __init__(self, user: str, port: int, directory: Path, deadline: Deadline) -> None:
        self.user = user
        self.port = port
        self.deadline = deadline
        self._socket = directory / f"ssh-{port}"
        self._known_hosts = directory / f"known-hosts-{port}"
        self._connection: pexpect.spawn | None = None

    def trust(self, host_keys: list[str]) -> None:
        """These keys and no others are the machine's."""
        self._known_hosts.write_text("".join(f"[127.0.0.1]:{self.port} {key}\n" for key in host_keys))

    def change_expired_password(self, old: str, new: str) -> None:
        """Logs in with the old password, which must be refused for anything but its change."""
        terminal = self._ssh("-tt")
        try:
            self._step(terminal, "the password prompt", [SSH_ASKS], old)
            self._step(terminal, "the demand to change the password", [EXPIRED])
            self._step(terminal, "the question for the current password", [CURRENT_ASKS], old)
            self._step(terminal, "the question for the new password", [NEW_ASKS], new)
            self._step(terminal, "the question for the new password again", [AGAIN_ASKS], new)
            self._step(terminal, "the confirmation of the change", [UPDATED])
            self._step(terminal, "the end of the session", [pexpect.EOF])
        finally:
            terminal.close(force=True)

    def open(self, password: str) -> None:
        """Logs in and keeps the connection for `run`."""
        self._connection = self._ssh("-M", "-N")
        self._step(self._connection, "the password prompt", [SSH_ASKS], password)

        def ready() -> bool | None:
            # A connection that ends says why on the screen.
            if not self._connection.isalive():
                self._step(self._connection, "the login", [])
            command = ["ssh", *self._options(), "-O", "check", "127.0.0.1"]
            return True if subprocess.run(command, capture_output=True).returncode == 0 else None

        self.deadline.poll("the login", ready)

    def run(self, command: str, stdin: str = "") -> str:
        """The output of a command over the open connection; a CommandFailed if it fails."""
        result = subprocess.run(
            ["ssh", *self._options(), f"{self.user}@127.0.0.1", command],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=max(self.deadline.left(), 1),
        )
        if result.returncode:
            words = (result.stderr or result.stdout).strip()
            raise CommandFailed(f"exit code {result.returncode}: {words or 'no words'}")
        return result.stdout

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close(force=True)

    def _ssh(self, *options: str) -> pexpect.spawn:
        arguments = [*self._options(), *options, f"{self.user}@127.0.0.1"]
        return pexpect.spawn("ssh", arguments, encoding="utf-8", codec_errors="replace", echo=False)

    def _options(self) -> list[str]:
        settings = {
            "ControlPath": str(self._socket),
            "GlobalKnownHostsFile": "/dev/null",
            "UserKnownHostsFile": str(self._known_hosts),
            "StrictHostKeyChecking": "yes",
            "PubkeyAuthentication": "no",
            "PreferredAuthentications": "password,keyboard-interactive",
            "NumberOfPasswordPrompts": "1",
            "ConnectTimeout": "60",
            "LogLevel": "ERROR",
        }
        options = ["-F", "/dev/null", "-p", str(self.port)]
        return options + [word for name, value in settings.items() for word in ("-o", f"{name}={value}")]

    def _step(self, terminal: pexpect.spawn, what: str, patterns: list[object], answer: str | None = None) -> None:
        wait = max(min(PROMPT_SECONDS, self.deadline.left()), 1)
        bad = {
            DENIED: "access was denied",
            pexpect.EOF: "the connection ended",
            pexpect.TIMEOUT: f"nothing in {wait:.0f} s",
        }
        reasons = {pattern: reason for pattern, reason in bad.items() if pattern not in patterns}
        found = terminal.expect([*patterns, *reasons], timeout=wait)
        if found >= len(patterns):
            reason = list(reasons.values())[found - len(patterns)]
            raise LoginFailed(f"{what} did not come: {reason}; on the screen: {_screen(terminal)}")
        if answer is not None:
            terminal.sendline(answer)


def _screen(terminal: pexpect.spawn) -> str:
    shown = terminal.before if isinstance(terminal.before, str) else ""
    return " / ".join(line.strip() for line in shown.splitlines() if line.strip())[-400:] or "an empty screen"
