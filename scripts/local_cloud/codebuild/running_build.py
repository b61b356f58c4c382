"""A build from its first phase to its last, in a thread beside the server."""

from __future__ import annotations

import shutil
import sys
import time
import traceback
from collections.abc import Callable
from functools import partial

from .. import minutes, running
from . import buildspec, environment, processes, sources
from .build import FAILED, SUCCEEDED, Build
from .buildspec import BuildspecError, Phase
from .environment import SecretError
from .log import Log
from .shell import Ended, Shell
from .sources import SourceError


class PhaseFailed(Exception):
    """A phase ended in another way than it should."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


class RunningBuild:
    def __init__(self, build: Build) -> None:
        self._build = build
        self._place = running.cloud().settings.state / "codebuild" / build.uuid
        self._source = self._place / "src"
        self._deadline = time.monotonic() + minutes.scaled(60 * build.project["timeoutInMinutes"])
        self._log: Log | None = None
        self._shell: Shell | None = None
        self._spec = buildspec.Buildspec()
        self._status = SUCCEEDED

    def run(self) -> None:
        build = self._build
        try:
            self._pass_time()
            build.leave(SUCCEEDED)
            self._steps()
        except Ended as end:
            self._end(end.status)
        except Exception as error:  # a defect of this cloud is a fault of the service's
            print(f"codebuild: {build.id} failed", file=sys.stderr)
            traceback.print_exc()
            build.leave("FAULT", "INTERNAL_SERVICE_ERROR", f"{type(error).__name__}: {error}")
            self._status = "FAULT"
        finally:
            # The end of a container is the end of all that ran in it.
            processes.end(build.id, grace=0)
            shutil.rmtree(self._place, ignore_errors=True)
            build.complete(self._status)

    def _steps(self) -> None:
        if (
            self._step("PROVISIONING", self._provision)
            and self._step("DOWNLOAD_SOURCE", self._download)
            and self._phases()
        ):
            self._step("UPLOAD_ARTIFACTS", lambda: None)
        self._step("FINALIZING", lambda: None)

    def _step(self, name: str, deed: Callable[[], None]) -> bool:
        build = self._build
        build.enter(name)
        code = message = ""
        try:
            self._check()
            deed()
        except PhaseFailed as failure:
            code, message = failure.code, failure.message
            self._status = FAILED
        status = FAILED if code else SUCCEEDED
        build.leave(status, code, message)
        if self._log is not None:
            self._log.say(f"Phase complete: {name} State: {status}")
            self._log.say(f"Phase context status code: {code} Message: {message}")
        return not code

    def _provision(self) -> None:
        self._place.mkdir(parents=True)
        self._pass_time()

    def _download(self) -> None:
        build = self._build
        log = self._log = Log(build)
        log.say("Waiting for agent ping")
        log.say("Phase is DOWNLOAD_SOURCE")
        try:
            if build.project["source"]["type"] == "NO_SOURCE":
                self._source.mkdir()
            else:
                location = build.project["source"]["location"]
                build.resolved = sources.check_out(location, build.source_version, self._source)
            log.say(f"CODEBUILD_SRC_DIR={self._source}")
            self._spec = buildspec.of(build.project["source"].get("buildspec") or "", self._source)
            log.say("Processing environment variables")
            variables, secrets = environment.of(build, self._spec, self._source)
        except SourceError as error:
            raise PhaseFailed("CLIENT_ERROR", str(error)) from error
        except BuildspecError as error:
            raise PhaseFailed("YAML_FILE_ERROR", str(error)) from error
        except SecretError as error:
            raise PhaseFailed("CLIENT_ERROR", str(error)) from error
        for secret in filter(None, secrets):
            log.hide(secret)
        self._shell = Shell(build, log, self._place, self._source, self._deadline, self._spec.shell, variables)

    def _phases(self) -> bool:
        """Runs the phases of the buildspec; whether the build goes on to its artifacts."""
        for name in buildspec.PHASES:
            phase = self._spec.phases.get(name, Phase())
            if not self._step(name.upper(), partial(self._phase, name.upper(), phase)):
                self._shell.variables["CODEBUILD_BUILD_SUCCEEDING"] = "0"
                # A build that fails in BUILD goes on to POST_BUILD, one that fails elsewhere does not (AWS CodeBuild
                # User Guide, "Build phase transitions").
                goes_on = name == "build" if phase.goes_on is None else phase.goes_on
                if not goes_on:
                    return False
        self._build.exported = {
            name: self._shell.variables[name] for name in self._spec.exported if name in self._shell.variables
        }
        return True

    def _phase(self, name: str, phase: Phase) -> None:
        self._log.say(f"Entering phase {name}")
        for runtime in phase.runtimes:
            self._log.say(f"Runtime {runtime}: that of this machine is taken")
        try:
            self._commands(phase.commands)
        finally:
            # Not after a stop: there is no container left to run it in, and the check ends it.
            self._commands(phase.last)

    def _commands(self, commands: tuple[str, ...]) -> None:
        for command in commands:
            self._check()
            self._log.say(f"Running command {command.rstrip()}")
            status = self._shell.run(command)
            if status != 0:
                reason = f"exit status {status}"
                self._log.say(f"Command did not exit successfully {command.rstrip()} {reason}")
                message = f"Error while executing command: {command.rstrip()}. Reason: {reason}"
                raise PhaseFailed("COMMAND_EXECUTION_ERROR", message)

    def _check(self) -> None:
        if self._shell is not None:
            self._shell.check()
        elif self._build.told_to_stop.is_set():
            raise Ended("STOPPED")

    def _pass_time(self) -> None:
        if self._build.told_to_stop.wait(running.cloud().settings.pending):
            raise Ended("STOPPED")

    def _end(self, status: str) -> None:
        code, message = ("BUILD_TIMED_OUT", "Build has timed out. ") if status == "TIMED_OUT" else ("", "")
        self._build.leave(status, code, message)
        self._status = status
        if self._log is not None:
            self._log.say(f"Phase complete: {self._build.phases[-1].name} State: {status}")
            self._log.say(f"Phase context status code: {code} Message: {message}")
