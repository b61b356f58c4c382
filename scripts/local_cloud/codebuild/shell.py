"""The shell of a build: each command in a process group of its own, all of them in one environment and directory."""

from __future__ import annotations

import os
import shlex
import subprocess
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from . import processes
from .build import STOPPED, TIMED_OUT, Build
from .log import Log

# Those of the shell itself.
_FLEETING = ("_", "SHLVL", "OLDPWD")


class Ended(Exception):
    """The build was stopped, or its time is over, before the command ended."""

    def __init__(self, status: str) -> None:
        super().__init__(status)
        self.status = status


@dataclass
class Shell:
    build: Build
    log: Log
    place: Path
    """A directory for what passes from command to command."""
    directory: Path
    deadline: float
    """On the monotonic clock."""
    program: str = "sh"
    variables: dict[str, str] = field(default_factory=dict)

    def run(self, command: str) -> int:
        """Runs a command to its end, its output to the log; its status as a shell counts it."""
        environment, directory = self.place / "environment", self.place / "directory"
        # What a command sets, exported or not, and where it goes hold for the next one (the guide: "version 0.2 runs
        # all build commands in the same instance of the default shell"), whatever the command ends with.
        script = (
            f"trap 'set -- $?; /usr/bin/env -0 >{shlex.quote(str(environment))}; pwd >{shlex.quote(str(directory))}; "
            f"exit $1' EXIT\nset -a\n{command}\n"
        )
        process = subprocess.Popen(
            [self.program, "-c", script],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=self.directory,
            env=self.variables,
            start_new_session=True,
        )
        reader = threading.Thread(target=self._read, args=(process,), daemon=True)
        reader.start()
        try:
            self._wait(process)
        except Ended:
            processes.end(self.build.id)
            process.wait()
            raise
        finally:
            # A process that a command left behind may hold the output open.
            reader.join(timeout=5)
        self._keep(environment, directory)
        status = process.returncode
        return status if status >= 0 else 128 - status

    def _read(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            self.log.line(line.decode(errors="replace").rstrip("\r\n"))

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        while process.poll() is None:
            self.check()
            if self.build.told_to_stop.wait(0.05):
                raise Ended(STOPPED)

    def check(self) -> None:
        if self.build.told_to_stop.is_set():
            raise Ended(STOPPED)
        if time.monotonic() >= self.deadline:
            raise Ended(TIMED_OUT)

    def _keep(self, environment: Path, directory: Path) -> None:
        # A command that replaced the shell's trap, or killed it, leaves both as they were.
        if environment.exists():
            pairs = (pair.split("=", 1) for pair in environment.read_text(errors="replace").split("\0") if "=" in pair)
            self.variables = {name: value for name, value in pairs if name not in _FLEETING}
            environment.unlink()
        if directory.exists():
            went = Path(directory.read_text().rstrip("\n"))
            self.directory = went if went.is_dir() else self.directory
            directory.unlink()


def host_environment() -> dict[str, str]:
    """That of whoever started the cloud, with compilers and caches where they are, but without settings of these tools
    and of AWS: those a build gets from its project."""
    own = ("AIL_", "AWS_", "MOTO_", "PYTHON", "GIT_", "CODEBUILD_")
    return {name: value for name, value in os.environ.items() if not name.startswith(own)}
