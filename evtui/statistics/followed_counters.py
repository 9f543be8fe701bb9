"""The counters of many things, such as of all events: those that grew lately are followed, a bounded number of them."""

from collections.abc import Hashable, Mapping
from typing import Final, Generic, TypeAlias, TypeVar

from evtui.statistics.counter_ring import CounterRing
from evtui.statistics.spans import LONGEST

FOLLOWED: Final = 500
"""Things of one kind that are followed at a time."""

STEP: Final = 10.0
"""Seconds between two samples of a thing: at the edge of a span they are this exact."""

Key = TypeVar("Key", bound=Hashable)

Totals: TypeAlias = tuple[int | None, ...]


class FollowedCounters(Generic[Key]):
    """Counters by key. One is followed from its first growth on, until it has not grown for the longest span.

    When `most` are followed, no other one is before one of them has ended; `left_out` counts those.
    """

    def __init__(self, counters: int, most: int = FOLLOWED) -> None:
        self._counters = counters
        self._most = most
        self._totals: Mapping[Key, Totals] = {}
        self._rings: dict[Key, CounterRing] = {}
        self._left_out: set[Key] = set()
        self._last: float | None = None

    @property
    def left_out(self) -> int:
        """Count the things that grew and are not followed; as many again as are followed are told apart."""
        return len(self._left_out)

    def __contains__(self, key: Key) -> bool:
        return key in self._rings

    def begin_at_zero(self, now: float) -> None:
        """Take note that all counters are 0 at a time, in monotonic seconds."""
        self._last = now

    def take(self, totals: Mapping[Key, Totals], now: float, *, new_at_zero: bool) -> None:
        """Take all totals at a time. What is new has grown from 0 if `new_at_zero`, else its total is its beginning."""
        zeros = (0,) * self._counters
        before, then = self._totals, self._last
        self._end_idle(now)
        for key, values in totals.items():
            old = before.get(key, zeros if new_at_zero else values) if then is not None else values
            ring = self._rings.get(key)
            if ring is None and values != old and then is not None:
                ring = self._follow(key, old, then)
            if ring is not None:
                ring.add(now, values)
        self._totals, self._last = totals, now

    def grown(self, since: float, until: float) -> dict[Key, tuple[float, ...]]:
        """Return by how much the counters of each grew between two times, of those that did."""
        found: dict[Key, tuple[float, ...]] = {}
        for key, ring in self._rings.items():
            growth = tuple(ring.grown(counter, since, until) for counter in range(self._counters))
            if any(growth):
                found[key] = growth
        return found

    def _follow(self, key: Key, totals: Totals, then: float) -> CounterRing | None:
        if len(self._rings) >= self._most:
            if len(self._left_out) < self._most:
                self._left_out.add(key)
            return None
        self._left_out.discard(key)
        ring = self._rings[key] = CounterRing(self._counters, STEP)
        ring.add(then, totals)
        return ring

    def _end_idle(self, now: float) -> None:
        idle = [key for key, ring in self._rings.items() if ring.growing_since < now - LONGEST]
        for key in idle:
            del self._rings[key]
        if idle:
            self._left_out.clear()
