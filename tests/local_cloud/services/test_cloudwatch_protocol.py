"""CloudWatch speaks RPC v2 CBOR, as today's SDKs do, and the query protocol of older ones."""

from __future__ import annotations

import urllib.parse
import urllib.request
from datetime import UTC, datetime, timedelta

import botocore.model
import pytest
from local_cloud import cbor
from services import Cloud, refused

ALARM = {
    "AlarmName": "deep",
    "Namespace": "Test",
    "MetricName": "Depth",
    "Statistic": "Average",
    "Period": 60,
    "EvaluationPeriods": 1,
    "Threshold": 10.5,
    "ComparisonOperator": "GreaterThanThreshold",
}


def post(cloud, path, body, **headers):
    scope = "AWS4-HMAC-SHA256 Credential=test/20260901/eu-central-1/monitoring/aws4_request, SignedHeaders=host"
    request = urllib.request.Request(cloud.endpoint + path, body, {"Authorization": scope, **headers})
    with urllib.request.urlopen(request) as answer:
        return answer.headers, answer.read()


@pytest.mark.parametrize(
    "value",
    [0, 23, 24, 255, 256, 65536, 2**32, -1, -300, 1.5, True, False, "", "é" * 30, b"\0\1", [1, ["a"]], {"a": 1}],
)
def test_what_is_written_is_what_is_read(value):
    assert cbor.decode(cbor.encode(value)) == value


def test_a_timestamp_is_tag_1_of_a_double():
    moment = datetime(2026, 9, 1, 12, 0, 0, 500000, UTC)
    assert cbor.encode(moment)[:2] == b"\xc1\xfb"
    assert cbor.decode(cbor.encode(moment)) == moment


@pytest.fixture(params=["smithy-rpc-v2-cbor", "json", "query"])
def cloudwatch(cloud, request, monkeypatch):
    """botocore speaks the one of a service's protocols that it has first."""
    monkeypatch.setattr(botocore.model, "PRIORITY_ORDERED_SUPPORTED_PROTOCOLS", [request.param])
    client = Cloud(int(cloud.endpoint.rsplit(":", 1)[1]), cloud.authorities).client("cloudwatch")
    assert client.meta.service_model.resolved_protocol == request.param
    return client


def test_types_arrive_as_the_model_has_them(cloudwatch):
    cloudwatch.put_metric_alarm(**ALARM)
    [alarm] = cloudwatch.describe_alarms()["MetricAlarms"]
    assert alarm["Threshold"] == 10.5
    assert (alarm["EvaluationPeriods"], alarm["ActionsEnabled"], alarm["AlarmActions"]) == (1, True, [])
    assert abs(datetime.now(UTC) - alarm["AlarmConfigurationUpdatedTimestamp"]) < timedelta(minutes=1)


def test_the_answer_says_its_protocol(cloud):
    headers, body = post(
        cloud,
        "/service/GraniteServiceVersion20100801/operation/DescribeAlarms",
        cbor.encode({}),
        **{"smithy-protocol": "rpc-v2-cbor", "Content-Type": "application/cbor"},
    )
    assert (headers["smithy-protocol"], headers["Content-Type"]) == ("rpc-v2-cbor", "application/cbor")
    assert cbor.decode(body) == {"MetricAlarms": [], "CompositeAlarms": []}


def test_an_error_has_its_code(cloudwatch):
    code, _ = refused(cloudwatch.set_alarm_state, AlarmName="none", StateValue="OK", StateReason="test")
    assert code == "ResourceNotFound"


def test_the_query_protocol_answers_in_xml(cloud):
    cloud.client("cloudwatch").put_metric_alarm(**ALARM)
    form = urllib.parse.urlencode({"Action": "DescribeAlarms", "Version": "2010-08-01"}).encode()
    _, body = post(cloud, "/", form, **{"Content-Type": "application/x-www-form-urlencoded"})
    assert b"<AlarmName>deep</AlarmName>" in body
    assert b"<Threshold>10.5</Threshold>" in body
