"""What waits in the queues, summed up by transport."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from anyio.lowlevel import checkpoint

from evtui.core.ports import Clock, LinkState, OutboxState

_AT_ONCE: Final = 50
_SECONDS_AT_ONCE: Final = 0.004
"""Queues between two looks at the clock, and the seconds of work after which others get their turn."""


class QueueSums:
    """The queues of one transport together."""

    def __init__(self) -> None:
        self.notifications = 0
        self.oldest = 0.0
        """Seconds that the oldest of them has waited."""
        self.links: Counter[LinkState] = Counter()
        """Destinations by how their delivery stands."""

    def add(self, state: OutboxState) -> None:
        """Add a queue."""
        self.notifications += state.queued
        self.oldest = max(self.oldest, state.age)
        self.links[state.link] += 1


async def sum_queues(queues: Iterator[OutboxState], schemes: Iterable[str], monotonic: Clock) -> dict[str, QueueSums]:
    """Sum up queues; each of `schemes` is there. Others get their turn while it works."""
    sums = {scheme: QueueSums() for scheme in schemes}
    begun = monotonic()
    for number, state in enumerate(queues, 1):
        scheme = state.socket.scheme
        sums.setdefault(scheme, QueueSums()).add(state)
        if number % _AT_ONCE == 0 and monotonic() - begun >= _SECONDS_AT_ONCE:
            await checkpoint()
            begun = monotonic()
    return sums
