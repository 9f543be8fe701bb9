"""Writes the ends of queued notifications and the failed attempts into the journal, the counters and the log."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from operator import attrgetter

from evtui.core.ports import Clock, OutboxState
from evtui.core.records import Outcome, Retrying, Settled
from evtui.core.transport import Notification
from evtui.core.values import Socket
from evtui.engine.delivery_log import DeliveryLog
from evtui.engine.journal import Journal
from evtui.engine.outbox.entry import OutboxEntry
from evtui.engine.scheme_counts import SchemeCounts
from evtui.engine.single_delivery import SingleDelivery
from evtui.engine.subscriptions.event_subscribers import EventSubscribers

_event = attrgetter("event")


class DeliveryReporter:
    """Gets the reports of the outboxes; satisfies `outbox.entry.DeliveryListener`."""

    def __init__(self, journal: Journal, log: DeliveryLog, wall: Clock) -> None:
        self._journal = journal
        self._log = log
        self._wall = wall
        self.deliveries = SchemeCounts()
        self.subscribers: Mapping[str, EventSubscribers] = {}
        """The subscribers of each event, whose counters it counts; set after both were made."""
        self.tests: SingleDelivery | None = None
        """What waits for the ends of test notifications; set after both were made."""

    def settled(
        self,
        socket: Socket,
        notification: Notification,
        outcome: Outcome,
        latency: float,
        attempt: int,
        reason: str | None,
    ) -> None:
        """Count and record the end of a queued notification."""
        record = Settled(
            notification.serial, self._wall(), notification.event, socket, outcome, latency, attempt, reason,
            notification.is_test,
        )  # fmt: skip
        self._count(record)
        self._journal.append(record)

    def delivered(self, socket: Socket, ended: Sequence[OutboxEntry], outcome: Outcome, now: float) -> None:
        """Count and record the ends of queued notifications that were delivered together."""
        at = self._wall()
        records = [
            Settled(each.serial, at, each.event, socket, outcome, now - entry.since, entry.attempts, None, each.is_test)
            for entry in ended
            for each in (entry.notification,)
        ]
        if any(record.is_test for record in records):
            for record in records:
                self._count(record)
        else:
            self.deliveries.deliver(socket.scheme, outcome, [record.latency for record in records])
            for event, those in groupby(records, _event):
                if (subscribers := self.subscribers.get(event)) is not None:
                    subscribers.deliver(tuple(those))
        self._journal.extend(records)

    def _count(self, record: Settled) -> None:
        if record.is_test:
            if self.tests is not None:
                self.tests.settled(record)
            return
        self.deliveries.settle(record.socket.scheme, record.outcome, record.latency)
        if (subscribers := self.subscribers.get(record.event)) is not None:
            subscribers.settle(record)

    def retrying(self, state: OutboxState, first: Notification, last: Notification, pause: float) -> None:
        """Record a failed attempt."""
        self._log.failing(state)
        self.deliveries.retries[state.socket.scheme] += 1
        self._journal.append(
            Retrying(
                self._wall(),
                first.event,
                state.socket,
                first.serial,
                last.serial,
                state.queued,
                state.attempt,
                state.last_error or "",
                pause,
            )
        )

    def recovered(self, socket: Socket) -> None:
        """Log that a destination works again."""
        self._log.recovered(socket)
