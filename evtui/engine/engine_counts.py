"""What an engine has counted by transport and by cause, and its queues one by one: what monitoring asks for."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, get_args

from evtui.core.ports import OutboxState, QueueUse
from evtui.core.records import Outcome, RefusalCause
from evtui.core.values import Socket
from evtui.engine.outbox.outbox import Outbox
from evtui.engine.outbox.outboxes import Outboxes
from evtui.engine.refused_raises import RefusedRaises
from evtui.engine.scheme_counts import SchemeCounts
from evtui.engine.subscriptions.subscription_table import SubscriptionTable
from evtui.statistics.bucket_counts import BucketCounts

CAUSES: Final[tuple[RefusalCause, ...]] = get_args(RefusalCause)


class EngineCounts:
    """The counters of one engine since its start. A scheme is that of a subscriber's socket."""

    def __init__(
        self, table: SubscriptionTable, outboxes: Outboxes, refused: RefusedRaises, deliveries: SchemeCounts
    ) -> None:
        self._table = table
        self._outboxes = outboxes
        self._refused = refused
        self._deliveries = deliveries

    def deliveries(self) -> Mapping[tuple[str, Outcome], int]:
        """Return the notifications by scheme and outcome. Test notifications are not among them."""
        counts = SchemeCounts()
        counts.settled.update(self._deliveries.settled)
        for subscribers in self._table.subscribers.values():
            subscribers.add_sent(counts)
        return counts.settled

    def retries(self) -> Mapping[str, int]:
        """Return the failed attempts that were followed by another, by scheme."""
        return self._deliveries.retries

    def latencies(self) -> Mapping[str, BucketCounts]:
        """Return the latencies of what was queued and delivered, by scheme, of those that delivered something."""
        return self._deliveries.latencies

    def subscriptions(self) -> Counter[str]:
        """Return the active subscriptions by scheme."""
        return self._table.schemes

    @property
    def expired(self) -> int:
        """Count the subscriptions that reached their deadline."""
        return self._table.expired

    def refused(self) -> Mapping[RefusalCause, int]:
        """Return the raises that were refused, by each cause that there may be."""
        return {cause: self._refused.by_cause[cause] for cause in CAUSES}

    def queue_fill(self, event: str, socket: Socket) -> float:
        """Say which share of the notifications that the queue of a subscription may hold wait there, 0 to 1."""
        subscribers = self._table.subscribers.get(event)
        active = None if subscribers is None else subscribers.by_socket.get(socket)
        return 0.0 if active is None else _fill(active.destination.outboxes)

    def waiting(self, event: str) -> tuple[float, int]:
        """Of the subscribers of an event whose receivers have no room, say how full the fullest queue is, 0 to 1.

        And how many notifications all of them have taken from these queues.
        """
        subscribers = self._table.subscribers.get(event)
        busy = () if subscribers is None else tuple(active for active, _ in subscribers.waiting.values())
        outboxes = [outbox for active in busy for outbox in active.destination.outboxes]
        return _fill(outboxes), sum(outbox.state().delivered for outbox in outboxes)

    def queue_use(self) -> QueueUse:
        """Say what all queues together hold, and their bound."""
        return self._outboxes.use()

    def queues(self) -> Iterator[OutboxState]:
        """Walk the outboxes of now, each destination once."""
        return (outbox.state() for outbox in self._outboxes.listed())


def _fill(outboxes: Iterable[Outbox]) -> float:
    return max((outbox.queued / outbox.policy.max_count for outbox in outboxes), default=0.0)
