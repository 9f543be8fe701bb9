"""The growing pause between attempts: the one that every retry of evtui uses."""

from collections.abc import Callable
from typing import Final

_MOST_DOUBLINGS: Final = 30
"""Doublings after which a pause is the longest in any case, and a float would grow without need."""


class Backoff:
    """Pauses in seconds: the first, then twice as long each time, up to the longest."""

    def __init__(self, first: float, longest: float, jitter: Callable[[], float] | None = None) -> None:
        """`jitter` returns 0 to 1 and takes up to half of a pause away, so that many clients do not retry at once."""
        self.first = first
        self.longest = longest
        self._jitter = jitter
        self._taken = 0

    def next_pause(self) -> float:
        """Return the next pause; the one after it is twice as long."""
        pause = min(self.longest, self.first * 2.0 ** min(self._taken, _MOST_DOUBLINGS))
        self._taken += 1
        return pause if self._jitter is None else pause * (0.5 + self._jitter() / 2)

    def reset(self) -> None:
        """Begin with the first pause again."""
        self._taken = 0

    @property
    def is_at_start(self) -> bool:
        """Say whether no pause was taken since the last reset."""
        return self._taken == 0
