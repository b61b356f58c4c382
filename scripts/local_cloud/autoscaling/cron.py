"""Recurrences of scheduled actions: five fields of cron, in UTC (Auto Scaling User Guide, "Recurring schedules")."""

from __future__ import annotations

from datetime import datetime

# Smallest and largest of minute, hour, day of month, month, day of week (0 and 7 are Sunday).
BOUNDS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))


class CronError(ValueError):
    """What is no recurrence."""


def parse(text: str) -> list[set[int]]:
    fields = text.split()
    if len(fields) != len(BOUNDS):
        raise CronError(text)
    try:
        sets = [_field(field, *bounds) for field, bounds in zip(fields, BOUNDS, strict=True)]
    except ValueError as error:
        raise CronError(text) from error
    sets[4] = {day % 7 for day in sets[4]}
    return sets


def _field(text: str, smallest: int, largest: int) -> set[int]:
    found: set[int] = set()
    for part in text.split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        start = smallest if span == "*" else int(first)
        end = largest if span == "*" or (step and not last) else int(last or first)
        if not smallest <= start <= end <= largest:
            raise ValueError(part)
        found |= set(range(start, end + 1, int(step or 1)))
    return found


def matches(text: str, moment: datetime) -> bool:
    minute, hour, day, month, weekday = parse(text)
    # If both are restricted, either will do (crontab(5)).
    fields = text.split()
    on_day, on_weekday = moment.day in day, moment.isoweekday() % 7 in weekday
    either = fields[2] != "*" and fields[4] != "*"
    right_day = (on_day or on_weekday) if either else (on_day and on_weekday)
    return moment.minute in minute and moment.hour in hour and moment.month in month and right_day
