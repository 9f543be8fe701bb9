"""The journal: the last records, bounded by count and bytes, and the readers that follow it at their own pace.

When it is full the oldest record makes room. A reader that had not read it yet loses it, and its `lost` says how many.
"""

from collections import deque
from collections.abc import Sequence
from fnmatch import fnmatchcase
from itertools import islice
from typing import assert_never

import anyio

from evtui.core.records import (
    Dropped,
    Expired,
    Published,
    Raised,
    Record,
    Refreshed,
    Retrying,
    Settled,
    Subscribed,
    Unsubscribed,
)

RECORD_COST = 400
"""Bytes a record is counted with besides its payloads: a fair guess at the objects around them."""


class Journal:
    """A ring of records; writing never waits and never fails."""

    def __init__(self, max_records: int = 50_000, max_bytes: int = 64 * 1024 * 1024) -> None:
        self._records: deque[Record] = deque()
        self._sizes: deque[int] = deque()
        self._max_records = max_records
        self._max_bytes = max_bytes
        self._bytes = 0
        self.written = 0
        """Records written since start."""
        self._sleepers: list[anyio.Event] = []

    @property
    def evicted(self) -> int:
        """Count the records that made room for newer ones."""
        return self.written - len(self._records)

    def append(self, record: Record, payload: int = 0) -> None:
        """Write a record that keeps `payload` bytes alive; evicts the oldest when a bound is reached."""
        size = payload + RECORD_COST
        sizes = self._sizes
        self._records.append(record)
        sizes.append(size)
        self.written += 1
        if len(sizes) > self._max_records:  # the usual case once full, kept out of the loop below for speed
            self._records.popleft()
            size -= sizes.popleft()
        self._bytes += size
        if self._bytes > self._max_bytes:
            self._evict()
        if self._sleepers:
            self._wake_sleepers()

    def since(self, place: int) -> tuple[Sequence[Record], int]:
        """Return the records written after the first `place` ones, and how many of those are evicted already."""
        kept = len(self._records)
        wanted = self.written - place
        if wanted <= 0:
            return (), 0
        if wanted > kept:
            return tuple(self._records), wanted - kept
        newest_first = list(islice(reversed(self._records), wanted))
        newest_first.reverse()
        return newest_first, 0

    def watch(self, events: Sequence[str] = ()) -> "JournalWatch":
        """Follow the journal from now on; only the named events (or wildcards) when there are names."""
        return JournalWatch(self, tuple(events))

    async def wait_beyond(self, place: int) -> None:
        """Return when more than `place` records have been written."""
        while self.written <= place:
            event = anyio.Event()
            self._sleepers.append(event)
            try:
                await event.wait()
            finally:
                if event in self._sleepers:
                    self._sleepers.remove(event)

    def _evict(self) -> None:
        while self._bytes > self._max_bytes and len(self._sizes) > 1:
            self._records.popleft()
            self._bytes -= self._sizes.popleft()

    def _wake_sleepers(self) -> None:
        sleepers, self._sleepers = self._sleepers, []
        for sleeper in sleepers:
            sleeper.set()


class JournalWatch:
    """One reader's place in a journal: satisfies `core.ports.Watch`."""

    def __init__(self, journal: Journal, events: tuple[str, ...]) -> None:
        self._journal = journal
        self._events = events
        self._place = journal.written
        self._lost = 0

    @property
    def lost(self) -> int:
        """Count the records this reader never saw."""
        return self._lost

    def read(self, limit: int | None = None) -> Sequence[Record]:
        """Take what is new, oldest first, at most the newest `limit`."""
        records, evicted = self._journal.since(self._place)
        self._place = self._journal.written
        self._lost += evicted
        if self._events:
            records = [record for record in records if self._wants(event_of(record))]
        if limit is not None and len(records) > limit:
            self._lost += len(records) - limit
            records = records[len(records) - limit :]
        return records

    async def wait(self) -> None:
        """Return when there is something to read."""
        await self._journal.wait_beyond(self._place)

    async def aclose(self) -> None:
        """Stop watching: nothing is held."""

    def _wants(self, event: str) -> bool:
        return any(fnmatchcase(event, wanted) for wanted in self._events)


def event_of(record: Record) -> str:
    """Name the event a record is about."""
    match record:
        case Subscribed() | Refreshed() | Unsubscribed() | Expired():
            return record.subscription.event
        case Raised() | Settled() | Retrying() | Published() | Dropped():
            return record.event
        case _:
            assert_never(record)
