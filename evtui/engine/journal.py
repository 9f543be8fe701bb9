"""The journal: the last records, bounded by count and bytes, and the readers that follow it at their own pace.

When the journal is full, a new record replaces the oldest one. A reader that had not read that record loses it; the
reader's `lost` counts such records.
"""

from collections import deque
from collections.abc import Sequence
from itertools import accumulate, islice, repeat
from typing import Final

import anyio
from msgspec import Struct

from evtui.core.ports import JournalUse
from evtui.core.records import Record, event_of
from evtui.core.wildcards import matches

RECORD_COST: Final = 400
"""Bytes that a record counts besides its payloads: an estimate of its objects."""

PLAN_COST = 16
"""Bytes that a dispatch plan counts for each subscriber; the first record with the plan counts them."""

LATENCY_COST = 32
"""Bytes that the latency of each group of a dispatch plan counts, besides the first."""

FAILURE_COST = 96
"""Bytes that a delivery which failed in place counts."""


class JournalBounds(Struct, frozen=True):
    """How much a journal holds."""

    records: int = 50_000
    bytes: int = 64 * 1024 * 1024

    def make(self) -> "Journal":
        """Make a journal with these bounds."""
        return Journal(self.records, self.bytes)


WHOLE_JOURNAL: Final = JournalBounds()


class Journal:
    """A bounded queue of records; writing never waits and never fails."""

    def __init__(self, max_records: int = WHOLE_JOURNAL.records, max_bytes: int = WHOLE_JOURNAL.bytes) -> None:
        self._records: deque[Record] = deque(maxlen=max_records)
        self._starts: deque[int] = deque(maxlen=max_records)
        """The bytes that were written before each of the records."""
        self._max_bytes = max_bytes
        self._end = self._charge = 0
        self.written = 0
        """Records written since start."""
        self._waiting_readers: list[anyio.Event] = []

    @property
    def evicted(self) -> int:
        """Count the records that newer ones have replaced."""
        return self.written - len(self._records)

    @property
    def begin(self) -> float | None:
        """Return the wall second of the oldest record; None when there is none."""
        return self._records[0].at if self._records else None

    @property
    def use(self) -> JournalUse:
        """Say how many records it holds, and how many newer ones have replaced."""
        return JournalUse(len(self._records), self.evicted)

    def append(self, record: Record, payload: int = 0) -> None:
        """Write a record with `payload` bytes of payloads; evicts the oldest records when a bound is reached."""
        starts, start = self._starts, self._end
        self._records.append(record)
        starts.append(start)
        self._end = end = start + RECORD_COST + payload
        self.written += 1
        if self._charge:
            self._end = end = end + self._charge
            self._charge = 0
        if end - starts[0] > self._max_bytes:
            self._evict()
        if self._waiting_readers:
            self._wake_readers()

    def extend(self, records: Sequence[Record], payloads: Sequence[int] | None = None) -> None:
        """Write records as `append` writes each; `payloads`: the bytes of payloads of each, None: they hold none."""
        if self._charge or not records:
            for record, payload in zip(records, payloads or repeat(0), strict=False):
                self.append(record, payload)
            return
        count, start = len(records), self._end
        self._records.extend(records)
        if payloads is None:
            self._end = end = start + count * RECORD_COST
            self._starts.extend(range(start, end, RECORD_COST))
        else:
            ends = list(accumulate(map(RECORD_COST.__add__, payloads), initial=start))
            self._end = end = ends.pop()
            self._starts.extend(ends)
        self.written += count
        if end - self._starts[0] > self._max_bytes:
            self._evict()
        if self._waiting_readers:
            self._wake_readers()

    def charge(self, size: int) -> None:
        """Add bytes to the next record: what it is the first to hold besides its payloads."""
        self._charge += size

    def since(self, place: int) -> tuple[Sequence[Record], int]:
        """Return the records written after the first `place` ones, and how many of them are evicted already."""
        kept = len(self._records)
        wanted = self.written - place
        if wanted <= 0:
            return (), 0
        if wanted > kept:
            return tuple(self._records), wanted - kept
        newest_first = list(islice(reversed(self._records), wanted))
        newest_first.reverse()
        return newest_first, 0

    def place_of_last(self, number: int) -> int:
        """Return the place before the newest `number` records, or before all that it holds."""
        return max(self.evicted, self.written - number)

    def part(self, place: int, most: int) -> Sequence[Record]:
        """Return the records behind the first `place` ones, at most so many; `place` is not before `evicted`."""
        first = place - self.evicted
        return tuple(islice(self._records, first, first + most))

    def watch(self, events: Sequence[str] = (), place: int | None = None) -> "JournalWatch":
        """Follow the journal from now on, or from behind its first `place` records.

        Only the named events (or wildcards) when there are names.
        """
        return JournalWatch(self, tuple(events), place)

    async def wait_beyond(self, place: int) -> None:
        """Return when more than `place` records have been written."""
        while self.written <= place:
            wake_up = anyio.Event()
            self._waiting_readers.append(wake_up)
            try:
                await wake_up.wait()
            finally:
                if wake_up in self._waiting_readers:
                    self._waiting_readers.remove(wake_up)

    def _evict(self) -> None:
        starts = self._starts
        while self._end - starts[0] > self._max_bytes and len(starts) > 1:
            self._records.popleft()
            starts.popleft()

    def _wake_readers(self) -> None:
        readers, self._waiting_readers = self._waiting_readers, []
        for wake_up in readers:
            wake_up.set()


class JournalWatch:
    """The place of one reader in a journal; satisfies `core.ports.Watch`."""

    def __init__(self, journal: Journal, events: tuple[str, ...], place: int | None = None) -> None:
        """`place` is how many records are before it; None stands for all that there are."""
        self._journal = journal
        self._events = events
        self._place = journal.written if place is None else place
        self._lost = 0

    @property
    def lost(self) -> int:
        """Count the records that this reader never got."""
        return self._lost

    @property
    def skipped(self) -> int:
        """Count the same: every record was in the journal."""
        return self._lost

    @property
    def journal(self) -> JournalUse:
        """Say what the journal holds."""
        return self._journal.use

    def read(self, limit: int | None = None) -> Sequence[Record]:
        """Take the new records, oldest first, at most the newest `limit`."""
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
        """Do nothing: a watch holds no resource."""

    def _wants(self, event: str) -> bool:
        return any(matches(event, wanted) for wanted in self._events)
