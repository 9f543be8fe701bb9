"""Which rows of the stream are marked, by their numbers: by hand, or by a watch rule that is named."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator
from typing import Final

MOST_MARKS: Final = 10_000
"""Rows that are marked at most."""

BY_HAND: Final = "hand"
"""What marks a row when no watch rule did."""


class Marks:
    """The marks. One ends with its row: when the journal evicts the record, or the stream is cleared."""

    def __init__(self) -> None:
        self._by_number: dict[int, str] = {}
        self._numbers: list[int] = []
        self.evicted = 0
        """Marks that ended because the journal evicted their records."""
        self.changed: set[int] = set()
        """The numbers of rows that were marked or unmarked since this set was emptied last."""

    def __len__(self) -> int:
        return len(self._numbers)

    def __iter__(self) -> Iterator[int]:
        """List the numbers of the marked rows, oldest first."""
        return iter(self._numbers)

    def get(self, number: int) -> str:
        """Return what marked a row: `hand` or the name of a watch rule; empty when the row is not marked."""
        return self._by_number.get(number, "")

    def touches(self, number: int, size: int) -> bool:
        """Say whether any of so many rows from a number on is marked."""
        if not self._numbers:
            return False
        if size == 1:
            return number in self._by_number
        return bisect_left(self._numbers, number) < bisect_left(self._numbers, number + size)

    def add(self, numbers: Iterable[int], by: str = BY_HAND) -> int:
        """Mark rows, as long as there are not too many marks; returns how many were marked that were not before."""
        added = 0
        for number in numbers:
            if number in self._by_number:
                continue
            if len(self._numbers) >= MOST_MARKS:
                break
            self._by_number[number] = by
            insort(self._numbers, number)
            self.changed.add(number)
            added += 1
        return added

    def remove(self, number: int) -> None:
        """Take the mark of a row away, if it has one."""
        if self._by_number.pop(number, None) is not None:
            del self._numbers[bisect_left(self._numbers, number)]
            self.changed.add(number)

    def clear(self) -> None:
        """Take all marks away."""
        self.changed.update(self._numbers)
        self._by_number.clear()
        self._numbers.clear()

    def drop_before(self, number: int) -> None:
        """Let the marks of rows end that were evicted: those with smaller numbers."""
        behind = bisect_left(self._numbers, number)
        for each in self._numbers[:behind]:
            del self._by_number[each]
        del self._numbers[:behind]
        self.evicted += behind

    def next_to(self, number: int, step: int) -> int | None:
        """Return the number of the marked row behind or before a row; from the other end where there is none."""
        if not self._numbers:
            return None
        place = bisect_right(self._numbers, number) if step > 0 else bisect_left(self._numbers, number) - 1
        return self._numbers[place % len(self._numbers)]
