"""The call log and the faults live from naming each request as AWS names it."""

from __future__ import annotations

import io
import urllib.parse

import pytest
from local_cloud import operation, s3_operations

SCOPE = "AWS4-HMAC-SHA256 Credential=test/20260901/{region}/{service}/aws4_request, SignedHeaders=host, Signature=0"


def request(service, method="POST", path="/", query="", form=None, region="eu-central-1", **headers):
    body = urllib.parse.urlencode(form or {}).encode()
    return {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "CONTENT_TYPE": "application/x-www-form-urlencoded; charset=utf-8" if form else "",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
        "HTTP_AUTHORIZATION": SCOPE.format(service=service, region=region),
        **headers,
    }


def test_a_query_request_is_named_by_its_action_and_keeps_its_body():
    environ = request("ec2", form={"Action": "RunInstances", "ImageId": "ami-1"}, region="us-east-1")
    asked = operation.of(environ)
    assert (asked.service, asked.name, asked.region, asked.mutating) == ("ec2", "RunInstances", "us-east-1", True)
    assert environ["wsgi.input"].read() == b"Action=RunInstances&ImageId=ami-1"


@pytest.mark.parametrize("name", ["DescribeImages", "GetConsoleOutput", "ListStacks", "ValidateTemplate", "HeadObject"])
def test_reading_is_not_mutating(name):
    assert not operation.of(request("ec2", form={"Action": name})).mutating


def test_a_dry_run_is_not_mutating():
    assert not operation.of(request("ec2", form={"Action": "CreateImage", "DryRun": "true"})).mutating


def test_json_and_cbor_requests_are_named_by_target_and_path():
    assert operation.of(request("sqs", HTTP_X_AMZ_TARGET="AmazonSQS.SendMessage")).name == "SendMessage"
    path = "/service/GraniteServiceVersion20100801/operation/PutMetricAlarm"
    assert operation.of(request("monitoring", path=path)).name == "PutMetricAlarm"


def test_a_rest_request_is_named_by_the_service_model():
    assert operation.of(request("cloudfront", "GET", "/2020-05-31/distribution")).name == "ListDistributions"
    assert operation.of(request("cloudfront", "PUT", "/2020-05-31/distribution/E1/config")).name == "UpdateDistribution"


@pytest.mark.parametrize(
    ("method", "path", "query", "copies", "name"),
    [
        ("GET", "/", "", False, "ListBuckets"),
        ("PUT", "/b", "", False, "CreateBucket"),
        ("HEAD", "/b", "", False, "HeadBucket"),
        ("DELETE", "/b/", "", False, "DeleteBucket"),
        ("GET", "/b", "list-type=2&prefix=a", False, "ListObjectsV2"),
        ("GET", "/b", "prefix=a", False, "ListObjects"),
        ("GET", "/b", "location", False, "GetBucketLocation"),
        ("PUT", "/b", "policy", False, "PutBucketPolicy"),
        ("GET", "/b", "encryption", False, "GetBucketEncryption"),
        ("PUT", "/b", "publicAccessBlock", False, "PutPublicAccessBlock"),
        ("POST", "/b", "delete", False, "DeleteObjects"),
        ("PUT", "/b/k/x", "", False, "PutObject"),
        ("PUT", "/b/k/x", "", True, "CopyObject"),
        ("GET", "/b/k/x", "", False, "GetObject"),
        ("HEAD", "/b/k/x", "", False, "HeadObject"),
        ("DELETE", "/b/k/x", "", False, "DeleteObject"),
        ("POST", "/b/k/x", "uploads", False, "CreateMultipartUpload"),
        ("PUT", "/b/k/x", "partNumber=1&uploadId=u", False, "UploadPart"),
        ("PUT", "/b/k/x", "partNumber=1&uploadId=u", True, "UploadPartCopy"),
        ("POST", "/b/k/x", "uploadId=u", False, "CompleteMultipartUpload"),
        ("DELETE", "/b/k/x", "uploadId=u", False, "AbortMultipartUpload"),
        ("GET", "/b/k/x", "uploadId=u", False, "ListParts"),
        ("GET", "/b/k/x", "tagging", False, "GetObjectTagging"),
    ],
)
def test_s3_operations_have_their_names(method, path, query, copies, name):
    parameters = set(urllib.parse.parse_qs(query, keep_blank_values=True))
    assert s3_operations.name(method, path, parameters, copies) == name
