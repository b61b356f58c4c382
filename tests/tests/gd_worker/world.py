"""Queues and a bucket for one test, made and read by boto3: world.py VERB SUFFIX [ARGUMENT...], JSON on stdout."""

import json
import sys

import boto3

sqs, s3 = boto3.client("sqs"), boto3.client("s3")
DEPTH = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]


def url(role: str, suffix: str) -> str:
    return sqs.get_queue_url(QueueName=f"{role}-{suffix}")["QueueUrl"]


def make(suffix: str, visibility: str, receives: str) -> object:
    for role in ("output", "dead-letter"):
        sqs.create_queue(QueueName=f"{role}-{suffix}")
    told = sqs.get_queue_attributes(QueueUrl=url("dead-letter", suffix), AttributeNames=["QueueArn"])
    redrive = {"deadLetterTargetArn": told["Attributes"]["QueueArn"], "maxReceiveCount": receives}
    attributes = {"VisibilityTimeout": visibility, "RedrivePolicy": json.dumps(redrive)}
    sqs.create_queue(QueueName=f"input-{suffix}", Attributes=attributes)
    bucket = f"image-bucket-{suffix}"
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    # So that a montage that was put twice shows.
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    return {}


def send(suffix: str, file: str) -> object:
    """Sends the messages of a file, a JSON list of their bodies."""
    with open(file, encoding="utf-8") as bodies:
        entries = [{"Id": str(n), "MessageBody": body} for n, body in enumerate(json.load(bodies))]
    target = url("input", suffix)
    # The bodies of one batch share a limit of size.
    batches = [entries[n : n + 10] for n in range(0, len(entries), 10)] if len(entries) > 10 else [[e] for e in entries]
    for batch in batches:
        assert not sqs.send_message_batch(QueueUrl=target, Entries=batch).get("Failed")
    return {}


def read(suffix: str, role: str) -> object:
    """What waits in a queue, taken out of it."""
    found, target = [], url(role, suffix)
    while messages := sqs.receive_message(QueueUrl=target, MaxNumberOfMessages=10, MessageAttributeNames=["All"]).get(
        "Messages"
    ):
        entries = [{"Id": str(n), "ReceiptHandle": m["ReceiptHandle"]} for n, m in enumerate(messages)]
        sqs.delete_message_batch(QueueUrl=target, Entries=entries)
        for message in messages:
            attributes = message.get("MessageAttributes", {})
            values = {name: value["StringValue"] for name, value in attributes.items()}
            found.append({"body": message["Body"], **values})
    return found


def depth(suffix: str, role: str) -> object:
    told = sqs.get_queue_attributes(QueueUrl=url(role, suffix), AttributeNames=DEPTH)["Attributes"]
    return {"waiting": int(told[DEPTH[0]]), "in_flight": int(told[DEPTH[1]])}


def versions(suffix: str) -> object:
    """The key of each version of each object."""
    pages = s3.get_paginator("list_object_versions").paginate(Bucket=f"image-bucket-{suffix}")
    return [version["Key"] for page in pages for version in page.get("Versions", [])]


def grants(suffix: str, key: str) -> object:
    """Whom the object's access list names."""
    acl = s3.get_object_acl(Bucket=f"image-bucket-{suffix}", Key=key)
    return [f"{grant['Grantee'].get('URI', 'owner')} {grant['Permission']}" for grant in acl["Grants"]]


def unbury(suffix: str) -> object:
    """Takes the queue of dead letters away from the input queue."""
    sqs.set_queue_attributes(QueueUrl=url("input", suffix), Attributes={"RedrivePolicy": ""})
    return {}


verb, *arguments = sys.argv[1:]
print(json.dumps(globals()[verb](*arguments)))
