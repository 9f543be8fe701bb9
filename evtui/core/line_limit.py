"""How many lines a second may go to a log, for each place that writes them and for all together."""

from collections.abc import Hashable
from typing import Final

from evtui.core.ports import Clock

PERIOD: Final = 1.0
"""Seconds for which lines are counted together."""
LINES_EACH: Final = 100
"""Lines of one place in a period."""
LINES_ALL: Final = 500
"""Lines of all places in a period, in the long run."""
LINES_SAVED: Final = 10_000
"""Lines that all places may write at once when they wrote few before: a burst of messages keeps its log."""
LINE: Final = 1_024
"""Characters that count as one line."""


class LineLimit:
    """Counts lines by their place; says which of them are too many, and how many those were."""

    def __init__(self, clock: Clock) -> None:
        """`clock`: monotonic seconds."""
        self._clock = clock
        self._started = clock()
        self._counts: dict[Hashable, int] = {}
        self._left = LINES_SAVED
        self._omitted: dict[Hashable, int] = {}
        self.omitted = 0
        """Lines that were too many since the start."""

    def allows(self, place: Hashable, characters: int = 0) -> bool:
        """Count a line; return whether it may be written. How long the first line of a place is does not matter."""
        passed = self._clock() - self._started
        if passed >= PERIOD:
            self._started += passed
            self._counts.clear()
            self._left = min(LINES_SAVED, self._left + int(LINES_ALL * passed / PERIOD))
        count, size = self._counts.get(place, 0), 1 + characters // LINE
        if self._left > 0 and (not count or count + size <= LINES_EACH):
            self._counts[place] = count + size
            self._left -= size
            return True
        self._omitted[place] = self._omitted.get(place, 0) + 1
        self.omitted += 1
        return False

    @property
    def has_omitted(self) -> bool:
        """Whether lines were too many that `take_omitted` has not returned yet."""
        return bool(self._omitted)

    def take_omitted(self) -> dict[Hashable, int]:
        """Return by place how many lines were too many since the last call."""
        taken, self._omitted = self._omitted, {}
        return taken


def more_lines(count: int) -> str:
    """Write that so many lines of a place are left out."""
    return f"… {count:,} more"
