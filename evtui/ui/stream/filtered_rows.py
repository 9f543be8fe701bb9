"""The rows of the stream that its filters show: found step by step, from the newest record to the oldest."""

from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Iterable, Sequence

from evtui.core.records import Raised, Record
from evtui.ui.stream.delivery_status import QueuedDeliveries
from evtui.ui.stream.record_filter import RecordFilter
from evtui.ui.stream.record_rows import Places, RecordRows, all_places
from evtui.ui.stream.stream_filter import StreamFilter

AT_ONCE = 2_000
"""Changed records that are looked at again in one step, where the filters have few tests."""

AGE_STEP = 1.0
"""Seconds between two looks at which records have got too old for a filter, or old enough."""

_ROWS_LIKE_RECORD = 16
"""How many more rows of a record cost as much as one more record."""

_TEXT_LIKE_RECORD = 1024
"""Characters of its parameters that cost as much."""

_TESTS_LIKE_RECORD = 6
"""Tests of the filters that cost as much."""

_NONE = range(0)


class FilteredRows:
    """The rows that the filters show of all that there are, and how many rows each filter shows alone."""

    def __init__(self, wanted: StreamFilter, rows: RecordRows, now: float) -> None:
        self.rows = RecordRows(rows.marks)
        """What was found."""
        on = [(place, part) for place, part in enumerate(wanted.parts) if part.mode != "off"]
        self._filters = [RecordFilter(part.wanted, rows.marks) for _, part in on]
        self._leaves_out = [part.mode == "out" for _, part in on]
        self._places = [place for place, _ in on]
        self._hits: list[deque[int]] = [deque() for _ in on]
        """For each filter, how many rows it shows of each record that was looked at, oldest first."""
        self._totals = [0 for _ in on]
        self._tests = sum(part.wanted.size for _, part in on)
        self._changes = any(part.wanted.changes for _, part in on)
        self._ages = sorted({age for _, part in on for age in part.wanted.ages})
        self._aged_at = now
        self._all = self._left = len(rows.records)
        """How many records there were in the beginning, and how many of them were not looked at yet: the oldest."""
        self._again: dict[int, None] = {}
        """The numbers of records that may have changed and were not looked at again yet, by their first rows."""

    @property
    def progress(self) -> float | None:
        """Return which part of the records was looked at; None when that is all of them."""
        return 1 - self._left / self._all if self._left else None

    def hits(self, place: int) -> int | None:
        """Count the rows that one filter shows alone, by its place among all; None when it is off."""
        return self._totals[self._places.index(place)] if place in self._places else None

    def add(self, record: Record, number: int, size: int, queued: QueuedDeliveries | None, now: float) -> int:
        """Take a new record at wall second `now`; returns how many of its rows are shown."""
        places, hits = self._decide(record, number, size, queued, now)
        for each, count in zip(self._hits, hits, strict=True):
            each.append(count)
        self._count(hits)
        if places:
            self.rows.append(record, number, places, queued)
        return len(places)

    def add_all(self, records: Sequence[Record], number: int, size: int, now: float) -> int:
        """Take new raises with `size` rows each, nothing of which is queued; returns how many rows are shown."""
        shown: list[Places] = [all_places(size)] * len(records)
        for which, (each, leaves_out) in enumerate(zip(self._filters, self._leaves_out, strict=True)):
            found = each.places_of_all(records, number, size, now)
            hits = list(map(len, found))
            self._hits[which].extend(hits)
            self._totals[which] += sum(hits)
            if which or leaves_out:
                shown = [_joined(before, places, size, leaves_out) for before, places in zip(shown, found, strict=True)]
            else:
                shown = found
        count, append = 0, self.rows.append
        for place, places in enumerate(shown):
            if places:
                append(records[place], number + place * size, places, None)
                count += len(places)
        return count

    def scan(self, rows: RecordRows, count: int, now: float) -> RecordRows | None:
        """Look at about so many older records; returns what was found, None when all were looked at."""
        if not self._left:
            return None
        first = self._left
        found: list[tuple[int, Places]] = []
        while first and count > 0:
            first -= 1
            record, size = rows.records[first], len(rows.places[first])
            count -= self._cost(record, size)
            places, hits = self._decide(record, rows.numbers[first], size, rows.queued[first], now)
            for each, hit in zip(self._hits, hits, strict=True):
                each.appendleft(hit)
            self._count(hits)
            if places:
                found.append((first, places))
        self._left = first
        older = RecordRows(rows.marks)
        for which, places in reversed(found):
            older.append(rows.records[which], rows.numbers[which], places, rows.queued[which])
        return older

    def drop_before(self, number: int) -> None:
        """Drop what was evicted: the records whose rows have smaller numbers."""
        self.rows.drop_before(number)

    def forget(self, count: int) -> None:
        """Take note that so many of the oldest records were evicted."""
        known = max(0, count - self._left)
        self._left = max(0, self._left - count)
        for place, each in enumerate(self._hits):
            self._totals[place] -= sum(each.popleft() for _ in range(min(known, len(each))))

    def look_again(self, numbers: Iterable[int]) -> None:
        """Take note that deliveries or marks changed, by the numbers of the first rows of their records."""
        if self._changes:
            self._again.update(dict.fromkeys(numbers))

    def decide_again(self, rows: RecordRows, now: float) -> bool:
        """Decide again about records that changed or got older, a bounded number of them at each call.

        Returns whether other rows are shown.
        """
        if self._ages and now - self._aged_at >= AGE_STEP:
            self._look_at_aged(rows, now)
        count = AT_ONCE
        changed: list[tuple[int, Record, Places, QueuedDeliveries | None]] = []
        while self._again and count > 0:
            number = next(iter(self._again))
            del self._again[number]
            which = bisect_left(rows.numbers, number)
            if not self._left <= which < len(rows.numbers) or rows.numbers[which] != number:
                continue
            record, queued, size = rows.records[which], rows.queued[which], len(rows.places[which])
            count -= self._cost(record, size)
            places, hits = self._decide(record, number, size, queued, now)
            self._count([hit - each[which - self._left] for each, hit in zip(self._hits, hits, strict=True)])
            for each, hit in zip(self._hits, hits, strict=True):
                each[which - self._left] = hit
            changed.append((number, record, places, queued))
        return self.rows.give_places(changed)

    def _look_at_aged(self, rows: RecordRows, now: float) -> None:
        """Look again at the records that passed an age of a filter since the last look."""
        for age in self._ages:
            first = bisect_left(rows.records, self._aged_at - age, key=_at)
            behind = bisect_right(rows.records, now - age, key=_at)
            self._again.update(dict.fromkeys(rows.numbers[first:behind]))
        self._aged_at = now

    def _decide(
        self, record: Record, number: int, size: int, queued: QueuedDeliveries | None, now: float
    ) -> tuple[Places, Sequence[int]]:
        """Return the places of the rows that are shown, and how many each filter shows alone."""
        shown: Places = all_places(size)
        hits: list[int] = []
        for each, leaves_out in zip(self._filters, self._leaves_out, strict=True):
            places = each.places(record, number, size, queued, now)
            hits.append(len(places))
            shown = _joined(shown, places, size, leaves_out)
        return shown, hits

    def _count(self, hits: Sequence[int]) -> None:
        for place, hit in enumerate(hits):
            self._totals[place] += hit

    def _cost(self, record: Record, size: int) -> int:
        """Say for how many plain records a record counts."""
        text = record.params.text_size // _TEXT_LIKE_RECORD if isinstance(record, Raised) else 0
        return (1 + size // _ROWS_LIKE_RECORD + text) * (1 + self._tests // _TESTS_LIKE_RECORD)


def _joined(shown: Places, places: Places, size: int, leaves_out: bool) -> Places:
    """Return those of the shown rows that one more filter shows, or leaves: `places` are what it shows of `size`."""
    if len(places) in {0, size}:
        return _NONE if (len(places) == size) == leaves_out else shown
    if not shown:
        return shown
    known = set(places)
    return tuple(place for place in shown if (place in known) != leaves_out)


def _at(record: Record) -> float:
    return record.at
