"""Damage to a fleet, by boto3: each name is one thing that somebody does.

damage.py TEAM REGION NAME...
"""

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import boto3
from botocore.config import Config
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

team, REGION, *names = sys.argv[1:]

session = boto3.Session(region_name=REGION)
patient = Config(retries={"max_attempts": 5})
ec2, iam, scaling, watch, sqs = (
    session.client(name, config=patient) for name in ("ec2", "iam", "autoscaling", "cloudwatch", "sqs")
)

STRANGER = "999988887777"
GROUP, ROLE, PROFILE = f"worker-group-{team}", f"BatchProcessing-{team}", f"BatchProcessing-{team}"
TEMPLATE, ALARM = f"Workers-{team}", f"{GROUP}-many-jobs"
ON = {"AutoScalingGroupName": GROUP}


def workers() -> list[str]:
    group = scaling.describe_auto_scaling_groups(AutoScalingGroupNames=[GROUP])["AutoScalingGroups"][0]
    return [one["InstanceId"] for one in group["Instances"] if one["LifecycleState"] == "InService"]


def image() -> dict[str, object]:
    tags = [{"Name": "tag:gd:team", "Values": [team]}, {"Name": "tag:gd:resource", "Values": ["worker-image"]}]
    return ec2.describe_images(Owners=["self"], Filters=tags)["Images"][0]


def snapshot() -> str:
    return image()["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"]


def version(**data: object) -> str:
    made = ec2.create_launch_template_version(LaunchTemplateName=TEMPLATE, SourceVersion="1", LaunchTemplateData=data)
    return str(made["LaunchTemplateVersion"]["VersionNumber"])


def alarm(name: str, **more: object) -> None:
    wish = {
        "AlarmName": name,
        "Namespace": "AWS/SQS",
        "MetricName": "ApproximateNumberOfMessagesVisible",
        "Statistic": "Average",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 0,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
    }
    watch.put_metric_alarm(**{**wish, **more})


def policy_on_input() -> str:
    url = sqs.get_queue_url(QueueName=f"input-{team}")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    allow = {"Effect": "Allow", "Action": "sqs:*", "Resource": arn}
    return json.dumps({"Version": "2012-10-17", "Statement": [allow]})


def trust(**principal: str) -> str:
    allow = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [allow]})


def set_group(**settings: object) -> None:
    scaling.update_auto_scaling_group(**ON, **settings)


def warm_pool() -> None:
    scaling.put_warm_pool(**ON, MinSize=2, PoolState="Stopped")


def notification() -> None:
    topic = f"arn:aws:sns:{REGION}:{STRANGER}:listen"
    scaling.put_notification_configuration(**ON, TopicARN=topic, NotificationTypes=["autoscaling:EC2_INSTANCE_LAUNCH"])


def hook_told() -> None:
    url = sqs.get_queue_url(QueueName=f"output-{team}")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    scaling.put_lifecycle_hook(
        **ON,
        LifecycleHookName="drain",
        LifecycleTransition="autoscaling:EC2_INSTANCE_TERMINATING",
        NotificationTargetARN=arn,
        RoleARN=f"arn:aws:iam::123456789012:role/{ROLE}",
    )


def policy_changed() -> None:
    scaling.put_scaling_policy(
        **ON, PolicyName=f"{GROUP}-scale-in", AdjustmentType="ExactCapacity", ScalingAdjustment=0, Cooldown=60
    )


def alarm_on_policy() -> None:
    policies = scaling.describe_policies(**ON, PolicyNames=[f"{GROUP}-scale-in"])["ScalingPolicies"]
    alarm(f"panic-{team}", AlarmActions=[policies[0]["PolicyARN"]])


def alarm_on_worker() -> None:
    alarm(
        f"end-{team}",
        Namespace="AWS/EC2",
        MetricName="CPUUtilization",
        Dimensions=[{"Name": "InstanceId", "Value": workers()[0]}],
        AlarmActions=[f"arn:aws:automate:{REGION}:ec2:terminate"],
    )


def alarm_by_hand() -> None:
    watch.set_alarm_state(AlarmName=ALARM, StateValue="ALARM", StateReason="because I can")


def version_added() -> None:
    version(UserData="IyEvYmluL3NoCg==")


def image_shared() -> None:
    """Not with everybody: what is encrypted cannot be public."""
    ec2.modify_image_attribute(ImageId=image()["ImageId"], LaunchPermission={"Add": [{"UserId": STRANGER}]})


