"""How late the event loop is: the time between the moment a task is due and the moment it runs."""

from collections import deque
from typing import Final

from evtui.core.clocks import Clocks
from evtui.statistics.bucket_counts import BucketCounts

EVERY: Final = 0.1
"""Seconds between two measurements."""

BOUNDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Seconds: the upper bounds of the buckets; one more bucket takes what is above them."""

RECENT: Final = 10.0
"""Seconds that `worst` looks back."""


class LoopLag:
    """Measures the loop that `run` runs in; all clients of this process wait at least as long as it is late."""

    def __init__(self, clocks: Clocks) -> None:
        self._clocks = clocks
        self.counts = BucketCounts(BOUNDS)
        self._recent: deque[tuple[float, float]] = deque(maxlen=int(RECENT / EVERY))

    async def run(self) -> None:
        """Measure until cancelled."""
        monotonic, sleep = self._clocks.monotonic, self._clocks.sleep
        while True:
            due = monotonic() + EVERY
            await sleep(EVERY)
            self.add(max(0.0, monotonic() - due))

    def add(self, seconds: float) -> None:
        """Take a measurement."""
        self.counts.add(seconds)
        self._recent.append((self._clocks.monotonic(), seconds))

    def forget(self) -> None:
        """Let `worst` look back to this moment only."""
        self._recent.clear()

    def worst(self) -> float:
        """Return the seconds of the longest lag within the last ten seconds."""
        since = self._clocks.monotonic() - RECENT
        return max((seconds for at, seconds in self._recent if at >= since), default=0.0)
