"""A number that rises and falls, such as what waits in a queue, as it was in the last minutes."""

from array import array
from bisect import bisect_left, bisect_right

from evtui.statistics.spans import LONGEST


class GaugeRing:
    """Keeps, for each slot of `step` seconds, the highest number and the last one: no peak is lost.

    A number holds until the next one. Times are monotonic seconds. At most `seconds / step` slots are kept.
    """

    __slots__ = ("_highest", "_last", "_seconds", "_starts", "_step", "_told")

    def __init__(self, step: float = 1.0, seconds: float = LONGEST) -> None:
        self._starts = array("d")
        self._highest = array("q")
        self._last = array("q")
        self._step = step
        self._seconds = seconds
        self._told = float("-inf")
        """The slot in which a number was told last, also one that held already."""

    @property
    def newest(self) -> int | None:
        """Return the last number; None before the first one."""
        return self._last[-1] if self._last else None

    def add(self, now: float, number: int) -> None:
        """Take the number at a time."""
        start = now // self._step * self._step
        was_told, self._told = start == self._told, start
        if self._starts and start <= self._starts[-1]:
            self._highest[-1], self._last[-1] = max(self._highest[-1], number), number
            return
        if self._starts and self._highest[-1] == self._last[-1] == number:
            return  # it holds
        self._highest.append(max(number, self._last[-1]) if was_told and self._last else number)
        self._starts.append(start)
        self._last.append(number)
        outdated = bisect_right(self._starts, now - self._seconds) - 1
        if outdated > 0:
            del self._starts[:outdated], self._highest[:outdated], self._last[:outdated]

    def most(self, since: float, until: float) -> int | None:
        """Return the highest number between two times; None when none was known then."""
        before = bisect_right(self._starts, since) - 1
        behind = bisect_left(self._starts, until)
        found = list(self._highest[before + 1 : behind])
        if before >= 0:
            is_over = self._starts[before] + self._step <= since
            found.append(self._last[before] if is_over else self._highest[before])
        return max(found, default=None)
