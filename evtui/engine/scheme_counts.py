"""Deliveries by scheme and outcome since the start.

What is sent in place is not counted notification by notification: all raises of one dispatch plan serve the same
subscribers, so `EventSubscribers` adds the raises of a plan when the plan is dropped, and `EngineCounts` those of the
plans in use.
"""

from collections import Counter

from evtui.core.records import Outcome


class SchemeCounts:
    """Counters that only grow, but for what a failure takes from the sent ones of a plan in use."""

    def __init__(self) -> None:
        self.settled: Counter[tuple[str, Outcome]] = Counter()
        """Notifications by the scheme of their subscriber and by how they ended."""
        self.retries: Counter[str] = Counter()
        """Failed attempts of destinations that are tried again, by scheme."""

    def add_sent(self, subscribers: Counter[str], raises: int) -> None:
        """Count what a dispatch plan sent in place: `subscribers` by scheme, each served by so many raises."""
        for scheme, number in subscribers.items():
            self.settled[scheme, "sent"] += number * raises

    def take_failure(self, scheme: str) -> None:
        """Count a notification that could not be sent in place; the raises of its plan count it as sent."""
        self.settled[scheme, "failed"] += 1
        self.settled[scheme, "sent"] -= 1
