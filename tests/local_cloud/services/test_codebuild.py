"""Builds run their buildspec, phase by phase, and tell of it as AWS does."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from building import URL, Project, context, phases
from local_cloud.codebuild import buildspec
from services import REPOSITORY, eventually, refused, serve

ALL = [
    "SUBMITTED",
    "QUEUED",
    "PROVISIONING",
    "DOWNLOAD_SOURCE",
    "INSTALL",
    "PRE_BUILD",
    "BUILD",
    "POST_BUILD",
    "UPLOAD_ARTIFACTS",
    "FINALIZING",
    "COMPLETED",
]


@pytest.fixture(scope="module")
def running_cloud(tmp_path_factory):
    yield from serve(tmp_path_factory.mktemp("builds"), AIL_CLOUD_PENDING="0.05")


@pytest.fixture
def project(cloud, tmp_path):
    return Project(cloud, tmp_path)


def test_a_build_runs_all_its_phases_in_one_shell(project):
    commit = project.commit("""
        version: 0.2
        env:
          shell: bash
          variables: {COLOUR: red, SIZE: small}
          exported-variables: [RESULT]
        phases:
          install:
            commands:
              - mkdir deep && cd deep
              - plain='set without export'
          pre_build:
            commands: ['echo "$plain in ${PWD##*/}"']
          build:
            commands:
              - |
                echo one
                echo two >&2
              - export RESULT=$COLOUR-$SIZE-$SHAPE
          post_build:
            commands: ['echo "succeeding: $CODEBUILD_BUILD_SUCCEEDING"']
        """)
    variables = [{"name": "SIZE", "value": "large"}, {"name": "SHAPE", "value": "round", "type": "PLAINTEXT"}]
    build = project.built(environmentVariablesOverride=variables, sourceVersion="refs/heads/main")
    assert build["buildStatus"] == "SUCCEEDED"
    assert list(phases(build)) == ALL
    assert {status for name, status in phases(build).items() if name != "COMPLETED"} == {"SUCCEEDED"}
    assert project.log(build) == ["set without export in deep", "one", "two", "succeeding: 1"]
    assert build["exportedEnvironmentVariables"] == [{"name": "RESULT", "value": "red-large-round"}]
    assert build["resolvedSourceVersion"] == commit
    assert build["buildNumber"] == 1
    assert build["logs"]["groupName"] == "/aws/codebuild/release"
    assert build["startTime"] <= build["phases"][0]["startTime"] <= build["endTime"]


def test_a_command_that_fails_ends_its_phase_and_finally_runs(project):
    project.commit("""
        version: 0.2
        phases:
          build:
            commands: ['echo before', '(exit 7)', 'echo never']
            finally: ['echo in any case']
          post_build:
            commands: ['echo "succeeding: $CODEBUILD_BUILD_SUCCEEDING"']
        """)
    build = project.built()
    assert build["buildStatus"] == "FAILED"
    assert phases(build)["BUILD"] == "FAILED"
    assert context(build, "BUILD") == (
        "COMMAND_EXECUTION_ERROR",
        "Error while executing command: (exit 7). Reason: exit status 7",
    )
    assert project.log(build) == ["before", "in any case", "succeeding: 0"]
    assert any(line.endswith(" Phase complete: BUILD State: FAILED") for line in project.whole_log(build))


def test_what_follows_a_failed_phase(project):
    spec = "version: 0.2\nphases: {{install: {{commands: ['false']{0}}}, build: {{commands: [echo built]}}}}\n"
    for more, log in (("", []), (", on-failure: ABORT", []), (", on-failure: CONTINUE", ["built"])):
        build = project.built(buildspecOverride=spec.format(more), sourceVersion=project.commit(more))
        assert (build["buildStatus"], phases(build)["INSTALL"]) == ("FAILED", "FAILED")
        assert project.log(build) == log
        assert list(phases(build))[-2:] == ["FINALIZING", "COMPLETED"]


def test_a_source_and_a_buildspec_that_are_not_there(project):
    project.commit("version: 0.1")
    build = project.built(sourceVersion="refs/tags/none")
    assert (build["buildStatus"], phases(build)["DOWNLOAD_SOURCE"]) == ("FAILED", "FAILED")
    assert context(build, "DOWNLOAD_SOURCE") == (
        "CLIENT_ERROR",
        "reference not found for primary source and source version refs/tags/none",
    )
    assert context(project.built(buildspecOverride="none.yml"), "DOWNLOAD_SOURCE") == (
        "YAML_FILE_ERROR",
        "YAML file does not exist",
    )
    code, message = context(project.built(), "DOWNLOAD_SOURCE")
    assert (code, message) == ("YAML_FILE_ERROR", "Invalid buildspec version: 0.1; only 0.2 is known here")


def test_branches_tags_and_commits(project):
    spec = "version: 0.2\nphases: {build: {commands: ['cat word']}}\n"
    for branch, word in (("main", "one"), ("other", "two")):
        project.git("checkout", "--quiet", "-B", branch)
        (project.directory / "word").write_text(f"{word}\n")
        project.commit(spec)
    project.git("tag", "v1", "main")
    commit = project.git("rev-parse", "main")
    for version, word in (("main", "one"), ("refs/heads/other", "two"), ("refs/tags/v1", "one"), (commit, "one")):
        assert project.log(project.built(sourceVersion=version)) == [word]


def test_a_stopped_build_ends_with_all_its_processes(project, tmp_path):
    trace = tmp_path / "trace"
    project.commit(f"""
        version: 0.2
        phases:
          build:
            commands: ['setsid sh -c "echo \\$\\$ >{trace}; sleep 300"']
            finally: ['echo never']
        """)
    build = project.start()
    pid = eventually(lambda: trace.exists() and trace.read_text().strip())
    assert project.look(build)["currentPhase"] == "BUILD"
    assert not project.look(build)["buildComplete"]
    project.codebuild.stop_build(id=build)
    ended = project.end(build)
    assert (ended["buildStatus"], phases(ended)["BUILD"]) == ("STOPPED", "STOPPED")
    assert not runs(pid)
    assert project.log(ended) == []


def runs(pid):
    """Whether it does anything; what nobody has waited for has no command line any more."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes() != b""
    except FileNotFoundError:
        return False


