"""Queues and a bucket for one test, made and read by boto3: world.py VERB SUFFIX [ARGUMENT...], JSON on stdout."""

import json
import sys
import time

import boto3

sqs, s3 = boto3.client("sqs"), boto3.client("s3")
ROLES = ("input", "output", "dead-letter")


def url(role: str, suffix: str) -> str:
    return sqs.get_queue_url(QueueName=f"{role}-{suffix}")["QueueUrl"]


def make(suffix: str) -> object:
    for role in ROLES:
        sqs.create_queue(QueueName=f"{role}-{suffix}", Attributes={"VisibilityTimeout": "5"})
    s3.create_bucket(Bucket=f"image-bucket-{suffix}", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    return {}


def answer(suffix: str, *jobs: str) -> object:
    """Results as a worker gives them; the montage of a job that ends with ! is not there."""
    for job in jobs:
        name = job.removesuffix("!")
        key = f"out/{name}.jpg"
        if name == job and name != "none":
            s3.put_object(Bucket=f"image-bucket-{suffix}", Key=key, Body=f"montage of {name}".encode())
        text = {"job": name, "key": key, "failed": json.dumps([{"url": "http://a/2", "reason": "404"}])}
        attributes = {k: {"DataType": "String", "StringValue": v} for k, v in text.items()}
        attributes["images"] = {"DataType": "Number", "StringValue": "3"}
        link = "None" if name == "none" else f"https://bucket/{key}?X-Amz-Signature=1"
        body = f"Output available at: {link}"
        sqs.send_message(QueueUrl=url("output", suffix), MessageBody=body, MessageAttributes=attributes)
    return {}


def say(suffix: str, *bodies: str) -> object:
    """Messages that say nothing but this."""
    for body in bodies:
        sqs.send_message(QueueUrl=url("output", suffix), MessageBody=body)
    return {}


def crowd(suffix: str, count: str) -> object:
    """Many messages among the results."""
    for first in range(0, int(count), 10):
        entries = [{"Id": str(n), "MessageBody": f"result {n}"} for n in range(first, first + 10)]
        sqs.send_message_batch(QueueUrl=url("output", suffix), Entries=entries)
    return {}


def put(suffix: str, *keys: str) -> object:
    for key in keys:
        s3.put_object(Bucket=f"image-bucket-{suffix}", Key=key, Body=b"x")
    return {}


def bodies(suffix: str) -> object:
    """What waits in the input queue, taken out of it."""
    found = []
    while messages := sqs.receive_message(QueueUrl=url("input", suffix), MaxNumberOfMessages=10).get("Messages"):
        found += [json.loads(message["Body"]) for message in messages]
        for message in messages:
            sqs.delete_message(QueueUrl=url("input", suffix), ReceiptHandle=message["ReceiptHandle"])
    return found


def count(suffix: str) -> object:
    """How many results there are, and how many of them can be received."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    told = sqs.get_queue_attributes(QueueUrl=url("output", suffix), AttributeNames=names)["Attributes"]
    return {"waiting": int(told[names[0]]), "in_flight": int(told[names[1]])}


def depths(suffix: str) -> object:
    """The messages of each queue, received or not."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    found = {}
    for role in ROLES:
        told = sqs.get_queue_attributes(QueueUrl=url(role, suffix), AttributeNames=names)["Attributes"]
        found[role] = sum(int(told[name]) for name in names)
    return found


def purge(suffix: str, role: str) -> object:
    # One purge a minute, SQS allows.
    while True:
        try:
            sqs.purge_queue(QueueUrl=url(role, suffix))
        except sqs.exceptions.PurgeQueueInProgress:
            time.sleep(0.5)
        else:
            return {}


def bury(suffix: str, job: str) -> object:
    """A dead letter, as a queue leaves it that gave a job up."""
    body = json.dumps({"job": job, "urls": ["http://a/1"]})
    sqs.send_message(QueueUrl=url("dead-letter", suffix), MessageBody=body)
    return {}


def keys(suffix: str) -> object:
    return [found["Key"] for found in s3.list_objects_v2(Bucket=f"image-bucket-{suffix}").get("Contents", [])]


def montages(suffix: str, bucket: str) -> object:
    return [found["Key"] for found in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]


def forge(suffix: str) -> object:
    """Does the next job as a worker does that was replaced: what it puts is no montage."""
    while not (found := sqs.receive_message(QueueUrl=url("input", suffix), WaitTimeSeconds=1).get("Messages")):
        pass
    job = json.loads(found[0]["Body"])["job"]
    s3.put_object(Bucket=f"image-bucket-{suffix}", Key=f"out/{job}.jpg", Body=b"<html>owned</html>")
    sqs.delete_message(QueueUrl=url("input", suffix), ReceiptHandle=found[0]["ReceiptHandle"])
    return {}


def read(suffix: str, bucket: str) -> object:
    """Every attribute as boto3 reads it."""
    queues = {}
    for role in ROLES:
        told = sqs.get_queue_attributes(QueueUrl=url(role, suffix), AttributeNames=["All"])["Attributes"]
        parsed = {name: json.loads(told[name]) for name in ("Policy", "RedrivePolicy") if told.get(name)}
        tags = sqs.list_queue_tags(QueueUrl=url(role, suffix)).get("Tags", {})
        queues[role] = {**told, **parsed, "tags": tags}
    asks = {
        "tags": lambda: s3.get_bucket_tagging(Bucket=bucket)["TagSet"],
        "block": lambda: s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"],
        "ownership": lambda: s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]["Rules"],
        "encryption": lambda: s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"],
        "lifecycle": lambda: s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"],
        "policy": lambda: json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"]),
        "grants": lambda: [
            grant["Grantee"].get("URI", "owner") for grant in s3.get_bucket_acl(Bucket=bucket)["Grants"]
        ],
    }
    found = {}
    for name, ask in asks.items():
        try:
            found[name] = ask()
        except s3.exceptions.ClientError as error:
            found[name] = error.response["Error"]["Code"]
    return {"queues": queues, "bucket": found}


