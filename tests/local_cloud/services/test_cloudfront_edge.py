"""What a distribution serves, asked by TLS as anybody can ask."""

from __future__ import annotations

import http.client
import json
import ssl
import time
from collections.abc import Iterator
from typing import Any

import pytest
from services import Cloud

CACHING_OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6"
SECURITY_HEADERS = "67f7725c-6f97-4210-82d7-5512b31e9d03"
BUCKET = "images"


class Site:
    """A bucket and its distribution."""

    def __init__(self, cloud: Cloud, bucket: str) -> None:
        self.bucket, self.cloudfront, self.s3 = bucket, cloud.client("cloudfront"), cloud.client("s3")
        self.s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
        control = self.cloudfront.create_origin_access_control(
            OriginAccessControlConfig={
                "Name": bucket,
                "SigningProtocol": "sigv4",
                "SigningBehavior": "always",
                "OriginAccessControlOriginType": "s3",
            }
        )["OriginAccessControl"]["Id"]
        origin = {"Id": "bucket", "DomainName": f"{bucket}.s3.eu-central-1.amazonaws.com"}
        behaviour = {
            "TargetOriginId": "bucket",
            "ViewerProtocolPolicy": "https-only",
            "CachePolicyId": CACHING_OPTIMIZED,
            "ResponseHeadersPolicyId": SECURITY_HEADERS,
        }
        given = {**origin, "OriginAccessControlId": control, "S3OriginConfig": {"OriginAccessIdentity": ""}}
        self.made = self.cloudfront.create_distribution(
            DistributionConfig={
                "CallerReference": bucket,
                "Comment": "",
                "Enabled": True,
                "Origins": {"Quantity": 1, "Items": [given]},
                "DefaultCacheBehavior": behaviour,
            }
        )["Distribution"]
        self.context = ssl.create_default_context(cafile=cloud.authorities)

    def let_in(self, *actions: str, by: str | None = None) -> None:
        arn = f"arn:aws:s3:::{self.bucket}"
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "cloudfront.amazonaws.com"},
            "Action": list(actions),
            "Resource": [arn, f"{arn}/*"],
            "Condition": {"StringEquals": {"AWS:SourceArn": by or self.made["ARN"]}},
        }
        policy = {"Version": "2012-10-17", "Statement": [statement]}
        self.s3.put_bucket_policy(Bucket=self.bucket, Policy=json.dumps(policy))

    def put(self, key: str, content: bytes, **options: Any) -> None:
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=content, **options)

    def ask(
        self, path: str, method: str = "GET", headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPSConnection(self.made["DomainName"], context=self.context, timeout=10)
        try:
            connection.request(method, path, headers=headers or {})
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        finally:
            connection.close()


_number = iter(range(100))


@pytest.fixture
def site(cloud: Cloud) -> Iterator[Site]:
    yield Site(cloud, f"{BUCKET}-{next(_number)}")


def test_an_object_is_served_with_the_security_headers(site: Site) -> None:
    site.let_in("s3:GetObject")
    site.put("ai_lab/1 0/disk.vhd", b"a disk" * 100_000, ContentType="text/plain", Metadata={"sha256": "00ff"})
    status, headers, content = site.ask("/ai_lab/1%200/disk.vhd")
    assert (status, content) == (200, b"a disk" * 100_000)
    expected = {
        "content-type": "text/plain",
        "content-length": "600000",
        "x-amz-meta-sha256": "00ff",
        "x-cache": "Miss from cloudfront",
        "strict-transport-security": "max-age=31536000",
        "x-content-type-options": "nosniff",
        "x-frame-options": "SAMEORIGIN",
        "referrer-policy": "strict-origin-when-cross-origin",
        "x-xss-protection": "1; mode=block",
    }
    assert {name: headers.get(name) for name in expected} == expected
    status, headers, content = site.ask("/ai_lab/1%200/disk.vhd?query", "HEAD")
    assert (status, content, headers["content-length"]) == (200, b"", "600000")
    assert headers["x-cache"] == "Hit from cloudfront"


def test_nothing_else_is_served(site: Site) -> None:
    site.put("a", b"private")
    assert site.ask("/a")[0] == 403
    site.let_in("s3:GetObject", by="arn:aws:cloudfront::123456789012:distribution/ANOTHER")
    assert site.ask("/a")[0] == 403
    site.let_in("s3:GetObject")
    assert site.ask("/a")[0] == 200
    # Who may not list does not learn what there is.
    status, headers, content = site.ask("/b")
    assert (status, headers["x-cache"]) == (403, "Error from cloudfront")
    assert b"<Code>AccessDenied</Code>" in content
    assert site.ask("/")[0] == 403
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        status, _, content = site.ask("/a", method)
        assert status == 403
        assert b"The request could not be satisfied." in content
    site.let_in("s3:GetObject", "s3:ListBucket")
    status, _, content = site.ask("/b")
    assert status == 404
    assert b"<Code>NoSuchKey</Code>" in content


def test_whose_authority_is_not_trusted_is_not_asked(site: Site) -> None:
    site.context = ssl.create_default_context()
    with pytest.raises(ssl.SSLCertVerificationError):
        site.ask("/a")


def test_what_was_replaced_is_served_once_the_old_is_invalidated(site: Site) -> None:
    site.let_in("s3:GetObject")
    site.put("a/disk", b"old")
    site.put("a/sums", b"old", CacheControl="no-cache")
    assert [site.ask(path)[2] for path in ("/a/disk", "/a/sums")] == [b"old", b"old"]
    site.put("a/disk", b"new")
    site.put("a/sums", b"new", CacheControl="no-cache")
    time.sleep(1.1)
    assert [site.ask(path)[2] for path in ("/a/disk", "/a/sums")] == [b"old", b"new"]

    def invalidated(path: str) -> dict[str, Any]:
        batch = {"Paths": {"Quantity": 1, "Items": [path]}, "CallerReference": "once"}
        made = site.cloudfront.create_invalidation(DistributionId=site.made["Id"], InvalidationBatch=batch)
        found: dict[str, Any] = made["Invalidation"]
        return found

    made = invalidated("/a/*")
    assert made["Status"] == "InProgress"
    assert site.ask("/a/disk")[2] == b"new"
    assert invalidated("/a/*")["Id"] == made["Id"]
    with pytest.raises(site.cloudfront.exceptions.ClientError, match="InvalidArgument"):
        invalidated("/b")
    deadline = time.monotonic() + 10
    while (
        site.cloudfront.get_invalidation(DistributionId=site.made["Id"], Id=made["Id"])["Invalidation"]["Status"]
        != "Completed"
    ):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_disabled_distribution_serves_nothing_and_a_deleted_one_is_gone(site: Site) -> None:
    site.let_in("s3:GetObject")
    site.put("a", b"an object")
    found = site.cloudfront.get_distribution_config(Id=site.made["Id"])
    config = {**found["DistributionConfig"], "Enabled": False}
    version = site.cloudfront.update_distribution(Id=site.made["Id"], IfMatch=found["ETag"], DistributionConfig=config)[
        "ETag"
    ]
    assert site.ask("/a")[0] == 403
    deadline = time.monotonic() + 10
    while site.cloudfront.get_distribution(Id=site.made["Id"])["Distribution"]["Status"] != "Deployed":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    site.cloudfront.delete_distribution(Id=site.made["Id"], IfMatch=version)
    with pytest.raises(OSError):
        site.ask("/a")


def test_a_download_goes_on_where_it_ended_and_only_with_the_same_object(site: Site) -> None:
    site.let_in("s3:GetObject")
    site.put("disk", b"0123456789")
    etag = site.ask("/disk")[1]["etag"]

    def part(asked: str, of: str = etag) -> tuple[int, str | None, bytes]:
        status, headers, content = site.ask("/disk", headers={"Range": asked, "If-Match": of})
        return status, headers.get("content-range"), content

    assert part("bytes=4-") == (206, "bytes 4-9/10", b"456789")
    assert part("bytes=4-6") == (206, "bytes 4-6/10", b"456")
    assert part("bytes=4-99") == (206, "bytes 4-9/10", b"456789")
    assert part("bytes=10-") == (416, "bytes */10", b"")
    assert part("bytes=4-", of='"another"')[0] == 412


def guarded(site: Site, cloud: Cloud, action: str, *allowed: str) -> Any:
    """Has a web ACL do this with all requests but those from the ranges; gives the call that changes these."""
    waf = cloud.client("wafv2", "us-east-1")
    name = {"Scope": "CLOUDFRONT", "Name": site.bucket}
    seen = {"SampledRequestsEnabled": False, "CloudWatchMetricsEnabled": False, "MetricName": "m"}
    addresses = {"IPAddressVersion": "IPV4", "Addresses": list(allowed)}
    ranges = waf.create_ip_set(**name, **addresses)["Summary"]
    beyond = waf.create_ip_set(
        Scope="CLOUDFRONT", Name=f"{site.bucket}-6", IPAddressVersion="IPV6", Addresses=["::/0"]
    )["Summary"]
    references = [{"IPSetReferenceStatement": {"ARN": each["ARN"]}} for each in (ranges, beyond)]
    outside = {"NotStatement": {"Statement": {"OrStatement": {"Statements": references}}}}
    rate = {"RateBasedStatement": {"AggregateKeyType": "IP", "Limit": 100}}
    rules = [
        {"Name": "outside", "Priority": 1, "Action": {action: {}}, "Statement": outside, "VisibilityConfig": seen},
        {"Name": "rate", "Priority": 0, "Action": {"Block": {}}, "Statement": rate, "VisibilityConfig": seen},
    ]
    made = waf.create_web_acl(**name, DefaultAction={"Allow": {}}, Rules=rules, VisibilityConfig=seen)
    found = site.cloudfront.get_distribution_config(Id=site.made["Id"])
    config = {**found["DistributionConfig"], "WebACLId": made["Summary"]["ARN"]}
    site.cloudfront.update_distribution(Id=site.made["Id"], IfMatch=found["ETag"], DistributionConfig=config)

    def allow(*addresses: str) -> None:
        token = waf.get_ip_set(**name, Id=ranges["Id"])["LockToken"]
        waf.update_ip_set(**name, Id=ranges["Id"], LockToken=token, Addresses=list(addresses))

    return allow


def test_a_stranger_is_asked_for_a_captcha_before_the_origin_is(site: Site, cloud: Cloud) -> None:
    site.let_in("s3:GetObject")
    site.put("a", b"an object")
    allow = guarded(site, cloud, "Captcha", "198.51.100.0/24")
    for path in ("/a", "/nothing"):
        status, headers, content = site.ask(path)
        assert (status, headers["x-amzn-waf-action"], headers["server"], content) == (405, "captcha", "CloudFront", b"")
    allow("198.51.100.0/24", "127.0.0.0/8")
    assert site.ask("/a")[::2] == (200, b"an object")
    status, headers, content = site.ask("/nothing")
    assert (status, headers["server"]) == (403, "AmazonS3")
    assert b"<Code>AccessDenied</Code>" in content


def test_who_is_blocked_sees_the_page_of_the_edge(site: Site, cloud: Cloud) -> None:
    site.let_in("s3:GetObject")
    site.put("a", b"an object")
    guarded(site, cloud, "Block")
    status, headers, content = site.ask("/a")
    assert (status, headers["server"]) == (403, "CloudFront")
    assert b"Request blocked." in content
    assert "x-amzn-waf-action" not in headers