def image_deprecated() -> None:
    ec2.enable_image_deprecation(ImageId=image()["ImageId"], DeprecateAt=datetime.now(UTC) + timedelta(days=1))


def image_disabled() -> None:
    ec2.disable_image(ImageId=image()["ImageId"])


def snapshot_shared() -> None:
    ec2.modify_snapshot_attribute(SnapshotId=snapshot(), CreateVolumePermission={"Add": [{"UserId": STRANGER}]})


def image_replaced() -> None:
    """By another machine's, with the name and the tags of the first."""
    it = image()
    debian = ec2.describe_images(Filters=[{"Name": "name", "Values": ["debian-12-amd64-*"]}])["Images"][0]
    run = ec2.run_instances(ImageId=debian["ImageId"], InstanceType="t3.nano", MinCount=1, MaxCount=1)
    machine = run["Instances"][0]["InstanceId"]
    ec2.get_waiter("instance_running").wait(InstanceIds=[machine], WaiterConfig={"Delay": 1})
    ec2.deregister_image(ImageId=it["ImageId"])
    specification = [{"ResourceType": "image", "Tags": it["Tags"]}]
    made = ec2.create_image(InstanceId=machine, Name=it["Name"], TagSpecifications=specification)["ImageId"]
    ec2.get_waiter("image_available").wait(ImageIds=[made], WaiterConfig={"Delay": 1})
    ec2.terminate_instances(InstanceIds=[machine])


def role_long() -> None:
    iam.update_role(RoleName=ROLE, MaxSessionDuration=43200)


def role_lent() -> None:
    """Given to instances by another profile."""
    iam.create_instance_profile(InstanceProfileName=f"other-{team}")
    iam.add_role_to_instance_profile(InstanceProfileName=f"other-{team}", RoleName=ROLE)


def role_replaced() -> None:
    """By another one that is alike, of which somebody may hold a session."""
    role = iam.get_role(RoleName=ROLE)["Role"]
    work = iam.get_role_policy(RoleName=ROLE, PolicyName="work")["PolicyDocument"]
    iam.remove_role_from_instance_profile(InstanceProfileName=PROFILE, RoleName=ROLE)
    iam.delete_role_policy(RoleName=ROLE, PolicyName="work")
    iam.delete_role(RoleName=ROLE)
    iam.create_role(
        RoleName=ROLE,
        AssumeRolePolicyDocument=json.dumps(role["AssumeRolePolicyDocument"]),
        Tags=role["Tags"],
    )
    iam.put_role_policy(RoleName=ROLE, PolicyName="work", PolicyDocument=json.dumps(work))
    iam.add_role_to_instance_profile(InstanceProfileName=PROFILE, RoleName=ROLE)


def worker_opened() -> None:
    """Tells its metadata without a token, and stands in another group."""
    worker, other = (
        workers()[0],
        ec2.describe_security_groups(
            Filters=[{"Name": "group-name", "Values": ["default"]}, {"Name": "vpc-id", "Values": [vpc()]}]
        )["SecurityGroups"][0]["GroupId"],
    )
    ec2.modify_instance_metadata_options(InstanceId=worker, HttpTokens="optional", HttpPutResponseHopLimit=5)
    ec2.modify_instance_attribute(InstanceId=worker, Groups=[other])


def vpc() -> str:
    filters = [{"Name": "group-name", "Values": [f"Workers-{team}"]}]
    return ec2.describe_security_groups(Filters=filters)["SecurityGroups"][0]["VpcId"]


def worker_detached() -> None:
    scaling.detach_instances(**ON, InstanceIds=[workers()[0]], ShouldDecrementDesiredCapacity=False)


def refreshed_to_other() -> None:
    desired = {"LaunchTemplate": {"LaunchTemplateName": TEMPLATE, "Version": version(UserData="IyEvYmluL3NoCg==")}}
    scaling.start_instance_refresh(**ON, DesiredConfiguration=desired, Preferences={"MinHealthyPercentage": 0})


def user_added() -> None:
    iam.create_user(UserName=f"support-{team}")
    iam.put_user_policy(UserName=f"support-{team}", PolicyName="own", PolicyDocument=policy_on_input())
    iam.create_access_key(UserName=f"support-{team}")


