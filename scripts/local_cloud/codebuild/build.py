"""A build and its phases, as BatchGetBuilds tells of them."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

IN_PROGRESS = "IN_PROGRESS"
SUCCEEDED = "SUCCEEDED"
FAILED = "FAILED"
STOPPED = "STOPPED"
TIMED_OUT = "TIMED_OUT"


@dataclass
class PhaseOfBuild:
    name: str
    started: datetime
    ended: datetime | None = None
    status: str | None = None
    contexts: list[dict[str, str]] = field(default_factory=list)

    def described(self) -> dict[str, Any]:
        told: dict[str, Any] = {"phaseType": self.name, "startTime": self.started}
        if self.ended is not None:
            told |= {
                "phaseStatus": self.status,
                "endTime": self.ended,
                "durationInSeconds": int((self.ended - self.started).total_seconds()),
                "contexts": self.contexts or [{"statusCode": "", "message": ""}],
            }
        return told


@dataclass
class Build:
    """What was asked for at its start, and what became of it."""

    project: dict[str, Any]
    """The project with the overrides of this build."""
    account: str
    region: str
    id: str
    number: int
    source_version: str
    initiator: str
    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    ended: datetime | None = None
    status: str = IN_PROGRESS
    resolved: str | None = None
    """The commit that is built."""
    stream: str | None = None
    """The log's stream, from the moment on in which there is one."""
    phases: list[PhaseOfBuild] = field(default_factory=list)
    exported: dict[str, str] = field(default_factory=dict)
    told_to_stop: threading.Event = field(default_factory=threading.Event)

    @property
    def arn(self) -> str:
        return f"arn:aws:codebuild:{self.region}:{self.account}:build/{self.id}"

    @property
    def uuid(self) -> str:
        return self.id.rpartition(":")[2]

    @property
    def log_group(self) -> str:
        return self._logs.get("groupName") or f"/aws/codebuild/{self.project['name']}"

    @property
    def log_stream(self) -> str:
        prefix = self._logs.get("streamName")
        return f"{prefix}/{self.uuid}" if prefix else self.uuid

    @property
    def _logs(self) -> dict[str, Any]:
        return (self.project.get("logsConfig") or {}).get("cloudWatchLogs") or {}

    def enter(self, name: str) -> PhaseOfBuild:
        phase = PhaseOfBuild(name, datetime.now(UTC))
        self.phases.append(phase)
        return phase

    def leave(self, status: str, code: str = "", message: str = "") -> None:
        """Ends the phase it is in."""
        phase = self.phases[-1]
        phase.ended, phase.status = datetime.now(UTC), status
        phase.contexts = [{"statusCode": code, "message": message}]

    def complete(self, status: str) -> None:
        self.enter("COMPLETED")
        self.ended, self.status = datetime.now(UTC), status

    def described(self) -> dict[str, Any]:
        project = self.project
        logs = {"cloudWatchLogs": {"status": "ENABLED", **self._logs}, "s3Logs": {"status": "DISABLED"}}
        if self.stream is not None:
            logs |= {"groupName": self.log_group, "streamName": self.stream}
        told = {
            "id": self.id,
            "arn": self.arn,
            "buildNumber": self.number,
            "startTime": self.started,
            "currentPhase": self.phases[-1].name,
            "buildStatus": self.status,
            "sourceVersion": self.source_version or None,
            "resolvedSourceVersion": self.resolved,
            "projectName": project["name"],
            "phases": [phase.described() for phase in self.phases],
            "source": project["source"],
            "artifacts": {"location": "", **project["artifacts"]},
            "cache": project["cache"],
            "environment": project["environment"],
            "serviceRole": project["serviceRole"],
            "logs": logs,
            "timeoutInMinutes": project["timeoutInMinutes"],
            "queuedTimeoutInMinutes": project["queuedTimeoutInMinutes"],
            "buildComplete": self.ended is not None,
            "endTime": self.ended,
            "initiator": self.initiator,
            "encryptionKey": project["encryptionKey"],
            "exportedEnvironmentVariables": [{"name": name, "value": value} for name, value in self.exported.items()],
        }
        return {key: value for key, value in told.items() if value is not None}
