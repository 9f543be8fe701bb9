"""A notification in an outbox, and the ports that get a report of its end."""

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

from evtui.core.ports import OutboxState
from evtui.core.records import Outcome
from evtui.core.transport import Notification
from evtui.core.values import Socket


class BranchListener(Protocol):
    """Waits for several outboxes to settle the same notification."""

    def branch_settled(self, branch: Socket, outcome: Outcome, reason: str | None, attempt: int) -> None:
        """Take the outcome at one of the branches."""
        ...


class DeliveryListener(Protocol):
    """Is told how notifications end and which attempts fail."""

    def settled(
        self,
        socket: Socket,
        notification: Notification,
        outcome: Outcome,
        latency: float,
        attempt: int,
        reason: str | None,
    ) -> None:
        """Take the end of a notification: `latency` in seconds, `attempt` counts the attempts it took."""
        ...

    def delivered(self, socket: Socket, ended: Sequence["OutboxEntry"], outcome: Outcome, now: float) -> None:
        """Take the ends of notifications that were delivered together, at least one; `now` is in monotonic seconds."""
        ...

    def retrying(self, state: OutboxState, first: Notification, last: Notification, pause: float) -> None:
        """Take a failed attempt: the first and last notification that will be tried again, after `pause` seconds."""
        ...

    def recovered(self, socket: Socket) -> None:
        """Take a delivery after failed attempts."""
        ...


class OutboxEntry(Struct, gc=False, eq=False):
    """A notification in an outbox.

    The garbage collector does not search it, because a queue may hold hundreds of thousands. An entry takes part in no
    reference cycle.
    """

    notification: Notification
    since: float
    """Monotonic seconds of the raise."""
    branch_listener: BranchListener | None
    """Told of the outcome instead of the outbox's own listener, when this is a branch of a multicast."""
    key: int | None
    """The key in the spool; None when it is not durable."""
    attempts: int = 0
    charged: int = 0
    """Failed attempts that count against its retries; see `retry_schedule`."""
    settled: bool = False
