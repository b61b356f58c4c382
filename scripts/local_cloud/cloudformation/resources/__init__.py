"""The resource types: a handler each, the rest through moto's own models."""

from __future__ import annotations

from .handler import Handler
from .iam_role import Role
from .instance import Instance
from .key_pair import KeyPair
from .moto_model import MotoModel, moto_knows
from .s3_bucket import Bucket
from .s3_bucket_policy import BucketPolicy
from .security_group import SecurityGroup

_HANDLERS: dict[str, Handler] = {
    "AWS::EC2::Instance": Instance(),
    "AWS::EC2::KeyPair": KeyPair(),
    "AWS::EC2::SecurityGroup": SecurityGroup(),
    "AWS::IAM::Role": Role(),
    "AWS::S3::Bucket": Bucket(),
    "AWS::S3::BucketPolicy": BucketPolicy(),
}


def handler_for(kind: str) -> Handler | None:
    """The handler of a type; None for one that this cloud cannot make."""
    found = _HANDLERS.get(kind)
    if found is None and moto_knows(kind):
        found = _HANDLERS[kind] = MotoModel(kind)
    return found
