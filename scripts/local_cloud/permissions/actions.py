"""Which actions of IAM a call takes (Service Authorization Reference)."""

from __future__ import annotations

from ..operation import Operation

# Where the name that a service signs with is not that of its actions.
_PREFIXES = {"email": "ses", "monitoring": "cloudwatch"}
# Allowed to everybody, whatever a policy says (AWS STS API Reference, GetCallerIdentity).
_FREE = ("sts:GetCallerIdentity",)

# Where the action is not called like the operation.
_OTHER = {
    "s3:CompleteMultipartUpload": ("s3:PutObject",),
    "s3:CopyObject": ("s3:GetObject", "s3:PutObject"),
    "s3:CreateMultipartUpload": ("s3:PutObject",),
    "s3:DeleteBucketEncryption": ("s3:PutEncryptionConfiguration",),
    "s3:DeleteBucketLifecycleConfiguration": ("s3:PutLifecycleConfiguration",),
    "s3:DeleteBucketTagging": ("s3:PutBucketTagging",),
    "s3:DeleteObjects": ("s3:DeleteObject",),
    "s3:DeletePublicAccessBlock": ("s3:PutBucketPublicAccessBlock",),
    "s3:GetBucketCors": ("s3:GetBucketCORS",),
    "s3:GetBucketEncryption": ("s3:GetEncryptionConfiguration",),
    "s3:GetBucketLifecycleConfiguration": ("s3:GetLifecycleConfiguration",),
    "s3:GetBucketNotificationConfiguration": ("s3:GetBucketNotification",),
    "s3:GetBucketReplication": ("s3:GetReplicationConfiguration",),
    "s3:GetPublicAccessBlock": ("s3:GetBucketPublicAccessBlock",),
    "s3:HeadBucket": ("s3:ListBucket",),
    "s3:HeadObject": ("s3:GetObject",),
    "s3:ListBuckets": ("s3:ListAllMyBuckets",),
    "s3:ListMultipartUploads": ("s3:ListBucketMultipartUploads",),
    "s3:ListObjectVersions": ("s3:ListBucketVersions",),
    "s3:ListObjects": ("s3:ListBucket",),
    "s3:ListObjectsV2": ("s3:ListBucket",),
    "s3:ListParts": ("s3:ListMultipartUploadParts",),
    "s3:PutBucketCors": ("s3:PutBucketCORS",),
    "s3:PutBucketEncryption": ("s3:PutEncryptionConfiguration",),
    "s3:PutBucketLifecycleConfiguration": ("s3:PutLifecycleConfiguration",),
    "s3:PutBucketNotificationConfiguration": ("s3:PutBucketNotification",),
    "s3:PutBucketReplication": ("s3:PutReplicationConfiguration",),
    "s3:PutPublicAccessBlock": ("s3:PutBucketPublicAccessBlock",),
    "s3:UploadPart": ("s3:PutObject",),
    "s3:UploadPartCopy": ("s3:GetObject", "s3:PutObject"),
    "sqs:ChangeMessageVisibilityBatch": ("sqs:ChangeMessageVisibility",),
    "sqs:DeleteMessageBatch": ("sqs:DeleteMessage",),
    "sqs:SendMessageBatch": ("sqs:SendMessage",),
}
# What a parameter, or a header of S3, takes beyond the operation itself, by the beginning of its name.
_BY_PARAMETER = {
    "cloudformation": {"RoleARN": "iam:PassRole"},
    "ec2": {"IamInstanceProfile.": "iam:PassRole", "RoleName": "iam:PassRole", "TagSpecification.": "ec2:CreateTags"},
    "s3": {"x-amz-tagging": "s3:PutObjectTagging"},
}
# What takes more where a parameter is missing: of all, and not of one.
_BY_ABSENCE = {"cloudformation:DescribeStacks": ("StackName", "cloudformation:ListStacks")}


def of(asked: Operation) -> list[str]:
    """In the order in which they are looked at."""
    service = _PREFIXES.get(asked.service, asked.service)
    itself = f"{service}:{asked.name}"
    if itself in _FREE:
        return []
    further = _BY_PARAMETER.get(service, {}).items()
    given = [action for beginning, action in further if any(name.startswith(beginning) for name in asked.given)]
    parameter, of_all = _BY_ABSENCE.get(itself, ("", ""))
    unnamed = [of_all] if of_all and parameter not in asked.given else []
    return [*_OTHER.get(itself, (itself,)), *given, *unnamed]
