"""A rate per second, now and over the last seconds."""

from collections import deque

SAMPLES = 20
"""Seconds that are remembered."""


class RateMeter:
    """Counts in buckets of one second; older buckets are forgotten. Times are monotonic seconds."""

    def __init__(self, samples: int = SAMPLES) -> None:
        self._buckets: deque[tuple[int, int]] = deque(maxlen=samples + 1)
        self._samples = samples

    def add(self, now: float, number: int) -> None:
        """Add a number of events."""
        second = int(now)
        if self._buckets and self._buckets[-1][0] == second:
            self._buckets[-1] = (second, self._buckets[-1][1] + number)
        else:
            self._buckets.append((second, number))

    def rate(self, now: float) -> float:
        """Return the number per second, over the last whole second and the current one so far."""
        second = int(now)
        counted = sum(number for at, number in self._buckets if at >= second - 1)
        return counted / (1 + now - second)

    def history(self, now: float) -> tuple[int, ...]:
        """Return the counts of the last whole seconds, oldest first."""
        second = int(now)
        counts = dict(self._buckets)
        return tuple(counts.get(at, 0) for at in range(second - self._samples, second))
