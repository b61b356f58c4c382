"""AWS::S3::Bucket."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError
from moto.s3.models import s3_backends

from . import tags
from .arguments import typed
from .handler import Handler
from .request import Request, failure

# property -> (put operation, argument, delete operation)
_CONFIGURATIONS = {
    "AccelerateConfiguration": (
        "put_bucket_accelerate_configuration",
        "AccelerateConfiguration",
        None,
    ),
    "BucketEncryption": (
        "put_bucket_encryption",
        "ServerSideEncryptionConfiguration",
        "delete_bucket_encryption",
    ),
    "CorsConfiguration": ("put_bucket_cors", "CORSConfiguration", "delete_bucket_cors"),
    "LifecycleConfiguration": (
        "put_bucket_lifecycle_configuration",
        "LifecycleConfiguration",
        "delete_bucket_lifecycle",
    ),
    "OwnershipControls": (
        "put_bucket_ownership_controls",
        "OwnershipControls",
        "delete_bucket_ownership_controls",
    ),
    "PublicAccessBlockConfiguration": (
        "put_public_access_block",
        "PublicAccessBlockConfiguration",
        "delete_public_access_block",
    ),
    "VersioningConfiguration": ("put_bucket_versioning", "VersioningConfiguration", None),
    "WebsiteConfiguration": ("put_bucket_website", "WebsiteConfiguration", "delete_bucket_website"),
}


class Bucket(Handler):
    def create(self, request: Request) -> None:
        s3 = request.client("s3")
        name = request.properties.get("BucketName") or request.generated_name(63).lower()
        region = request.caller.region
        where = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        if self._exists(s3, name):
            raise failure(request, f"{name} already exists", "AlreadyExists")
        s3.create_bucket(Bucket=name, **where)
        request.identified(name)
        self._tag(request)
        for property_name in _CONFIGURATIONS:
            if property_name in request.properties:
                self._configure(request, property_name)

    def _exists(self, s3: Any, name: str) -> bool:
        """Creating one's own bucket again is a success in us-east-1, so ask first."""
        try:
            s3.head_bucket(Bucket=name)
        except ClientError as error:
            return bool(error.response["ResponseMetadata"]["HTTPStatusCode"] != 404)
        return True

    def _tag(self, request: Request) -> None:
        """The API refuses the service's own `aws:` tags of any caller, so they go past it."""
        own = {key: value for key, value in request.tags.items() if not key.startswith("aws:")}
        request.client("s3").put_bucket_tagging(Bucket=request.physical_id, Tagging={"TagSet": tags.pairs(own)})
        backend = s3_backends[request.caller.account]["aws"]
        backend.put_bucket_tagging(request.physical_id, request.tags)

    def _configure(self, request: Request, name: str) -> None:
        s3 = request.client("s3")
        operation, argument, remove = _CONFIGURATIONS[name]
        value = request.properties.get(name)
        if value is None:
            if remove is None:
                value = {"Status": "Suspended"}
            else:
                getattr(s3, remove)(Bucket=request.physical_id)
                return
        value = _SHAPES.get(name, lambda it: it)(value)
        arguments = {"Bucket": request.physical_id, argument: value}
        getattr(s3, operation)(**typed(s3, operation, arguments))

    def take_in(self, request: Request) -> None:
        """Its settings stay as they are, but its tags are those of the new stack."""
        if not self._exists(request.client("s3"), request.physical_id):
            raise failure(request, f"{request.physical_id} does not exist", "NotFound")
        self._tag(request)

    def update(self, request: Request) -> None:
        if request.tags != request.resource.tags:
            self._tag(request)
        for name in _CONFIGURATIONS:
            if request.changed(name):
                self._configure(request, name)

    def delete(self, request: Request) -> None:
        request.client("s3").delete_bucket(Bucket=request.physical_id)

    def attribute(self, request: Request, name: str) -> Any:
        bucket, region = request.physical_id, request.caller.region
        return {
            "Arn": f"arn:aws:s3:::{bucket}",
            "DomainName": f"{bucket}.s3.amazonaws.com",
            "DualStackDomainName": f"{bucket}.s3.dualstack.{region}.amazonaws.com",
            "RegionalDomainName": f"{bucket}.s3.{region}.amazonaws.com",
            "WebsiteURL": f"http://{bucket}.s3-website.{region}.amazonaws.com",
        }[name]


def _encryption(value: dict[str, Any]) -> dict[str, Any]:
    rules = []
    for rule in value["ServerSideEncryptionConfiguration"]:
        default = rule.get("ServerSideEncryptionByDefault")
        found: dict[str, Any] = {}
        if default:
            found["ApplyServerSideEncryptionByDefault"] = default
        if "BucketKeyEnabled" in rule:
            found["BucketKeyEnabled"] = rule["BucketKeyEnabled"]
        rules.append(found)
    return {"Rules": rules}


def _lifecycle(value: dict[str, Any]) -> dict[str, Any]:
    return {"Rules": [_lifecycle_rule(rule) for rule in value["Rules"]]}


def _lifecycle_rule(rule: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"Status": rule["Status"]}
    if "Id" in rule:
        found["ID"] = rule["Id"]
    found["Filter"] = {"Prefix": rule.get("Prefix", "")}
    expiration = {
        argument: rule[name]
        for name, argument in (
            ("ExpirationInDays", "Days"),
            ("ExpirationDate", "Date"),
            ("ExpiredObjectDeleteMarker", "ExpiredObjectDeleteMarker"),
        )
        if name in rule
    }
    if expiration:
        found["Expiration"] = expiration
    for name in ("AbortIncompleteMultipartUpload", "NoncurrentVersionExpiration"):
        if name in rule:
            found[name] = rule[name]
    if "Transitions" in rule:
        found["Transitions"] = [
            {"Days": item["TransitionInDays"], "StorageClass": item["StorageClass"]} for item in rule["Transitions"]
        ]
    return found


def _cors(value: dict[str, Any]) -> dict[str, Any]:
    names = {"Id": "ID", "MaxAge": "MaxAgeSeconds", "ExposedHeaders": "ExposeHeaders"}
    return {"CORSRules": [{names.get(name, name): item for name, item in rule.items()} for rule in value["CorsRules"]]}


def _website(value: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if "IndexDocument" in value:
        found["IndexDocument"] = {"Suffix": value["IndexDocument"]}
    if "ErrorDocument" in value:
        found["ErrorDocument"] = {"Key": value["ErrorDocument"]}
    for name in ("RedirectAllRequestsTo", "RoutingRules"):
        if name in value:
            found[name] = value[name]
    return found


def _accelerate(value: dict[str, Any]) -> dict[str, Any]:
    return {"Status": value.get("AccelerationStatus") or value.get("Status")}


_SHAPES = {
    "AccelerateConfiguration": _accelerate,
    "BucketEncryption": _encryption,
    "CorsConfiguration": _cors,
    "LifecycleConfiguration": _lifecycle,
    "WebsiteConfiguration": _website,
}
