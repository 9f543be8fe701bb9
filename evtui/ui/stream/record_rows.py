"""Rows of many records. Only the records are held; a row is made when it is asked for.

A record has any number of rows, numbered on from `numbers`; `places` says which of them are shown. What stands first
can be dropped, and rows can be put before it. So `starts`, the place of a record's first shown row, counts from
anywhere: the index of a row is its distance from the first start.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import TypeAlias, overload

from evtui.core.records import Raised, Record
from evtui.ui.stream.delivery_status import QueuedDeliveries
from evtui.ui.stream.marks import Marks
from evtui.ui.stream.stream_rows import StreamRow, row_at, rows_at

Places: TypeAlias = Sequence[int]
"""Which rows of a record are shown, ascending from 0; all of them are a `range`."""

_SINGLE = range(1)


def all_places(size: int) -> range:
    """Return the places of all rows of a record."""
    return _SINGLE if size == 1 else range(size)


class RecordRows(Sequence[StreamRow]):
    """The shown rows of records, oldest first."""

    __slots__ = ("_end", "_starts", "marks", "numbers", "places", "queued", "records")

    def __init__(self, marks: Marks, starts: "array[int] | None" = None, end: int = 0) -> None:
        """Hold nothing; `starts` and `end` are those of the records that the caller sets. `marks` are of all rows."""
        self.marks = marks
        self.records: list[Record] = []
        self.numbers: array[int] = array("q")
        """The number of the first row of each record, shown or not."""
        self.places: list[Places] = []
        self.queued: list[QueuedDeliveries | None] = []
        self._starts: array[int] = array("q") if starts is None else starts
        self._end = end

    def append(self, record: Record, number: int, places: Places, queued: QueuedDeliveries | None) -> None:
        """Add the rows of a record behind all others."""
        self.records.append(record)
        self.numbers.append(number)
        self.places.append(places)
        self.queued.append(queued)
        self._starts.append(self._end)
        self._end += len(places)

    def extend(self, records: Sequence[Record], number: int, size: int) -> None:
        """Add all rows of records behind all others: `size` of each, of which no delivery is queued."""
        behind, room = len(records) * size, len(records)
        self.records += records
        self.numbers.extend(range(number, number + behind, size))
        self.places += [all_places(size)] * room
        self.queued += [None] * room
        self._starts.extend(range(self._end, self._end + behind, size))
        self._end += behind

    def __len__(self) -> int:
        return self._end - self._starts[0] if self._starts else 0

    @overload
    def __getitem__(self, index: int) -> StreamRow: ...

    @overload
    def __getitem__(self, index: slice) -> list[StreamRow]: ...

    def __getitem__(self, index: int | slice) -> StreamRow | list[StreamRow]:
        """Make a row, or a list of rows."""
        if isinstance(index, slice):
            return [self[place] for place in range(*index.indices(len(self)))]
        size = len(self)
        if not -size <= index < size:
            raise IndexError(index)
        start = self._starts[0] + (index if index >= 0 else index + size)
        # Of several records with the same start only the last has rows.
        which = bisect_right(self._starts, start) - 1
        return self._row(which, self.places[which][start - self._starts[which]])

    def __iter__(self) -> Iterator[StreamRow]:
        """Make all rows. The work is in proportion to the rows and the dispatch groups, however large a raise is."""
        for which, places in enumerate(self.places):
            record = self.records[which]
            if isinstance(record, Raised) and record.plan.size:
                yield from rows_at(record, self.numbers[which], places, self.queued[which], self.marks.get)
            elif places:
                yield self._row(which, 0)

    def numbered(self, numbers: Iterable[int]) -> "RecordRows":
        """Return those of the rows that have some numbers, which ascend."""
        found = RecordRows(self.marks)
        for which, own in groupby(numbers, lambda number: bisect_right(self.numbers, number) - 1):
            if which < 0:
                continue
            first, shown = self.numbers[which], self.places[which]
            places = [place for number in own if (place := number - first) in shown]
            if places:
                found.append(self.records[which], first, places, self.queued[which])
        return found

    def find(self, number: int) -> int | None:
        """Return the index of the row with a number, None when it is not shown."""
        which = bisect_right(self.numbers, number) - 1
        if which < 0:
            return None
        places, place = self.places[which], number - self.numbers[which]
        if place not in places:
            return None
        return self._starts[which] - self._starts[0] + places.index(place)

    def record_number(self, number: int) -> int | None:
        """Return the number of the first row of the record that a row belongs to; None when it is not held."""
        which = bisect_right(self.numbers, number) - 1
        return self.numbers[which] if which >= 0 else None

    def first_number(self) -> int | None:
        """Return the number of the first row of the oldest record."""
        return self.numbers[0] if self.numbers else None

    def drop(self, count: int) -> int:
        """Drop the oldest records; returns how many shown rows that were."""
        before = len(self)
        del self.records[:count], self.numbers[:count], self.places[:count], self.queued[:count], self._starts[:count]
        return before - len(self)

    def drop_before(self, number: int) -> int:
        """Drop the records whose rows have smaller numbers; returns how many shown rows that were."""
        return self.drop(bisect_left(self.numbers, number))

    def prepend(self, older: "RecordRows") -> None:
        """Put rows before all others."""
        if not older.records:
            return
        behind, starts = older.ends()
        by = (self._starts[0] if self._starts else self._end) - behind
        self.records[:0] = older.records
        self.numbers[:0] = older.numbers
        self.places[:0] = older.places
        self.queued[:0] = older.queued
        self._starts[:0] = array("q", [start + by for start in starts])

    def ends(self) -> tuple[int, Sequence[int]]:
        """Return the place behind the last row, and that of each record's first row; see above."""
        return self._end, self._starts

    def part(self, first: int, behind: int) -> "RecordRows":
        """Copy the rows of some records, by their places among all."""
        end = self._starts[behind] if behind < len(self._starts) else self._end
        part = RecordRows(self.marks, self._starts[first:behind], end)
        part.records = self.records[first:behind]
        part.numbers = self.numbers[first:behind]
        part.places = self.places[first:behind]
        part.queued = self.queued[first:behind]
        return part

    def copy(self) -> "RecordRows":
        """Copy all: what is added to one of them or dropped from it stays in the other as it was."""
        return self.part(0, len(self.records))

    def give_places(self, changed: Sequence[tuple[int, Record, Places, QueuedDeliveries | None]]) -> bool:
        """Show other rows of some records, each with the number of its first row; returns whether any changed."""
        first = len(self.records)
        for number, record, places, queued in changed:
            which = bisect_left(self.numbers, number)
            is_known = which < len(self.numbers) and self.numbers[which] == number
            if is_known:
                if list(self.places[which]) == list(places):
                    continue
                self.places[which] = places
            elif places:
                self.records.insert(which, record)
                self.numbers.insert(which, number)
                self.places.insert(which, places)
                self.queued.insert(which, queued)
                self._starts.insert(which, 0)
            else:
                continue
            first = min(first, which)
        if first == len(self.records):
            return False
        self._count_again(first)
        return True

    def _count_again(self, first: int) -> None:
        """Count the starts again, from a record on."""
        start = self._starts[first - 1] + len(self.places[first - 1]) if first else 0
        for which in range(first, len(self.records)):
            self._starts[which] = start
            start += len(self.places[which])
        self._end = start

    def _row(self, which: int, place: int) -> StreamRow:
        record, number = self.records[which], self.numbers[which] + place
        if not isinstance(record, Raised) or not record.plan.size:
            return StreamRow(number, record, mark=self.marks.get(number))
        return row_at(record, number, place, self.queued[which], self.marks.get(number))
