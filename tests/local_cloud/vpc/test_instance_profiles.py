"""Instance profiles: known after a while, handed to each instance, and its credentials in the metadata service."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from local_cloud.ec2 import public_images
from networks import TRUST, Network, eventually, refused

UNKNOWN = "Value ({}) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name"


@pytest.fixture
def profile(iam: Any) -> Iterator[str]:
    name = f"profile-{time.monotonic_ns()}"
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)
    iam.create_instance_profile(InstanceProfileName=name)
    iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=name)
    yield name
    iam.remove_role_from_instance_profile(InstanceProfileName=name, RoleName=name)
    iam.delete_instance_profile(InstanceProfileName=name)
    iam.delete_role(RoleName=name)


def arguments(profile: dict[str, str]) -> dict[str, Any]:
    return {
        "ImageId": public_images.ID,
        "InstanceType": "t3.micro",
        "MinCount": 1,
        "MaxCount": 1,
        "IamInstanceProfile": profile,
    }


def test_an_unknown_profile_and_a_new_one_are_answered_alike(ec2: Any, profile: str) -> None:
    # The new one first: it does not stay new.
    for name in (profile, "nobody"):
        assert refused(ec2.run_instances, DryRun=True, **arguments({"Name": name})) == (
            "InvalidParameterValue",
            UNKNOWN.format(name),
        )
    arn = "arn:aws:iam::123456789012:instance-profile/nobody"
    assert refused(ec2.run_instances, DryRun=True, **arguments({"Arn": arn})) == (
        "InvalidParameterValue",
        f"Value ({arn}) for parameter iamInstanceProfile.arn is invalid. Invalid IAM Instance Profile ARN",
    )
    eventually(lambda: refused(ec2.run_instances, DryRun=True, **arguments({"Name": profile}))[0] == "DryRunOperation")


def test_a_profile_without_a_role_is_refused(ec2: Any, iam: Any) -> None:
    arn = iam.create_instance_profile(InstanceProfileName="bare")["InstanceProfile"]["Arn"]
    expected = ("InvalidParameterValue", f'IAM Instance Profile "{arn}" has no associated IAM Roles')
    eventually(lambda: refused(ec2.run_instances, DryRun=True, **arguments({"Name": "bare"})) == expected)
    iam.delete_instance_profile(InstanceProfileName="bare")


def test_the_instance_calls_the_api_as_its_role(ec2: Any, network: Network, profile: str) -> None:
    wanted = {"Name": profile}
    eventually(lambda: refused(ec2.run_instances, DryRun=True, **arguments(wanted))[0] == "DryRunOperation")
    association = ec2.associate_iam_instance_profile(InstanceId=network.worker, IamInstanceProfile=wanted)
    made = association["IamInstanceProfileAssociation"]["AssociationId"]
    assert refused(ec2.associate_iam_instance_profile, InstanceId=network.worker, IamInstanceProfile=wanted) == (
        "IncorrectState",
        f"There is an existing association for instance {network.worker}",
    )
    credentials = json.loads(network.on_worker(metadata(f"iam/security-credentials/{profile}")))
    assert credentials["Code"] == "Success"
    identity = network.on_worker(
        "curl --silent --aws-sigv4 aws:amz:$AWS_REGION:sts "
        f"--user {credentials['AccessKeyId']}:{credentials['SecretAccessKey']} "
        f"--header 'X-Amz-Security-Token: {credentials['Token']}' "
        "--data 'Action=GetCallerIdentity&Version=2011-06-15' $AWS_ENDPOINT_URL"
    )
    assert f"assumed-role/{profile}/{network.worker}" in identity
    replaced = ec2.replace_iam_instance_profile_association(AssociationId=made, IamInstanceProfile=wanted)
    now = replaced["IamInstanceProfileAssociation"]["AssociationId"]
    assert refused(ec2.disassociate_iam_instance_profile, AssociationId=made)[0] == "InvalidAssociationID.NotFound"
    here = [{"Name": "instance-id", "Values": [network.worker]}]
    found = ec2.describe_iam_instance_profile_associations(Filters=here)["IamInstanceProfileAssociations"]
    assert [each["AssociationId"] for each in found] == [now]
    ec2.disassociate_iam_instance_profile(AssociationId=now)
    assert "404" in network.on_worker(metadata("iam/info", "--fail --show-error 2>&1"))


def test_services_and_logins_know_the_endpoint(network: Network) -> None:
    wanted = ["AWS_DEFAULT_REGION=eu-central-1", "AWS_ENDPOINT_URL=http://169.254.10.2", "AWS_REGION=eu-central-1"]
    assert network.on_worker("env | grep ^AWS_ | sort").splitlines() == wanted
    assert network.on_worker("sudo systemctl show-environment | grep ^AWS_ | sort").splitlines() == wanted
    inside_a_service = "sudo systemd-run --quiet --pipe env | grep ^AWS_ | sort"
    assert network.on_worker(inside_a_service).splitlines() == wanted


def metadata(path: str, options: str = "") -> str:
    token = (
        "curl --silent --request PUT --header 'X-aws-ec2-metadata-token-ttl-seconds: 60' "
        "http://169.254.169.254/latest/api/token"
    )
    header = f'--header "X-aws-ec2-metadata-token: $({token})"'
    return f"curl --silent {header} http://169.254.169.254/latest/meta-data/{path} {options}"
