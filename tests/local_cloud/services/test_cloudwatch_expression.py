"""Metric math and the verdicts on data points: both are pure."""

from __future__ import annotations

import pytest
from local_cloud.cloudwatch import evaluation, expression, reason
from local_cloud.cloudwatch.evaluation import Point, Rule

SERIES = {"m1": {0.0: 40.0, 60.0: 10.0}, "m2": {0.0: 2.0}, "m3": {0.0: 0.0, 60.0: 0.0}}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("m1", {0.0: 40.0, 60.0: 10.0}),
        ("m1/m2", {0.0: 20.0}),
        ("m1 / FILL(m2, 1)", {0.0: 20.0, 60.0: 10.0}),
        ("FILL(m2, REPEAT)", {0.0: 2.0, 60.0: 2.0}),
        ("m1/m3", {}),
        ("IF(m3 > 0, m1/m3, m1)", {0.0: 40.0, 60.0: 10.0}),
        ("(m1 + 2) * -1", {0.0: -42.0, 60.0: -12.0}),
        ("2^3", {0.0: 8.0, 60.0: 8.0}),
        ("SUM([m1, m2])", {0.0: 42.0, 60.0: 10.0}),
        ("MAX(m1)", {0.0: 40.0, 60.0: 40.0}),
        ("CEIL(m1/7)", {0.0: 6.0, 60.0: 2.0}),
        ("m1 > 20 && m2 == 2", {0.0: 1.0}),
    ],
)
def test_an_expression_has_a_value_where_all_its_series_have_one(text, expected):
    assert expression.evaluate(text, SERIES, [0.0, 60.0], 60) == expected


@pytest.mark.parametrize("text", ["m9", "m1 +", "__import__('os')", "m1.x", "[m1"])
def test_what_is_no_expression_is_refused(text):
    with pytest.raises(expression.ExpressionError):
        expression.evaluate(text, SERIES, [0.0], 60)


# CloudWatch User Guide, "Configuring how CloudWatch alarms treat missing data": both of its tables.
# X breaches, 0 does not, - is missing; then missing, ignore, breaching, notBreaching.
THREE_OF_THREE = [
    ("0-X-X", "OK OK OK OK"),
    ("0----", "OK OK OK OK"),
    ("-----", "INSUFFICIENT_DATA keep ALARM OK"),
    ("0XX-X", "ALARM ALARM ALARM ALARM"),
    ("--X--", "ALARM keep ALARM OK"),
]
TWO_OF_THREE = [
    ("0-X-X", "ALARM ALARM ALARM ALARM"),
    ("00X0X", "ALARM ALARM ALARM ALARM"),
    ("0-X--", "OK OK ALARM OK"),
    ("----0", "OK OK ALARM OK"),
    ("---X-", "ALARM keep ALARM OK"),
]


@pytest.mark.parametrize(
    ("to_alarm", "points", "expected"),
    [(3, *row) for row in THREE_OF_THREE] + [(2, *row) for row in TWO_OF_THREE],
)
def test_missing_data_count_as_the_guide_says(to_alarm, points, expected):
    known = [Point(at, 1.0 if mark == "X" else 0.0) for at, mark in enumerate(points) if mark != "-"]
    found = []
    for missing in ("missing", "ignore", "breaching", "notBreaching"):
        rule = Rule("GreaterThanThreshold", 0.5, 3, to_alarm, missing)
        found.append(evaluation.evaluate(rule, known).state or "keep")
    assert " ".join(found) == expected


def test_the_reason_reads_as_the_service_words_it():
    rule = Rule("GreaterThanThreshold", 10, 1, 1)
    verdict = evaluation.evaluate(rule, [Point(1_790_000_040, 40)])
    assert reason.text(rule, verdict, "OK") == (
        "Threshold Crossed: 1 out of the last 1 datapoints [40.0 (21/09/26 14:14:00)] was greater than the threshold"
        " (10.0) (minimum 1 datapoint for OK -> ALARM transition)."
    )
    verdict = evaluation.evaluate(rule, [Point(1_790_000_040, 1)])
    assert reason.text(rule, verdict, "INSUFFICIENT_DATA") == (
        "Threshold Crossed: 1 datapoint [1.0 (21/09/26 14:14:00)] was not greater than the threshold (10.0)."
    )
    verdict = evaluation.evaluate(rule, [])
    assert reason.text(rule, verdict, "OK") == "Insufficient Data: 1 datapoint was unknown."
