"""Percentiles of any number of latencies in little memory."""

import math
from typing import Final

_LOWEST: Final = 1e-6
"""Seconds. What took less is counted as this."""

_A_DOUBLING: Final = 8
"""Buckets in which a latency doubles: each is 9 % wider than the one before it."""

_BUCKETS: Final = 31 * _A_DOUBLING
"""From a microsecond to more than half an hour; what took longer is in the last."""


class LatencyHistogram:
    """Counts latencies in buckets that widen with the latency. A percentile is wrong by 5 % at most."""

    __slots__ = ("_counts", "_longest", "_shortest", "number")

    def __init__(self) -> None:
        self.number = 0
        """The latencies that were added."""
        self._counts = [0] * _BUCKETS
        self._shortest = math.inf
        self._longest = 0.0

    def add(self, seconds: float) -> None:
        """Count a latency in seconds; NaN, which a server did not tell, is not counted."""
        if math.isnan(seconds):
            return
        place = 0 if seconds <= _LOWEST else int(math.log2(seconds / _LOWEST) * _A_DOUBLING)
        self._counts[min(place, _BUCKETS - 1)] += 1
        self._shortest, self._longest = min(self._shortest, seconds), max(self._longest, seconds)
        self.number += 1

    def percentile(self, percent: float) -> float | None:
        """Return the seconds that so many percent of the latencies did not exceed; None when there are none."""
        rank = max(1, math.ceil(self.number * percent / 100))
        for place, number in enumerate(self._counts):
            rank -= number
            if number and rank <= 0:
                middle = _LOWEST * 2 ** ((place + 0.5) / _A_DOUBLING)
                return min(max(middle, self._shortest), self._longest)
        return None
