"""What somebody with full access does to queues and bucket, by boto3: damage.py SUFFIX BUCKET DEED..."""

import json
import sys
from collections.abc import Callable

import boto3

suffix, bucket, *deeds = sys.argv[1:]
sqs, s3 = boto3.client("sqs"), boto3.client("s3")
elsewhere = f"elsewhere-{suffix}"


def url(role: str) -> str:
    return sqs.get_queue_url(QueueName=f"{role}-{suffix}")["QueueUrl"]


def arn(role: str) -> str:
    return sqs.get_queue_attributes(QueueUrl=url(role), AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def attribute(role: str, **values: str) -> None:
    sqs.set_queue_attributes(QueueUrl=url(role), Attributes=values)


def foreign_bucket() -> None:
    s3.create_bucket(Bucket=elsewhere, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    s3.put_bucket_versioning(Bucket=elsewhere, VersioningConfiguration={"Status": "Enabled"})


def statement(role: str) -> None:
    """A statement beside ours."""
    policy = json.loads(sqs.get_queue_attributes(QueueUrl=url(role), AttributeNames=["Policy"])["Attributes"]["Policy"])
    everybody = {"Sid": "x", "Effect": "Allow", "Principal": "*", "Action": "sqs:*", "Resource": arn(role)}
    attribute(role, Policy=json.dumps({**policy, "Statement": [*policy["Statement"], everybody]}))


def bucket_statement() -> None:
    policy = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])
    every = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"}
    policy["Statement"].append(every)
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))


def acl() -> None:
    s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]})
    s3.put_bucket_acl(Bucket=bucket, ACL="public-read-write")


def lifecycle() -> None:
    rule = {"ID": "purge", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 1}}
    rules = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": [*rules, rule]})


def replication() -> None:
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    rule = {"ID": "away", "Priority": 1, "Status": "Enabled", "Filter": {"Prefix": ""}}
    rule |= {"Destination": {"Bucket": f"arn:aws:s3:::{elsewhere}"}, "DeleteMarkerReplication": {"Status": "Disabled"}}
    configuration = {"Role": "arn:aws:iam::123456789012:role/away", "Rules": [rule]}
    s3.put_bucket_replication(Bucket=bucket, ReplicationConfiguration=configuration)


def inventory() -> None:
    to = {"S3BucketDestination": {"Bucket": f"arn:aws:s3:::{elsewhere}", "Format": "CSV"}}
    configuration = {"Destination": to, "IsEnabled": True, "Id": "list", "IncludedObjectVersions": "All"}
    configuration["Schedule"] = {"Frequency": "Daily"}
    s3.put_bucket_inventory_configuration(Bucket=bucket, Id="list", InventoryConfiguration=configuration)


def notification() -> None:
    listener = sqs.create_queue(QueueName=f"listener-{suffix}")["QueueUrl"]
    told = sqs.get_queue_attributes(QueueUrl=listener, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    configuration = {"QueueConfigurations": [{"QueueArn": told, "Events": ["s3:ObjectCreated:*"]}]}
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=configuration)


