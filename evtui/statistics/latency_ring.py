"""Latencies of the last minutes: how many fell into each bucket in each slot of time."""

import math
from array import array
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from typing import Final

from evtui.core.latency_histogram import BUCKETS
from evtui.statistics.spans import LONGEST

_MOST: Final = (1 << 24) - 1
"""Latencies of one bucket in one slot that are counted."""

_NOTHING: Final = array("I")

_SOONER: Final = 1e-6
"""Seconds by which what happens now is before now."""


class LatencyRing:
    """Counts by slots of `step` seconds; times are monotonic seconds. At most `seconds / step` slots are kept."""

    __slots__ = ("_known", "_newest", "_seconds", "_slots", "_step")

    def __init__(self, step: float = 1.0, seconds: float = LONGEST) -> None:
        self._slots: deque[tuple[int, array[int]]] = deque()
        """The slots before the newest one, by number; each entry is a bucket and a count in 32 bits."""
        self._newest: tuple[int, Counter[int]] | None = None
        self._known: tuple[int, int, Counter[int]] = -1, -1, Counter()
        """What was added up last: the first slot, the newest one, and the counts of those from the first to before it.
        """
        self._step = step
        self._seconds = seconds

    @property
    def last(self) -> float | None:
        """Return when the newest slot began; None before the first latency."""
        return None if self._newest is None else self._newest[0] * self._step

    def add(self, now: float, counts: Mapping[int, int]) -> None:
        """Count latencies at a time: by bucket, how many."""
        slot = int(now // self._step)
        if self._newest is None or slot > self._newest[0]:
            if self._newest is not None:
                self._slots.append((self._newest[0], _pack(self._newest[1])))
            self._newest = slot, Counter()
            oldest = slot - self._seconds / self._step
            while self._slots and self._slots[0][0] < oldest:
                self._slots.popleft()
        self._newest[1].update(counts)

    def counts(self, since: float, until: float) -> Counter[int]:
        """Return by bucket how many latencies there were in the slots whose middle is between two times."""
        if self._newest is None or until < self._newest[0] * self._step:
            return self.columns((since, until))[0]
        newest, counted = self._newest
        first = math.ceil(since / self._step - 0.5)
        if self._known[:2] != (first, newest):
            earlier: Counter[int] = Counter()
            for slot, packed in self._slots:
                if slot >= first:
                    earlier.update(_unpack(packed))
            self._known = first, newest, earlier
        return self._known[2] + counted if newest >= first else Counter()

    def columns(self, edges: Sequence[float]) -> list[Counter[int]]:
        """Return the counts between neighbouring times, which ascend."""
        found: list[Counter[int]] = [Counter() for _ in edges[1:]]
        if self._newest is None or not found:
            return found
        place = 0
        newest, counted = self._newest
        for slot, packed in (*self._slots, (newest, _NOTHING)):
            middle = (slot + 0.5) * self._step
            if slot == newest:  # it is not over: what is in it happened before its middle may come
                middle = min(middle, edges[-1] - _SOONER)
            while place < len(found) and edges[place + 1] <= middle:
                place += 1
            if place < len(found) and edges[place] <= middle:
                found[place].update(counted if slot == newest else _unpack(packed))
        return found


def _pack(counts: Mapping[int, int]) -> "array[int]":
    return array("I", [bucket * (_MOST + 1) + min(count, _MOST) for bucket, count in counts.items()])


def _unpack(packed: "array[int]") -> dict[int, int]:
    return {entry >> 24: entry & _MOST for entry in packed}


assert BUCKETS <= 1 << 8, "a bucket has 8 of the 32 bits"
