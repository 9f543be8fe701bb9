"""Where the notifications of one active subscription go: decided once, when the subscription is made."""

from typing import Protocol

from msgspec import Struct

from evtui.core.ports import OutboxState
from evtui.core.transport import Notification, Sink
from evtui.engine.outbox.outbox import Outbox


class NotificationQueue(Protocol):
    """Takes the notifications that are not sent in place: an outbox, several branches, or a local handler."""

    def put(self, notification: Notification) -> None:
        """Take a notification. Never waits; every end is reported to the engine's delivery listener."""
        ...

    def state(self) -> OutboxState | None:
        """Describe what waits; None when nothing can wait here."""
        ...


class Destination(Struct, frozen=True, gc=False):
    """A sink that is served in place, or a queue: exactly one of the two is there."""

    sink: Sink | None = None
    queue: NotificationQueue | None = None
    outboxes: tuple[Outbox, ...] = ()
    """The shared outboxes it uses: released when the subscription ends."""
