"""The rows of the stream that a filter shows: found step by step, from the newest record to the oldest."""

from bisect import bisect_left
from collections.abc import Iterable

from evtui.core.records import Raised, Record
from evtui.ui.stream.delivery_status import QueuedDeliveries
from evtui.ui.stream.record_filter import RecordFilter
from evtui.ui.stream.record_rows import Places, RecordRows
from evtui.ui.stream.stream_filter import StreamFilter

AT_ONCE = 1_000
"""Changed raises that are looked at again in one step."""

_ROWS_LIKE_RECORD = 16
"""How many more rows of a record cost as much as one more record."""


class FilteredRows:
    """The rows that a filter shows of all that there are."""

    def __init__(self, wanted: StreamFilter, rows: RecordRows) -> None:
        self.rows = RecordRows()
        """What was found."""
        self._filter = RecordFilter(wanted)
        self._all = self._left = len(rows.records)
        """How many records there were in the beginning, and how many of them were not looked at yet: the oldest."""
        self._again: dict[int, None] = {}
        """The numbers of raises that changed and were not looked at again yet."""

    @property
    def progress(self) -> float | None:
        """Return which part of the records was looked at; None when that is all of them."""
        return 1 - self._left / self._all if self._left else None

    def add(self, record: Record, number: int, size: int, queued: QueuedDeliveries | None) -> int:
        """Take a new record; returns how many of its rows are shown."""
        places = self._filter.places(record, size, queued)
        if places:
            self.rows.append(record, number, places, queued)
        return len(places)

    def scan(self, rows: RecordRows, count: int) -> RecordRows | None:
        """Look at about so many older records; returns what was found, None when all were looked at."""
        if not self._left:
            return None
        behind = first = self._left
        found: list[tuple[int, Places]] = []
        while first and count > 0:
            first -= 1
            size = len(rows.places[first])
            count -= 1 + size // _ROWS_LIKE_RECORD
            places = self._filter.places(rows.records[first], size, rows.queued[first])
            if places:
                found.append((first, places))
        self._left = first
        older = RecordRows()
        for which, places in reversed(found):
            older.append(rows.records[which], rows.numbers[which], places, rows.queued[which])
        return older if behind else None

    def drop_before(self, number: int) -> None:
        """Drop what was evicted: the records whose rows have smaller numbers."""
        self.rows.drop_before(number)

    def forget(self, count: int) -> None:
        """Take note that so many of the oldest records were evicted."""
        self._left = max(0, self._left - count)

    def look_again(self, numbers: Iterable[int]) -> None:
        """Take note that the rows of raises changed, by the numbers of their first rows."""
        self._again.update(dict.fromkeys(numbers))

    def decide_again(self, rows: RecordRows) -> None:
        """Decide again about raises that changed, a bounded number of them at each call."""
        again = list(self._again)[:AT_ONCE]
        changed: list[tuple[int, Record, Places, QueuedDeliveries | None]] = []
        for number in again:
            del self._again[number]
            which = bisect_left(rows.numbers, number)
            if self._left <= which < len(rows.numbers) and rows.numbers[which] == number:
                record, queued = rows.records[which], rows.queued[which]
                if isinstance(record, Raised):
                    changed.append(
                        (number, record, self._filter.places(record, len(rows.places[which]), queued), queued)
                    )
        self.rows.give_places(changed)
