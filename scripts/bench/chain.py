"""The longest chain of calls that had to wait for one another, from a recording of what was said.

Nothing is known here of who made the calls, or why in this order. By data, call B depends on call A where
- B names an id that A's answer gave first,
- or that is an instance or a NAT gateway that was pending then, and A is the first look at which it no longer was,
- or B names a bucket, a queue or a key pair that A made: such names are the caller's own choice, no answer gives them.

With order, B also depends on A where
- A looked whether there is what B makes: a builder that can be run again has to know,
- or AWS refuses B, or does something else, before A was made (ORDER),
- or both set something of the same bucket: S3 refuses two of these at once (S3 API Reference, OperationAborted).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

# A gateway that is not attached leads nowhere, and an instance gets the public address that its subnet gives at its
# launch (VPC User Guide: "NAT gateways", "Route tables", "Subnets").
ORDER = {
    "CreateNatGateway": "AttachInternetGateway",
    "CreateRoute": "AttachInternetGateway",
    "RunInstances": "ModifySubnetAttribute",
}

# What AWS hands out: ids, ARNs, queues' addresses, zones and account numbers.
_IDS = re.compile(
    r"\b[a-z]+-[0-9a-f]{17}\b|\barn:aws:[\w:/.-]+|\bhttps?://[^\s\"<>]+/\d{12}/[\w.-]+"
    r"|\b[a-z]{2}-[a-z]+-\d[a-z]\b|\b\d{12}\b"
)
_TAKES_TIME = ("i-", "nat-")
_PENDING = re.compile(r"<(?:state|name)>pending</")

# What callers choose themselves; a tag tells the parts of an architecture apart.
_BUCKET = re.compile(r"^/([a-z0-9][a-z0-9.-]{2,62})(?=[/?\s]|$)")
_QUEUE = re.compile(r'"QueueName": ?"([^"]+)"|\barn:aws:sqs:[\w-]+:\d{12}:([\w.-]+)')
_KEY_PAIR = re.compile(r"\bKeyName=([^&\s]+)")
_LABEL = re.compile(r"\bgd:resource&[\w.]*Value(?:\.1)?=([^&\s]+)")


@dataclass(frozen=True)
class Call:
    """One call and its answer, as text; `mutating` only if it was answered with success."""

    name: str
    service: str
    mutating: bool
    started: float
    ended: float
    request: str
    answer: str


def longest_chain(calls: Sequence[Call], order: bool) -> list[Call]:
    """The calls of the longest chain, the first one first: by data, or with order too."""
    calls = sorted(calls, key=lambda call: call.started)
    lengths: list[int] = []
    before: list[int | None] = []
    for number, call in enumerate(calls):
        earlier = [place for place in range(number) if calls[place].ended <= call.started]
        on = set(_by_data(call, calls, earlier))
        if order:
            on.update(_by_order(call, calls, earlier))
        last = max(on, key=lambda place: lengths[place], default=None)
        before.append(last)
        lengths.append(1 if last is None else lengths[last] + 1)
    place = max(range(len(calls)), key=lambda place: lengths[place], default=None)
    chain: list[Call] = []
    while place is not None:
        chain.insert(0, calls[place])
        place = before[place]
    return chain


def _by_data(call: Call, calls: Sequence[Call], earlier: list[int]) -> Iterator[int]:
    for one in set(_IDS.findall(call.request)):
        if (giver := _giver(one, calls, earlier)) is not None:
            yield giver
    for name in _own_names(call):
        if (maker := _maker(name, calls, earlier)) is not None:
            yield maker


def _giver(one: str, calls: Sequence[Call], earlier: list[int]) -> int | None:
    """Whose answer gave this id, unless somebody named it before: then it was known without asking."""
    for number, place in enumerate(earlier):
        call = calls[place]
        if one in call.request:
            return None
        if one in call.answer:
            if not one.startswith(_TAKES_TIME) or not _PENDING.search(call.answer):
                return place
            looks = (look for look in earlier[number + 1 :] if one in calls[look].answer)
            return next((look for look in looks if not _PENDING.search(calls[look].answer)), place)
    return None


def _maker(name: str, calls: Sequence[Call], earlier: list[int]) -> int | None:
    return next((place for place in earlier if calls[place].mutating and name in _own_names(calls[place])), None)


def _by_order(call: Call, calls: Sequence[Call], earlier: list[int]) -> Iterator[int]:
    yield from (place for place in earlier if calls[place].name == ORDER.get(call.name) and calls[place].mutating)
    if call.mutating:
        for name in _own_names(call):
            same = (place for place in earlier if name in _own_names(calls[place]))
            if _maker(name, calls, earlier) is None:
                yield from same
            elif call.service == "s3":
                yield from (place for place in same if calls[place].mutating)


def _own_names(call: Call) -> list[str]:
    names = [f"key pair {name}" for name in _KEY_PAIR.findall(call.request)]
    names += [f"label {name}" for name in _LABEL.findall(call.request)]
    if call.service == "s3":
        names += [f"bucket {name}" for name in _BUCKET.findall(call.request)]
    if call.service == "sqs":
        names += [f"queue {made or named}" for made, named in _QUEUE.findall(call.request)]
    return names
