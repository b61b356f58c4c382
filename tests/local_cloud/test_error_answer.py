"""botocore reads the code and the message of an error of every protocol."""

from __future__ import annotations

import botocore.parsers
import botocore.session
import pytest
from local_cloud.error_answer import error_answer
from local_cloud.gateway import error_code
from local_cloud.operation import Operation


@pytest.mark.parametrize(
    ("service", "operation", "protocol", "parser"),
    [
        ("ec2", "CreateImage", "xml", "ec2"),
        ("s3", "PutObject", "xml", "rest-xml"),
        ("cloudformation", "CreateStack", "xml", "query"),
        ("iam", "CreateRole", "xml", "query"),
        ("cloudfront", "ListDistributions", "xml", "rest-xml"),
        ("sqs", "SendMessage", "json", "json"),
        ("codebuild", "StartBuild", "json", "json"),
        ("codebuild", "StartBuild", "cbor", "smithy-rpc-v2-cbor"),
    ],
)
def test_the_error_is_read_by_the_sdk(service, operation, protocol, parser):
    answer = error_answer(
        Operation(service, operation, "eu-central-1", protocol=protocol), 400, "SomeCode", "less < than & more"
    )
    model = botocore.session.get_session().get_service_model(service)
    response = {"status_code": 400, "headers": dict(answer.headers), "body": answer.get_data(), "context": {}}
    parsed = botocore.parsers.create_parser(parser).parse(response, model.operation_model(operation).output_shape)
    assert parsed["Error"]["Code"] == "SomeCode"
    assert parsed["Error"]["Message"] == "less < than & more"
    assert error_code(answer.get_data()) == "SomeCode"
