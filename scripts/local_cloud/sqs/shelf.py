"""The messages of one standard queue, at a cost per call that does not grow with their number.

A message is visible, delayed or in flight. Delayed and in-flight ones lie in a heap by the time at which that ends, so
each call brings the shelf up to date with as many steps as messages have come back since the last one.
"""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from moto.sqs.models import Message

# Messages in flight in a standard queue (SQS Developer Guide, "Quotas related to messages").
IN_FLIGHT_LIMIT = 120_000


@dataclass
class Totals:
    """Since the queue was made; CloudWatch is told the differences."""

    sent: int = 0
    sent_bytes: int = 0
    received: int = 0
    deleted: int = 0
    empty_receives: int = 0


@dataclass(eq=False)
class Entry:
    message: Message
    entered: float
    """When it came to this queue: a redrive makes a message young again in the eyes of CloudWatch."""
    number: int
    source_arn: str | None = None
    due: float = 0.0
    receipts: int = 0


@dataclass
class Counts:
    visible: int
    in_flight: int
    delayed: int
    oldest: float | None
    """When the oldest message came."""


class Shelf:
    def __init__(self, retention: Callable[[], float]) -> None:
        self.changed = threading.Condition(threading.RLock())
        """Its lock guards everything here; who waits for messages waits on it."""
        self.totals = Totals()
        self._retention = retention
        self._all: OrderedDict[str, Entry] = OrderedDict()
        self._visible: OrderedDict[str, Entry] = OrderedDict()
        self._in_flight: set[str] = set()
        self._delayed: set[str] = set()
        self._due: list[tuple[float, int, Entry]] = []
        self._numbers = itertools.count()

    def add(self, message: Message, delay: float = 0, source_arn: str | None = None) -> None:
        with self.changed:
            now = time.time()
            entry = Entry(message, now, next(self._numbers), source_arn, receipts=message.approximate_receive_count)
            self._all[message.id] = entry
            if delay > 0:
                self._delayed.add(message.id)
                self._until(entry, now + delay)
            else:
                self._visible[message.id] = entry
            self.changed.notify_all()

    def next_visible(self) -> Entry | None:
        with self.changed:
            self._settle()
            return next(iter(self._visible.values()), None)

    def lend(self, entry: Entry, seconds: float) -> None:
        """It is in flight for so long."""
        del self._visible[entry.message.id]
        entry.receipts += 1
        self._in_flight.add(entry.message.id)
        self._until(entry, time.time() + seconds)

    def find(self, message_id: str) -> Entry | None:
        with self.changed:
            self._settle()
            return self._all.get(message_id)

    def is_in_flight(self, entry: Entry) -> bool:
        with self.changed:
            self._settle()
            return entry.message.id in self._in_flight

    def keep_invisible(self, entry: Entry, seconds: float) -> None:
        with self.changed:
            self._until(entry, time.time() + seconds)
            self._settle()
            self.changed.notify_all()

    def remove(self, entry: Entry) -> None:
        with self.changed:
            name = entry.message.id
            self._all.pop(name, None)
            self._visible.pop(name, None)
            self._in_flight.discard(name)
            self._delayed.discard(name)

    def clear(self) -> None:
        with self.changed:
            for kept in (self._all, self._visible, self._in_flight, self._delayed, self._due):
                kept.clear()

    def wait(self, until: float) -> None:
        """For a message that comes, or comes back, before then."""
        with self.changed:
            self._settle()
            next_due = self._due[0][0] if self._due else until
            if not self._visible:
                self.changed.wait(max(0.0, min(until, next_due) - time.time()))

    def visible(self) -> list[Message]:
        with self.changed:
            self._settle()
            return [entry.message for entry in self._visible.values()]

    def counts(self) -> Counts:
        with self.changed:
            self._settle()
            oldest = next(iter(self._all.values()), None)
            return Counts(
                len(self._visible), len(self._in_flight), len(self._delayed), oldest.entered if oldest else None
            )

    def _until(self, entry: Entry, moment: float) -> None:
        entry.due = moment
        entry.message.visible_at = moment * 1000
        heapq.heappush(self._due, (moment, entry.number, entry))

    def _settle(self) -> None:
        now = time.time()
        while self._due and self._due[0][0] <= now:
            moment, _, entry = heapq.heappop(self._due)
            name = entry.message.id
            # Of several times pushed for one message only the last one counts.
            if entry.due == moment and (name in self._in_flight or name in self._delayed):
                self._in_flight.discard(name)
                self._delayed.discard(name)
                self._visible[name] = entry
        self._expire(now)

    def _expire(self, now: float) -> None:
        """The oldest stand in front."""
        limit = now - self._retention()
        while (oldest := next(iter(self._all.values()), None)) and (oldest.message.sent_timestamp or 0) / 1000 <= limit:
            self.remove(oldest)
