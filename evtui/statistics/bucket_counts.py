"""Measurements counted in buckets with fixed bounds, as a histogram of Prometheus has them."""

from bisect import bisect_left
from collections.abc import Sequence


class BucketCounts:
    """Counts measurements; each is in the first bucket whose upper bound it does not exceed."""

    __slots__ = ("_numbers", "bounds", "sum")

    def __init__(self, bounds: Sequence[float]) -> None:
        """`bounds` grow; one more bucket takes what is above the last."""
        self.bounds = bounds
        self._numbers = [0] * (len(bounds) + 1)
        self.sum = 0.0
        """All measurements together."""

    def add(self, value: float) -> None:
        """Count a measurement."""
        self._numbers[bisect_left(self.bounds, value)] += 1
        self.sum += value

    def add_all(self, values: Sequence[float]) -> None:
        """Count measurements."""
        if max(values, default=0.0) <= self.bounds[0]:
            self._numbers[0] += len(values)
        else:
            for value in values:
                self._numbers[bisect_left(self.bounds, value)] += 1
        self.sum += sum(values)

    @property
    def numbers(self) -> Sequence[int]:
        """Return how many measurements each bucket holds."""
        return tuple(self._numbers)
