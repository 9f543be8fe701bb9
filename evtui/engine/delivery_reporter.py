"""What becomes of notifications, written into the journal and the counters."""

from collections.abc import Mapping

from evtui.core.ports import Clock, OutboxState
from evtui.core.records import Outcome, Retrying, Settled
from evtui.core.transport import Notification
from evtui.core.values import Socket
from evtui.engine.event_subscribers import EventSubscribers
from evtui.engine.journal import Journal


class DeliveryReporter:
    """Hears the outboxes; satisfies `entry.Report`."""

    def __init__(self, journal: Journal, wall: Clock) -> None:
        self._journal = journal
        self._wall = wall
        self.subscribers: Mapping[str, EventSubscribers] = {}
        """Where the counters are; given when there are any."""

    def settled(
        self,
        socket: Socket,
        notification: Notification,
        outcome: Outcome,
        latency: float,
        attempt: int,
        reason: str | None,
    ) -> None:
        """Record how a notification that waited has ended."""
        record = Settled(
            notification.serial, self._wall(), notification.event, socket, outcome, latency, attempt, reason
        )
        if (subscribers := self.subscribers.get(notification.event)) is not None:
            subscribers.settle(record)
        self._journal.append(record)

    def retrying(self, state: OutboxState, first: Notification, last: Notification, pause: float) -> None:
        """Record that a destination could not be served."""
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