def user_harmless() -> None:
    """Who may do nothing to the team."""
    look = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sqs:List*", "Resource": "*"}]}
    iam.create_user(UserName=f"auditor-{team}")
    iam.put_user_policy(UserName=f"auditor-{team}", PolicyName="look", PolicyDocument=json.dumps(look))
    iam.create_access_key(UserName=f"auditor-{team}")


def user_before() -> None:
    iam.create_user(UserName=f"owner-{team}")
    made = iam.create_policy(PolicyName=f"own-{team}", PolicyDocument=policy_on_input())["Policy"]["Arn"]
    iam.attach_user_policy(UserName=f"owner-{team}", PolicyArn=made)


def key_added() -> None:
    iam.create_access_key(UserName=f"owner-{team}")


def role_added(name: str = "support", path: str = "/", **more: object) -> None:
    entry = trust(AWS=f"arn:aws:iam::{STRANGER}:root")
    iam.create_role(RoleName=f"{name}-{team}", Path=path, AssumeRolePolicyDocument=entry, **more)
    iam.put_role_policy(RoleName=f"{name}-{team}", PolicyName="own", PolicyDocument=policy_on_input())


def role_tagged() -> None:
    role_added("decoy", Tags=[{"Key": "gd:team", "Value": team}])


def role_of_sign_on() -> None:
    """As IAM Identity Center makes one of a permission set."""
    role_added("AWSReservedSSO_Admin", "/aws-reserved/sso.amazonaws.com/")


def user_tagged() -> None:
    iam.create_user(UserName=f"decoy-{team}", Tags=[{"Key": "gd:team", "Value": team}])
    iam.put_user_policy(UserName=f"decoy-{team}", PolicyName="own", PolicyDocument=policy_on_input())
    iam.create_access_key(UserName=f"decoy-{team}")


def user_equipped() -> None:
    """The one of the team's tag, with all that a user can come in with."""
    decoy = {"UserName": f"decoy-{team}"}
    iam.create_login_profile(**decoy, Password="Zx81-and-a-Spectrum")
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName=f"decoy-{team}")["VirtualMFADevice"]["SerialNumber"]
    iam.enable_mfa_device(**decoy, SerialNumber=device, AuthenticationCode1="123456", AuthenticationCode2="654321")
    iam.create_service_specific_credential(**decoy, ServiceName="codecommit.amazonaws.com")
    key = rsa.generate_private_key(65537, 2048)
    of_ssh = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    iam.upload_ssh_public_key(**decoy, SSHPublicKeyBody=of_ssh.decode())
    name, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, team)]), datetime.now(UTC)
    wanted = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    lasting = wanted.not_valid_before(now).not_valid_after(now + timedelta(days=1))
    certificate = lasting.sign(key, hashes.SHA256())
    iam.upload_signing_certificate(**decoy, CertificateBody=certificate.public_bytes(Encoding.PEM).decode())
    iam.create_group(GroupName=f"helpers-{team}")
    iam.add_user_to_group(GroupName=f"helpers-{team}", **decoy)


DAMAGE: dict[str, Callable[[], object]] = {
    "group-settings": lambda: set_group(
        DefaultCooldown=3600,
        DefaultInstanceWarmup=7200,
        TerminationPolicies=["NewestInstance"],
        CapacityRebalance=True,
        MaxInstanceLifetime=86400,
        NewInstancesProtectedFromScaleIn=True,
        HealthCheckGracePeriod=7200,
    ),
    "group-mixed": lambda: set_group(
        MixedInstancesPolicy={
            "LaunchTemplate": {
                "LaunchTemplateSpecification": {"LaunchTemplateName": TEMPLATE, "Version": "1"},
                "Overrides": [{"InstanceType": "t3.nano"}],
            }
        }
    ),
    **{
        each.__name__.replace("_", "-"): each
        for each in (
            warm_pool,
            notification,
            hook_told,
            policy_changed,
            alarm_on_policy,
            alarm_on_worker,
            alarm_by_hand,
            version_added,
            image_shared,
            image_deprecated,
            image_disabled,
            snapshot_shared,
            image_replaced,
            role_long,
            role_lent,
            role_replaced,
            worker_opened,
            worker_detached,
            refreshed_to_other,
            user_added,
            user_harmless,
            user_before,
            user_tagged,
            user_equipped,
            key_added,
            role_added,
            role_tagged,
            role_of_sign_on,
        )
    },
}

for name in names:
    DAMAGE[name]()
