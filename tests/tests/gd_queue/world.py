"""Queues and a bucket for one test, made and read by boto3: world.py VERB SUFFIX [ARGUMENT...], JSON on stdout."""

import json
import sys

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


verb, *arguments = sys.argv[1:]
print(json.dumps(globals()[verb](*arguments)))
