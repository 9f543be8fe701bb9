"""Counters that only grow, as they were in the last minutes.

The ring keeps samples of the totals, not their differences: whatever two moments it is asked about, the growth between
neighbouring moments adds up to the whole, and nothing is lost. Between two samples a counter is taken to grow evenly.
"""

from array import array
from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise

from evtui.statistics.spans import LONGEST


class CounterRing:
    """Samples of some counters. Times are monotonic seconds. It keeps at most two for each `step`, and three more."""

    __slots__ = ("_samples", "_seconds", "_step", "_times", "_told", "growing_since")

    def __init__(self, counters: int, step: float = 1.0, seconds: float = LONGEST) -> None:
        """Of three samples the outer ones are `step` seconds apart at least; they are kept for `seconds`."""
        self._told: list[int | None] = [None] * counters
        """The totals that were told last, each None until it is told."""
        self._times = array("d")
        self._samples: list[tuple[int, ...]] = []
        self._step = step
        self._seconds = seconds
        self.growing_since = float("-inf")
        """When a counter grew last."""

    @property
    def first(self) -> float | None:
        """Return the time of the oldest sample that is kept; None before the first one."""
        return self._times[0] if self._times else None

    @property
    def last(self) -> float | None:
        """Return the time of the newest sample."""
        return self._times[-1] if self._times else None

    def is_told(self, counter: int) -> bool:
        """Say whether a counter was ever told."""
        return self._told[counter] is not None

    def add(self, now: float, totals: Sequence[int | None]) -> None:
        """Take the totals at a time; None is what is not told.

        The first totals are where the growth begins. A total that fell has begun again at 0.
        """
        before = self._samples[-1] if self._samples else (0,) * len(self._told)
        values = tuple(map(_grow, before, self._told, totals))
        self._told = [old if new is None else new for old, new in zip(self._told, totals, strict=True)]
        if values != before:
            self.growing_since = now
        self._put(max(now, self._times[-1]) if self._times else now, values)

    def grown(self, counter: int, since: float, until: float) -> float:
        """Return by how much a counter grew between two times."""
        return self._at(counter, until) - self._at(counter, since)

    def growth(self, counter: int, edges: Sequence[float]) -> list[float]:
        """Return by how much a counter grew between neighbouring times, which ascend."""
        values = [self._at(counter, edge) for edge in edges]
        return [later - earlier for earlier, later in pairwise(values)]

    def _put(self, now: float, values: tuple[int, ...]) -> None:
        times, samples = self._times, self._samples
        is_dense = len(times) > 1 and now - times[-2] < self._step
        is_flat = len(times) > 1 and samples[-2] == samples[-1] == values
        if is_dense or is_flat:  # the sample before says all that is needed of the time between
            times[-1], samples[-1] = now, values
            return
        times.append(now)
        samples.append(values)
        outdated = bisect_right(times, now - self._seconds) - 1
        if outdated > 0:
            del times[:outdated], samples[:outdated]

    def _at(self, counter: int, moment: float) -> float:
        times, samples = self._times, self._samples
        place = bisect_right(times, moment)
        if place in {0, len(times)}:
            return samples[min(place, len(times) - 1)][counter] if samples else 0.0
        before, after = samples[place - 1][counter], samples[place][counter]
        return before + (after - before) * (moment - times[place - 1]) / (times[place] - times[place - 1])


def _grow(value: int, before: int | None, total: int | None) -> int:
    """Add to a value by how much a total grew."""
    if total is None or before is None:
        return value
    return value + (total - before if total >= before else total)
