"""A project of CodeBuild with a repository, and what its builds are asked."""

from __future__ import annotations

import json
import subprocess
import textwrap
import urllib.request
from pathlib import Path
from typing import Any

from services import Cloud, eventually

URL = "https://github.com/example/appliance"
TRUST = {
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "codebuild.amazonaws.com"}, "Action": "sts:AssumeRole"}]
}


class Project:
    def __init__(self, cloud: Cloud, directory: Path, **settings: Any) -> None:
        self.cloud, self.directory, self.name = cloud, directory, "release"
        self.codebuild, self.logs = cloud.client("codebuild"), cloud.client("logs")
        self.git("init", "--quiet", "--initial-branch=main")
        body = json.dumps({"url": f"{URL}.git", "directory": str(directory)}).encode()
        urllib.request.urlopen(f"{cloud.endpoint}/ail-cloud/sources", body).close()
        role = cloud.client("iam").create_role(RoleName="builder", AssumeRolePolicyDocument=json.dumps(TRUST))
        self.codebuild.create_project(
            **{
                "name": self.name,
                "source": {"type": "GITHUB", "location": URL},
                "artifacts": {"type": "NO_ARTIFACTS"},
                "environment": {
                    "type": "LINUX_CONTAINER",
                    "image": "aws/codebuild/standard:7.0",
                    "computeType": "BUILD_GENERAL1_SMALL",
                },
                "serviceRole": role["Role"]["Arn"],
                **settings,
            }
        )

    def git(self, *arguments: str) -> str:
        identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]
        done = subprocess.run(
            ["git", *identity, *arguments], cwd=self.directory, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    def commit(self, buildspec: str, path: str = "buildspec.yml") -> str:
        (self.directory / path).write_text(textwrap.dedent(buildspec))
        self.git("add", ".")
        self.git("commit", "--quiet", "--allow-empty", "--message", "a buildspec")
        return self.git("rev-parse", "HEAD")

    def start(self, **asked: Any) -> str:
        return self.codebuild.start_build(projectName=self.name, **asked)["build"]["id"]

    def look(self, build: str) -> dict[str, Any]:
        return self.codebuild.batch_get_builds(ids=[build])["builds"][0]

    def end(self, build: str) -> dict[str, Any]:
        eventually(lambda: self.look(build)["buildComplete"], told=lambda: self.look(build))
        return self.look(build)

    def built(self, **asked: Any) -> dict[str, Any]:
        return self.end(self.start(**asked))

    def log(self, build: dict[str, Any]) -> list[str]:
        """What the commands printed, without CodeBuild's own lines."""
        return [line for line in self.whole_log(build) if not line.startswith("[Container] ")]

    def whole_log(self, build: dict[str, Any]) -> list[str]:
        place = {"logGroupName": build["logs"]["groupName"], "logStreamName": build["logs"]["streamName"]}
        events = self.logs.get_log_events(**place, startFromHead=True)["events"]
        return [event["message"].removesuffix("\n") for event in events]


def phases(build: dict[str, Any]) -> dict[str, str]:
    return {phase["phaseType"]: phase.get("phaseStatus", "") for phase in build["phases"]}


def context(build: dict[str, Any], phase: str) -> tuple[str, str]:
    found = next(each for each in build["phases"] if each["phaseType"] == phase)["contexts"][0]
    return found["statusCode"], found["message"]
