"""Names the S3 operation of a request, which S3 tells by method, path, query and headers alone."""

from __future__ import annotations

# Sub-resource in the query -> name, with {} for Get, Put or Delete.
_BUCKET_SUBRESOURCES = {
    "accelerate": "{}BucketAccelerateConfiguration",
    "acl": "{}BucketAcl",
    "cors": "{}BucketCors",
    "encryption": "{}BucketEncryption",
    "inventory": "{}BucketInventoryConfiguration",
    "lifecycle": "{}BucketLifecycleConfiguration",
    "location": "{}BucketLocation",
    "logging": "{}BucketLogging",
    "notification": "{}BucketNotificationConfiguration",
    "object-lock": "{}ObjectLockConfiguration",
    "ownershipControls": "{}BucketOwnershipControls",
    "policy": "{}BucketPolicy",
    "policyStatus": "{}BucketPolicyStatus",
    "publicAccessBlock": "{}PublicAccessBlock",
    "replication": "{}BucketReplication",
    "requestPayment": "{}BucketRequestPayment",
    "tagging": "{}BucketTagging",
    "versioning": "{}BucketVersioning",
    "website": "{}BucketWebsite",
}
_OBJECT_SUBRESOURCES = {
    "acl": "{}ObjectAcl",
    "attributes": "{}ObjectAttributes",
    "legal-hold": "{}ObjectLegalHold",
    "retention": "{}ObjectRetention",
    "tagging": "{}ObjectTagging",
    "torrent": "{}ObjectTorrent",
}
_VERBS = {"GET": "Get", "HEAD": "Head", "PUT": "Put", "DELETE": "Delete", "POST": "Post"}


def name(method: str, path: str, query: set[str], copies: bool) -> str:
    """`query` holds the parameters' names; `copies` says whether x-amz-copy-source is given."""
    bucket, _, key = path.lstrip("/").partition("/")
    if not bucket:
        return "ListBuckets"
    return _object(method, query, copies) if key else _bucket(method, query)


def _bucket(method: str, query: set[str]) -> str:
    verb = _VERBS.get(method, method.title())
    if method == "GET" and "inventory" in query and "id" not in query:
        return "ListBucketInventoryConfigurations"
    for subresource, template in _BUCKET_SUBRESOURCES.items():
        if subresource in query:
            return template.format(verb)
    if method == "GET":
        if "uploads" in query:
            return "ListMultipartUploads"
        if "versions" in query:
            return "ListObjectVersions"
        return "ListObjectsV2" if "list-type" in query else "ListObjects"
    if method == "POST" and "delete" in query:
        return "DeleteObjects"
    return {"PUT": "CreateBucket", "POST": "PostObject"}.get(method, f"{verb}Bucket")


def _object(method: str, query: set[str], copies: bool) -> str:
    verb = _VERBS.get(method, method.title())
    for subresource, template in _OBJECT_SUBRESOURCES.items():
        if subresource in query:
            return template.format(verb)
    if "uploadId" in query:
        if method == "PUT":
            return "UploadPartCopy" if copies else "UploadPart"
        return {"POST": "CompleteMultipartUpload", "DELETE": "AbortMultipartUpload"}.get(method, "ListParts")
    if method == "POST":
        if "uploads" in query:
            return "CreateMultipartUpload"
        if "restore" in query:
            return "RestoreObject"
        return "SelectObjectContent" if "select" in query else "PostObject"
    if method == "PUT" and copies:
        return "CopyObject"
    return f"{verb}Object"