def test_a_build_has_its_time(project):
    project.commit("version: 0.2\nphases: {build: {commands: ['sleep 300']}}\n")
    started = time.monotonic()
    # The cloud's minute is a second here.
    build = project.built(timeoutInMinutesOverride=5)
    assert time.monotonic() - started > 4
    assert (build["buildStatus"], phases(build)["BUILD"]) == ("TIMED_OUT", "TIMED_OUT")
    assert context(build, "BUILD") == ("BUILD_TIMED_OUT", "Build has timed out. ")


def test_secrets_are_read_by_the_role_and_hidden_in_the_log(project, cloud):
    secret = cloud.client("secretsmanager").create_secret(Name="pass", SecretString='{"word": "very secret"}')
    cloud.client("ssm").put_parameter(Name="/place", Value="a known place", Type="String")
    project.commit("""
        version: 0.2
        env:
          parameter-store: {PLACE: /place}
        phases:
          build:
            commands: ['echo "$PLACE $WORD" | tr a-z A-Z', 'echo "it is $WORD"', 'aws sts get-caller-identity']
        """)
    variable = {"name": "WORD", "type": "SECRETS_MANAGER", "value": f"{secret['ARN']}:word"}
    build = project.built(environmentVariablesOverride=[variable])
    lines = project.log(build)
    assert lines[:2] == ["A KNOWN PLACE VERY SECRET", "it is ***"]
    assert any("assumed-role/builder/AWSCodeBuild-" in line for line in lines), lines
    lost = project.built(environmentVariablesOverride=[variable | {"value": "none"}])
    code, message = context(lost, "DOWNLOAD_SOURCE")
    assert code == "CLIENT_ERROR"
    assert message.startswith("Secrets Manager Error Message: ")


