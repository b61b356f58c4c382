"""AWS::S3::BucketPolicy."""

from __future__ import annotations

import json

from botocore.exceptions import ClientError

from .handler import Handler
from .request import Request, failure


class BucketPolicy(Handler):
    def create(self, request: Request) -> None:
        bucket = request.properties["Bucket"]
        if self._has_policy(request, bucket):
            raise failure(request, f"The bucket policy already exists on bucket {bucket}.", "AlreadyExists")
        self._put(request)
        request.identified(bucket)

    def _has_policy(self, request: Request, bucket: str) -> bool:
        try:
            request.client("s3").get_bucket_policy(Bucket=bucket)
        except ClientError as error:
            if error.response["Error"]["Code"] == "NoSuchBucketPolicy":
                return False
            raise
        return True

    def _put(self, request: Request) -> None:
        document = request.properties["PolicyDocument"]
        text = document if isinstance(document, str) else json.dumps(document)
        request.client("s3").put_bucket_policy(Bucket=request.properties["Bucket"], Policy=text)

    def update(self, request: Request) -> None:
        self._put(request)

    def delete(self, request: Request) -> None:
        request.client("s3").delete_bucket_policy(Bucket=request.physical_id)
