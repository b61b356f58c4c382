"""Metrics of queues, and alarms on them, minute by minute."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from services import eventually, refused

DEPTH = "ApproximateNumberOfMessagesVisible"
QUEUE = {"Namespace": "AWS/SQS", "MetricName": DEPTH, "Dimensions": [{"Name": "QueueName", "Value": "input"}]}


@pytest.fixture
def cloudwatch(cloud):
    return cloud.client("cloudwatch")


@pytest.fixture
def queue(cloud):
    sqs = cloud.client("sqs")
    url = sqs.create_queue(QueueName="input")["QueueUrl"]
    return lambda count: [sqs.send_message(QueueUrl=url, MessageBody=str(number)) for number in range(count)]


def alarm(name="deep", **options):
    wish = {
        "AlarmName": name,
        **QUEUE,
        "Statistic": "Average",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 10,
        "ComparisonOperator": "GreaterThanThreshold",
    }
    return {key: value for key, value in (wish | options).items() if value is not None}


def state(cloudwatch, name="deep"):
    return cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]["StateValue"]


def window():
    now = datetime.now(UTC)
    return {"StartTime": now - timedelta(minutes=10), "EndTime": now + timedelta(minutes=1)}


def newest(cloudwatch, *queries):
    answer = cloudwatch.get_metric_data(MetricDataQueries=list(queries), **window())
    return [result["Values"][0] if result["Values"] else None for result in answer["MetricDataResults"]]


def query(identity, name, returned=True):
    stat = {"Metric": {**QUEUE, "MetricName": name}, "Period": 60, "Stat": "Average"}
    return {"Id": identity, "MetricStat": stat, "ReturnData": returned}


def test_a_queue_publishes_its_counts_each_minute(cloud, cloudwatch, queue):
    queue(3)
    sqs = cloud.client("sqs")
    url = sqs.get_queue_url(QueueName="input")["QueueUrl"]
    sqs.receive_message(QueueUrl=url)
    names = ["ApproximateNumberOfMessagesVisible", "ApproximateNumberOfMessagesNotVisible"]
    queries = [query(f"m{number}", name) for number, name in enumerate(names)]
    eventually(lambda: newest(cloudwatch, *queries) == [2.0, 1.0])
    sums = [
        {"Id": f"s{number}", "MetricStat": {"Metric": {**QUEUE, "MetricName": name}, "Period": 86400, "Stat": "Sum"}}
        for number, name in enumerate(("NumberOfMessagesSent", "NumberOfMessagesReceived", "NumberOfMessagesDeleted"))
    ]
    eventually(lambda: newest(cloudwatch, *sums) == [3.0, 1.0, 0.0])
    [metric] = cloudwatch.list_metrics(Namespace="AWS/SQS", MetricName=DEPTH)["Metrics"]
    assert metric == QUEUE
    points = cloudwatch.get_metric_statistics(**QUEUE, Period=60, Statistics=["Maximum"], **window())["Datapoints"]
    assert {point["Unit"] for point in points} == {"Count"}


def test_arithmetic_is_done_where_there_are_values(cloudwatch, queue):
    queue(4)
    math = {"Id": "e1", "Expression": "m1 / FILL(m9, 2)", "Label": "backlog"}
    nothing = query("m9", "None", returned=False)
    eventually(lambda: newest(cloudwatch, query("m1", DEPTH, returned=False), nothing, math) == [2.0])
    code, _ = refused(cloudwatch.get_metric_data, MetricDataQueries=[{"Id": "e", "Expression": "m7*2"}], **window())
    assert code == "ValidationError"


def test_own_metrics_are_kept_by_the_minute(cloudwatch):
    now = datetime.now(UTC)
    data = [{"MetricName": "m", "Value": value, "Timestamp": now, "Unit": "Count"} for value in (1, 2, 9)]
    cloudwatch.put_metric_data(Namespace="Own", MetricData=data)
    wanted = {"Namespace": "Own", "MetricName": "m", "Period": 60, **window()}
    [point] = cloudwatch.get_metric_statistics(
        **wanted, Statistics=["Sum", "Average", "SampleCount"], ExtendedStatistics=["p50"]
    )["Datapoints"]
    assert (point["Sum"], point["Average"], point["SampleCount"]) == (12, 4, 3)
    assert point["ExtendedStatistics"] == {"p50": 2}


def test_an_alarm_begins_without_data_and_follows_the_queue(cloud, cloudwatch, queue):
    cloudwatch.put_metric_alarm(**alarm())
    assert state(cloudwatch) == "INSUFFICIENT_DATA"
    queue(0)
    eventually(lambda: state(cloudwatch) == "OK")
    queue(40)
    eventually(lambda: state(cloudwatch) == "ALARM")
    [found] = cloudwatch.describe_alarms(StateValue="ALARM")["MetricAlarms"]
    words = r"Threshold Crossed: 1 out of the last 1 datapoints \[\d+\.0 \("
    assert re.match(words, found["StateReason"])
    assert found["StateReason"].endswith(
        ")] was greater than the threshold (10.0) (minimum 1 datapoint for OK -> ALARM transition)."
    )
    [depth] = json.loads(found["StateReasonData"])["recentDatapoints"]
    assert depth > 10
    sqs = cloud.client("sqs")
    sqs.purge_queue(QueueUrl=sqs.get_queue_url(QueueName="input")["QueueUrl"])
    eventually(lambda: state(cloudwatch) == "OK")
    items = cloudwatch.describe_alarm_history(AlarmName="deep", ScanBy="TimestampAscending")["AlarmHistoryItems"]
    summaries = [item["HistorySummary"] for item in items]
    assert summaries[0] == 'Alarm "deep" created'
    assert summaries[1:] == [
        "Alarm updated from INSUFFICIENT_DATA to OK",
        "Alarm updated from OK to ALARM",
        "Alarm updated from ALARM to OK",
    ]
    assert {item["HistoryItemType"] for item in items} == {"ConfigurationUpdate", "StateUpdate"}


def test_an_alarm_on_an_expression_is_evaluated(cloudwatch, queue):
    queue(40)
    metrics = [query("m1", DEPTH, returned=False), {"Id": "e1", "Expression": "m1/4", "ReturnData": True}]
    keep_out = dict.fromkeys(("Namespace", "MetricName", "Dimensions", "Statistic", "Period"))
    cloudwatch.put_metric_alarm(**alarm(**keep_out, Metrics=metrics, Threshold=9))
    eventually(lambda: state(cloudwatch) == "ALARM")
    [found] = cloudwatch.describe_alarms()["MetricAlarms"]
    assert [each["Id"] for each in found["Metrics"]] == ["m1", "e1"]


def test_an_update_keeps_the_state_and_a_hand_can_set_it(cloudwatch):
    cloudwatch.put_metric_alarm(**alarm())
    cloudwatch.set_alarm_state(AlarmName="deep", StateValue="ALARM", StateReason="by hand")
    cloudwatch.put_metric_alarm(**alarm(Threshold=20))
    found = cloudwatch.describe_alarms()["MetricAlarms"][0]
    assert (found["Threshold"], found["AlarmName"]) == (20, "deep")
    history = cloudwatch.describe_alarm_history(AlarmName="deep", HistoryItemType="StateUpdate")["AlarmHistoryItems"]
    assert history[-1]["HistorySummary"] == "Alarm updated from INSUFFICIENT_DATA to ALARM"


def test_alarms_are_found_by_their_metric(cloudwatch):
    cloudwatch.put_metric_alarm(**alarm())
    assert [each["AlarmName"] for each in cloudwatch.describe_alarms_for_metric(**QUEUE)["MetricAlarms"]] == ["deep"]
    other = {**QUEUE, "Dimensions": [{"Name": "QueueName", "Value": "other"}]}
    assert cloudwatch.describe_alarms_for_metric(**other)["MetricAlarms"] == []


def test_alarms_come_in_pages(cloudwatch):
    for number in range(5):
        cloudwatch.put_metric_alarm(**alarm(f"a{number}"))
    pages = cloudwatch.get_paginator("describe_alarms").paginate(PaginationConfig={"PageSize": 2})
    names = [[found["AlarmName"] for found in page["MetricAlarms"]] for page in pages]
    assert names == [["a0", "a1"], ["a2", "a3"], ["a4"]]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"DatapointsToAlarm": 2}, "ValidationError"),
        ({"Statistic": None}, "ValidationError"),
        ({"Period": 45}, "ValidationError"),
        ({"Metrics": [{"Id": "e", "Expression": "1"}]}, "InvalidParameterCombination"),
    ],
)
def test_an_impossible_alarm_is_refused(cloudwatch, change, code):
    assert refused(cloudwatch.put_metric_alarm, **alarm(**change))[0] == code