def test_a_start_is_made_once(project):
    project.commit("version: 0.2\nphases: {build: {commands: ['true']}}\n")
    first = project.start(idempotencyToken="t")
    assert project.start(idempotencyToken="t") == first
    code, message = refused(project.start, idempotencyToken="t", sourceVersion="main")
    assert (code, "idempotency token" in message) == ("InvalidInputException", True)
    second = project.start()
    assert project.codebuild.list_builds_for_project(projectName="release")["ids"] == [second, first]
    assert project.codebuild.list_builds(sortOrder="ASCENDING")["ids"] == [first, second]
    answer = project.codebuild.batch_get_builds(ids=[first, "release:none"])
    assert [build["id"] for build in answer["builds"]] == [first]
    assert answer["buildsNotFound"] == ["release:none"]
    project.end(first)
    project.end(second)


def test_a_project_takes_no_more_builds_at_once_than_it_says(cloud, tmp_path):
    project = Project(cloud, tmp_path, concurrentBuildLimit=1)
    project.commit("version: 0.2\nphases: {build: {commands: ['sleep 300']}}\n")
    first = project.start(idempotencyToken="t")
    assert refused(project.start) == (
        "AccountLimitExceededException",
        "Cannot have more than 1 builds in progress for the project release",
    )
    assert project.start(idempotencyToken="t") == first
    project.codebuild.stop_build(id=first)
    project.end(first)
    second = project.start()
    project.codebuild.stop_build(id=second)
    project.end(second)


def test_the_buildspecs_of_this_repository_are_understood():
    for path in (REPOSITORY / "scripts" / "buildspec").glob("*.yml"):
        spec = buildspec.parse(path.read_text())
        assert spec.phases["build"].commands, path
        assert spec.shell == "bash", path


def test_what_is_refused(project, cloud):
    assert refused(project.codebuild.start_build, projectName="none") == (
        "ResourceNotFoundException",
        "Project cannot be found: arn:aws:codebuild:eu-central-1:123456789012:project/none",
    )
    assert refused(project.codebuild.stop_build, id="release:none")[0] == "ResourceNotFoundException"
    assert refused(project.codebuild.batch_get_builds, ids=["none"])[0] == "InvalidInputException"
    cloud.client("iam").delete_role(RoleName="builder")
    code, message = refused(project.start)
    assert code == "InvalidInputException"
    assert message.startswith("CodeBuild is not authorized to perform: sts:AssumeRole on service role arn:aws:iam::")


def test_a_project_is_kept_whole_and_changed(project):
    found = project.codebuild.batch_get_projects(names=["release", "none"])
    assert found["projectsNotFound"] == ["none"]
    [made] = found["projects"]
    assert (made["timeoutInMinutes"], made["queuedTimeoutInMinutes"]) == (60, 480)
    project.codebuild.update_project(name="release", timeoutInMinutes=90, source={"type": "GITHUB", "location": URL})
    filters = [[{"type": "EVENT", "pattern": "PUSH"}]]
    project.codebuild.create_webhook(projectName="release", filterGroups=filters)
    [made] = project.codebuild.batch_get_projects(names=["release"])["projects"]
    assert (made["timeoutInMinutes"], made["webhook"]["filterGroups"]) == (90, filters)
    assert refused(project.codebuild.create_webhook, projectName="release")[0] == "ResourceAlreadyExistsException"
    project.codebuild.delete_webhook(projectName="release")
    assert refused(project.codebuild.delete_webhook, projectName="release")[0] == "ResourceNotFoundException"
    project.codebuild.delete_project(name="release")
    assert refused(project.start)[0] == "ResourceNotFoundException"