def logging() -> None:
    writers = {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/s3/LogDelivery"}
    owner = s3.get_bucket_acl(Bucket=elsewhere)["Owner"]
    s3.put_bucket_acl(
        Bucket=elsewhere,
        AccessControlPolicy={
            "Owner": owner,
            "Grants": [{"Grantee": writers, "Permission": p} for p in ("WRITE", "READ_ACP")],
        },
    )
    status = {"LoggingEnabled": {"TargetBucket": elsewhere, "TargetPrefix": ""}}
    s3.put_bucket_logging(Bucket=bucket, BucketLoggingStatus=status)


def website() -> None:
    s3.put_bucket_website(Bucket=bucket, WebsiteConfiguration={"IndexDocument": {"Suffix": "index.html"}})


def cors() -> None:
    rule = {"AllowedOrigins": ["*"], "AllowedMethods": ["GET", "PUT"]}
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": [rule]})


def decoys() -> None:
    """A queue and a bucket that pass for the team's."""
    sqs.create_queue(QueueName=f"results-{suffix}", tags={"gd:team": suffix, "gd:resource": "output"})
    name = f"image-bucket-x-{suffix}"
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    tags = [{"Key": "gd:team", "Value": suffix}, {"Key": "gd:resource", "Value": "bucket"}]
    s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": tags})
    s3.put_object(Bucket=name, Key="out/x.jpg", Body=b"x")


def empty_decoy() -> None:
    s3.delete_object(Bucket=f"image-bucket-x-{suffix}", Key="out/x.jpg")


def montages() -> None:
    for n in range(3):
        s3.put_object(Bucket=bucket, Key=f"out/{n}.jpg", Body=b"x")


def move() -> None:
    """Dead letters are drained, one a second, into somebody's queue."""
    thief = sqs.create_queue(QueueName=f"thief-{suffix}")["QueueUrl"]
    told = sqs.get_queue_attributes(QueueUrl=thief, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    for n in range(120):
        sqs.send_message(QueueUrl=url("dead-letter"), MessageBody=str(n))
    sqs.start_message_move_task(SourceArn=arn("dead-letter"), DestinationArn=told, MaxNumberOfMessagesPerSecond=1)


def delete_bucket() -> None:
    found = s3.list_objects_v2(Bucket=bucket).get("Contents", [])
    for each in found:
        s3.delete_object(Bucket=bucket, Key=each["Key"])
    s3.delete_bucket(Bucket=bucket)


DEEDS: dict[str, Callable[[], object]] = {
    "visibility": lambda: attribute("input", VisibilityTimeout="0"),
    "retention": lambda: attribute("input", MessageRetentionPeriod="60"),
    "delay": lambda: attribute("input", DelaySeconds="900"),
    "size": lambda: attribute("input", MaximumMessageSize="1024"),
    "poll": lambda: attribute("input", ReceiveMessageWaitTimeSeconds="0"),
    "redrive": lambda: attribute("input", RedrivePolicy=""),
    "redrive-away": lambda: attribute(
        "output", RedrivePolicy=json.dumps({"deadLetterTargetArn": arn("dead-letter"), "maxReceiveCount": 1})
    ),
    "redrive-allow": lambda: attribute("dead-letter", RedriveAllowPolicy=json.dumps({"redrivePermission": "denyAll"})),
    "key": lambda: attribute("output", KmsMasterKeyId="alias/theirs"),
    "plain": lambda: attribute("dead-letter", SqsManagedSseEnabled="false"),
    "statement": lambda: statement("input"),
    "output-policy": lambda: attribute("output", Policy=""),
    "untag": lambda: sqs.untag_queue(QueueUrl=url("dead-letter"), TagKeys=["gd:team", "Name"]),
    "delete-dead-letter": lambda: sqs.delete_queue(QueueUrl=url("dead-letter")),
    "delete-input": lambda: sqs.delete_queue(QueueUrl=url("input")),
    "foreign-bucket": foreign_bucket,
    "bucket-statement": bucket_statement,
    "bucket-policy": lambda: s3.delete_bucket_policy(Bucket=bucket),
    "block": lambda: s3.delete_public_access_block(Bucket=bucket),
    "acl": acl,
    "encryption": lambda: s3.delete_bucket_encryption(Bucket=bucket),
    "lifecycle": lifecycle,
    "no-lifecycle": lambda: s3.delete_bucket_lifecycle(Bucket=bucket),
    "bucket-tags": lambda: s3.delete_bucket_tagging(Bucket=bucket),
    "replication": replication,
    "inventory": inventory,
    "notification": notification,
    "logging": logging,
    "website": website,
    "cors": cors,
    "decoys": decoys,
    "empty-decoy": empty_decoy,
    "montages": montages,
    "move": move,
    "delete-bucket": delete_bucket,
}

for deed in deeds:
    DEEDS[deed]()
