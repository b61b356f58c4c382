"""The resource types: a handler each, the rest through moto's own models."""

from __future__ import annotations

from .address import Address, AddressAssociation
from .alarm import Alarm, ScalingPolicy
from .build_project import Project
from .cloudfront import Distribution, OriginAccessControl
from .handler import Handler
from .iam_role import Role
from .instance import Instance
from .key_pair import KeyPair
from .log_group import LogGroup
from .moto_model import MotoModel, moto_knows
from .queue import Queue, QueuePolicy
from .s3_bucket import Bucket
from .s3_bucket_policy import BucketPolicy
from .security_group import SecurityGroup
from .waf import IPSet, WebACL
from .wait_handle import WaitHandle

_HANDLERS: dict[str, Handler] = {
    "AWS::AutoScaling::ScalingPolicy": ScalingPolicy(),
    "AWS::CloudFormation::WaitConditionHandle": WaitHandle(),
    "AWS::CloudFront::Distribution": Distribution(),
    "AWS::CloudFront::OriginAccessControl": OriginAccessControl(),
    "AWS::CloudWatch::Alarm": Alarm(),
    "AWS::CodeBuild::Project": Project(),
    "AWS::EC2::EIP": Address(),
    "AWS::EC2::EIPAssociation": AddressAssociation(),
    "AWS::EC2::Instance": Instance(),
    "AWS::EC2::KeyPair": KeyPair(),
    "AWS::EC2::SecurityGroup": SecurityGroup(),
    "AWS::IAM::Role": Role(),
    "AWS::Logs::LogGroup": LogGroup(),
    "AWS::S3::Bucket": Bucket(),
    "AWS::S3::BucketPolicy": BucketPolicy(),
    "AWS::SQS::Queue": Queue(),
    "AWS::SQS::QueuePolicy": QueuePolicy(),
    "AWS::WAFv2::IPSet": IPSet(),
    "AWS::WAFv2::WebACL": WebACL(),
}


def handler_for(kind: str) -> Handler | None:
    """The handler of a type; None for one that this cloud cannot make."""
    found = _HANDLERS.get(kind)
    if found is None and moto_knows(kind):
        found = _HANDLERS[kind] = MotoModel(kind)
    return found
