"""What the management interface asks of the backend that it serves."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from evtui.core.ports import Backend, OutboxState, SubscriptionState, Totals
from evtui.core.records import Raised, RefusalCause
from evtui.core.values import Event, Params


class ServedBackend(Backend, Protocol):
    """A backend that is served to many clients at once: nothing here walks all subscriptions at one go."""

    @property
    def read_only(self) -> bool:
        """Say whether everything that changes anything is refused."""
        ...

    def totals(self) -> Totals:
        """Return the counters over all events."""
        ...

    def raise_now(self, event: str, params: Params) -> Raised:
        """Raise an event as `raise_event` does, which waits for nothing here.

        raises UnknownEventError, NestingError, ReadOnlyError.
        """
        ...

    def raise_unread(self, event: str, params: Params) -> None:
        """Raise an event as `raise_now` when its record is not read: while raises are held, it may leave with others.

        raises as `raise_now` does.
        """
        ...

    def hold(self) -> None:
        """Hold raises from now on; nothing else may run until `let_go`."""
        ...

    def let_go(self) -> None:
        """Let what is held leave, and hold nothing more."""
        ...

    def refuse_raise(self, event: str, params: Params, cause: RefusalCause, reason: str) -> None:
        """Record and count a raise that a front end refuses, so that it leaves a trace."""
        ...

    def catalogue(self) -> Sequence[Event]:
        """List the published events in order of id, without their counters."""
        ...

    def find_event(self, name: str) -> Event:
        """Find a published event.

        raises UnknownEventError.
        """
        ...

    def has_subscribers(self, event: str) -> bool:
        """Say whether an event has a subscription now.

        raises UnknownEventError.
        """
        ...

    def walk_subscriptions(self, event: str | None = None) -> Iterator[SubscriptionState]:
        """Walk the subscriptions that there are now, in the order of `subscriptions`, without those that end meanwhile.

        raises UnknownEventError: at once.
        """
        ...

    def walk_raises(self, since: float) -> Iterator[Raised | None]:
        """Walk the raises that the journal holds from a wall second on, oldest first; None for each other record."""
        ...

    def remembered_since(self) -> float | None:
        """Return the wall second of the oldest record that the journal holds; None when it holds none."""
        ...

    def walk_outboxes(self) -> Iterator[OutboxState | None]:
        """Walk the outboxes, each destination once; None after a subscription that adds none."""
        ...
