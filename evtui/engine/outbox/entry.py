"""A notification in an outbox, and those who hear what becomes of it."""

from collections.abc import Sequence
from typing import Protocol

from evtui.core.ports import OutboxState
from evtui.core.records import Outcome
from evtui.core.transport import Notification
from evtui.core.values import Socket


class BranchListener(Protocol):
    """Somebody who waits for several outboxes to deliver the same notification."""

    def take(self, part: Socket, outcome: Outcome, reason: str | None, attempt: int) -> None:
        """Hear how it ended at one of them."""
        ...


class DeliveryListener(Protocol):
    """Who hears what becomes of notifications."""

    def settled(
        self,
        socket: Socket,
        notification: Notification,
        outcome: Outcome,
        latency: float,
        attempt: int,
        reason: str | None,
    ) -> None:
        """Hear how a notification ended."""
        ...

    def retrying(self, state: OutboxState, first: Notification, last: Notification, pause: float) -> None:
        """Hear that an attempt failed, which notifications were tried and how many seconds the pause is."""
        ...


class OutboxEntry:
    """A notification in an outbox."""

    __slots__ = ("attempts", "charged", "done", "joint", "key", "notification", "since")

    def __init__(self, notification: Notification, since: float, joint: BranchListener | None, key: int | None) -> None:
        self.notification = notification
        self.since = since
        self.joint = joint
        self.key = key
        """Its place in the spool, None when it is not spooled."""
        self.attempts = 0
        self.charged = 0
        """Failed attempts that count against its retries: those that broke at it, or got nowhere at all."""
        self.done = False


def charge(left: Sequence[OutboxEntry], *, first_only: bool) -> None:
    """Count a failed attempt against those left of it; where it got somewhere, it broke at the first of them only."""
    for entry in left[:1] if first_only else left:
        entry.charged += 1
