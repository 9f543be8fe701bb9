"""Percentiles of any number of latencies in little memory: they are counted in buckets that widen with the latency.

A bucket is named by its number. The latencies of a bucket differ by 9 % at most, so a percentile is wrong by 5 % at
most.
"""

import math
from collections.abc import Mapping
from typing import Final

_LOWEST: Final = 1e-6
"""Seconds. What took less is counted as this."""

_A_DOUBLING: Final = 8
"""Buckets in which a latency doubles: each is 9 % wider than the one before it."""

BUCKETS: Final = 31 * _A_DOUBLING
"""From a microsecond to more than half an hour; what took longer is in the last."""


def bucket_of(seconds: float) -> int:
    """Return the number of the bucket of a latency in seconds, which is not NaN."""
    place = 0 if seconds <= _LOWEST else int(math.log2(seconds / _LOWEST) * _A_DOUBLING)
    return min(place, BUCKETS - 1)


def bucket_seconds(bucket: int) -> float:
    """Return the seconds in the middle of a bucket."""
    return _LOWEST * 2 ** ((bucket + 0.5) / _A_DOUBLING)


def percentile_of(counts: Mapping[int, int], percent: float) -> float | None:
    """Return the seconds that so many percent of the latencies did not exceed, by their numbers in each bucket.

    None when there are none.
    """
    rank = max(1, math.ceil(sum(counts.values()) * percent / 100))
    for bucket in sorted(counts):
        rank -= counts[bucket]
        if counts[bucket] and rank <= 0:
            return bucket_seconds(bucket)
    return None


class LatencyHistogram:
    """Counts latencies. A percentile is wrong by 5 % at most, and never beyond the shortest or longest latency."""

    __slots__ = ("_counts", "_longest", "_shortest", "number")

    def __init__(self) -> None:
        self.number = 0
        """The latencies that were added."""
        self._counts: dict[int, int] = {}
        self._shortest = math.inf
        self._longest = 0.0

    def add(self, seconds: float) -> None:
        """Count a latency in seconds; NaN, which a server did not tell, is not counted."""
        if math.isnan(seconds):
            return
        bucket = bucket_of(seconds)
        self._counts[bucket] = self._counts.get(bucket, 0) + 1
        self._shortest, self._longest = min(self._shortest, seconds), max(self._longest, seconds)
        self.number += 1

    def percentile(self, percent: float) -> float | None:
        """Return the seconds that so many percent of the latencies did not exceed; None when there are none."""
        middle = percentile_of(self._counts, percent)
        return None if middle is None else min(max(middle, self._shortest), self._longest)