def ways(suffix: str, bucket: str) -> object:
    """The ways in and out of the bucket that are open."""
    notification = s3.get_bucket_notification_configuration(Bucket=bucket)
    found = {
        "logging": "LoggingEnabled" in s3.get_bucket_logging(Bucket=bucket),
        "notification": any(name.endswith("Configurations") and notification[name] for name in notification),
        "inventory": bool(
            s3.list_bucket_inventory_configurations(Bucket=bucket).get("InventoryConfigurationList"),
        ),
    }
    for name in ("replication", "website", "cors"):
        try:
            getattr(s3, f"get_bucket_{name}")(Bucket=bucket)
            found[name] = True
        except s3.exceptions.ClientError:
            found[name] = False
    return sorted(name for name, is_open in found.items() if is_open)


def tamper(suffix: str, bucket: str) -> object:
    """One change of each kind, as somebody with full access would make them."""
    everybody = {"Effect": "Allow", "Principal": "*", "Action": "sqs:*", "Resource": "*"}
    statement = {"Version": "2012-10-17", "Statement": [everybody]}
    change = {"VisibilityTimeout": "1", "RedrivePolicy": ""}
    sqs.set_queue_attributes(QueueUrl=url("input", suffix), Attributes=change)
    sqs.set_queue_attributes(QueueUrl=url("output", suffix), Attributes={"Policy": json.dumps(statement)})
    sqs.untag_queue(QueueUrl=url("output", suffix), TagKeys=["gd:team"])
    s3.delete_bucket_policy(Bucket=bucket)
    s3.delete_public_access_block(Bucket=bucket)
    s3.delete_bucket_tagging(Bucket=bucket)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    return {}


def fill(suffix: str, bucket: str) -> object:
    """Versions, a delete marker and an unfinished upload."""
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    for key in ("out/a", "out/a", "out/b"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    s3.delete_object(Bucket=bucket, Key="out/b")
    s3.create_multipart_upload(Bucket=bucket, Key="out/c")
    return {}


def double(suffix: str, name: str) -> object:
    """A second bucket that passes for the team's, and holds something."""
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    tags = [{"Key": "gd:team", "Value": suffix}, {"Key": "gd:resource", "Value": "bucket"}]
    s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": tags})
    s3.put_object(Bucket=name, Key="out/x.jpg", Body=b"x")
    return {}


def there(suffix: str) -> object:
    """What carries the team's tag, whose name is the suffix."""
    queues = [url.rsplit("/", 1)[1] for url in sqs.list_queues().get("QueueUrls", []) if url.endswith(suffix)]
    buckets = []
    for bucket in s3.list_buckets()["Buckets"]:
        try:
            tags = s3.get_bucket_tagging(Bucket=bucket["Name"])["TagSet"]
        except s3.exceptions.ClientError:
            continue
        if {"Key": "gd:team", "Value": suffix} in tags:
            buckets.append(bucket["Name"])
    return {"queues": sorted(queues), "buckets": buckets}


verb, *arguments = sys.argv[1:]
print(json.dumps(globals()[verb](*arguments)))
