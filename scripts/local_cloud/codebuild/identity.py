"""Who a build is: the project's service role, assumed by CodeBuild."""

from __future__ import annotations

from typing import Any

import boto3
from botocore.config import Config
from moto.iam.models import iam_backends
from moto.sts.models import sts_backends

from .. import running
from .build import Build

# Longer than the longest build (AWS CodeBuild quotas: 36 hours); the real one renews its credentials.
_SECONDS = 36 * 3600


def role_of(account: str, arn: str) -> Any | None:
    """The role, if there is one that CodeBuild may assume."""
    for role in iam_backends[account]["aws"].roles.values():
        if role.arn == arn and "codebuild.amazonaws.com" in str(role.assume_role_policy_document):
            return role
    return None


def variables(build: Build) -> dict[str, str]:
    """The role's credentials, and the way to this cloud."""
    held = sts_backends[build.account]["aws"].assume_role(
        region_name=build.region,
        role_session_name=f"AWSCodeBuild-{build.uuid}",
        role_arn=build.project["serviceRole"],
        policy="",
        duration=_SECONDS,
        external_id="",
    )
    return {
        "AWS_ACCESS_KEY_ID": held.access_key_id,
        "AWS_SECRET_ACCESS_KEY": held.secret_access_key,
        "AWS_SESSION_TOKEN": held.session_token,
        "AWS_REGION": build.region,
        "AWS_DEFAULT_REGION": build.region,
        "AWS_ENDPOINT_URL": _endpoint(),
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def client(service: str, variables: dict[str, str]) -> Any:
    """A client of this cloud with those credentials: what the role may not read, the build does not get."""
    return boto3.Session(
        aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=variables["AWS_SESSION_TOKEN"],
        region_name=variables["AWS_REGION"],
    ).client(service, endpoint_url=_endpoint(), config=Config(retries={"total_max_attempts": 2}, proxies={}))


def _endpoint() -> str:
    return f"http://127.0.0.1:{running.cloud().port}"
