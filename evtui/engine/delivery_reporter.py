"""Writes the ends of queued notifications and the failed attempts into the journal, the counters and the log."""

from collections.abc import Mapping

from evtui.core.ports import Clock, OutboxState
from evtui.core.records import Outcome, Retrying, Settled
from evtui.core.transport import Notification
from evtui.core.values import Socket
from evtui.engine.delivery_log import DeliveryLog
from evtui.engine.journal import Journal
from evtui.engine.scheme_counts import SchemeCounts
from evtui.engine.single_delivery import SingleDelivery
from evtui.engine.subscriptions.event_subscribers import EventSubscribers


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
        if notification.is_test:
            if self.tests is not None:
                self.tests.settled(record)
        else:
            self.deliveries.settle(socket.scheme, outcome, latency)
            if (subscribers := self.subscribers.get(notification.event)) is not None:
                subscribers.settle(record)
        self._journal.append(record)

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
