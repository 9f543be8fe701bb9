"""Deliveries by scheme and outcome since the start.

What is sent in place is not counted notification by notification: all raises of one dispatch plan serve the same
subscribers, so `EventSubscribers` adds the raises of a plan when the plan is dropped, and `EngineCounts` those of the
plans in use.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from evtui.core.records import Outcome
from evtui.statistics.bucket_counts import BucketCounts

LATENCIES: Final = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0, 60.0, 600.0, 3600.0)
"""Seconds: the upper bounds in which latencies are counted."""


class SchemeCounts:
    """Counters that only grow, but for what a failure takes from the sent ones of a plan in use."""

    def __init__(self) -> None:
        self.settled: Counter[tuple[str, Outcome]] = Counter()
        """Notifications by the scheme of their subscriber and by how they ended."""
        self.retries: Counter[str] = Counter()
        """Failed attempts of destinations that are tried again, by scheme."""
        self.latencies: dict[str, BucketCounts] = {}
        """How long it took from the raise to the end of what was queued and delivered, by scheme."""

    def settle(self, scheme: str, outcome: Outcome, latency: float) -> None:
        """Count the end of a notification that was queued; `latency` in seconds."""
        self.settled[scheme, outcome] += 1
        if outcome in {"sent", "acknowledged"}:
            if (latencies := self.latencies.get(scheme)) is None:
                latencies = self.latencies[scheme] = BucketCounts(LATENCIES)
            latencies.add(latency)

    def deliver(self, scheme: str, outcome: Outcome, latencies: Sequence[float]) -> None:
        """Count the ends of notifications that were queued and delivered: `latencies` in seconds, one of each."""
        self.settled[scheme, outcome] += len(latencies)
        if (counts := self.latencies.get(scheme)) is None:
            counts = self.latencies[scheme] = BucketCounts(LATENCIES)
        counts.add_all(latencies)

    def add_sent(self, subscribers: Counter[str], raises: int) -> None:
        """Count what a dispatch plan sent in place: `subscribers` by scheme, each served by so many raises."""
        for scheme, number in subscribers.items():
            self.settled[scheme, "sent"] += number * raises

    def take_failure(self, scheme: str) -> None:
        """Count a notification that could not be sent in place; the raises of its plan count it as sent."""
        self.settled[scheme, "failed"] += 1
        self.settled[scheme, "sent"] -= 1
