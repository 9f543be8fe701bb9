"""The ports: what front ends ask of a backend, what the engine asks of a transport, and the clock.

A front end holds a `Backend` and nothing else; the embedded engine and a server reached over MI both are one.
"""

from collections.abc import Callable, Sequence
from typing import Literal, Protocol, TypeAlias

from msgspec import Struct

from evtui.core.records import Raised, Record
from evtui.core.transport import TransportInfo
from evtui.core.values import Event, Params, Socket, Subscription

Clock: TypeAlias = Callable[[], float]
"""Seconds as a float; which seconds is said where one is asked for."""


class EventState(Struct, frozen=True):
    """One event of the catalogue with its counters since start."""

    event: Event
    subscribers: int = 0
    raised: int = 0
    sent: int = 0
    failed: int = 0
    dropped: int = 0
    last_at: float | None = None
    """Wall seconds of the last raise."""
    last_params: Params | None = None
    """The parameters of the last raise."""


class SubscriptionState(Struct, frozen=True):
    """One subscription with its counters since it was made."""

    subscription: Subscription
    ttl: float | None = None
    """Seconds it has left, 0.0 when it is expired; None when it is permanent."""
    sent: int = 0
    failed: int = 0
    queued: int = 0
    """Notifications that wait in its outbox; several subscriptions of one socket share it and each shows all of it."""
    dropped: int = 0
    last_error: str | None = None
    last_at: float | None = None
    """Wall seconds of the last delivery, failed or not."""
    latency: float | None = None
    """Seconds the last delivery took."""
    codec: str = "jsonrpc"
    """The payload it gets, as `codecs.payload.encoder` takes it; a server that does not say sends its usual one."""
    outbox: "OutboxState | None" = None
    """Its outbox; None for one that is served in place."""


LinkState: TypeAlias = Literal["idle", "sending", "retrying"]


class OutboxState(Struct, frozen=True):
    """What waits for one destination, and how it goes."""

    socket: Socket
    link: LinkState = "idle"
    """`idle`: nothing to do; `sending`: a batch is on its way; `retrying`: the last attempt failed."""
    queued: int = 0
    bytes: int = 0
    age: float = 0.0
    """Seconds the oldest has waited."""
    attempt: int = 0
    """Failed attempts in a row."""
    retry_in: float | None = None
    """Seconds until the next attempt, None when none is due."""
    delivered: int = 0
    """Sent or acknowledged since it was opened."""
    failed: int = 0
    dropped: int = 0
    last_error: str | None = None
    durable: bool = False
    """Whether what waits outlives the process."""


class Status(Struct, frozen=True):
    """The backend as a whole."""

    source: str
    """`embedded`, or the address of the server."""
    connected: bool = True
    detail: str = ""
    """Why it is not connected, or what it is doing about it."""
    read_only: bool = False
    can_raise: bool = True
    transports: tuple[TransportInfo, ...] = ()
    """The schemes that sockets here may have; empty when a server cannot list them."""
    schemes: tuple[TransportInfo, ...] = ()
    """What is known of schemes, whether the server lists them or not: how its sockets are checked and shown."""
    raised: int = 0
    sent: int = 0
    failed: int = 0
    dropped: int = 0
    """Raises refused and notifications thrown away: everything that was counted as lost."""
    queued: int = 0
    """Notifications that wait in outboxes."""
    outboxes: tuple[OutboxState, ...] = ()
    """Every outbox, those that nobody is subscribed to any more too; empty when a server does not tell."""
    duplicates: int = 0
    """Messages left out because they were shown before: only a source that may bring one twice has any."""


class Watch(Protocol):
    """One reader's place in the records. Each reader has its own and may be as slow as it likes."""

    def read(self, limit: int | None = None) -> Sequence[Record]:
        """Take what is new, oldest first, at most the newest `limit`; skipped and evicted ones count as `lost`."""
        ...

    @property
    def lost(self) -> int:
        """Count the records this reader never saw."""
        ...

    async def wait(self) -> None:
        """Return when there is something to read."""
        ...

    async def aclose(self) -> None:
        """Stop watching; a remote backend unsubscribes."""
        ...


class Backend(Protocol):
    """What a front end may ask. Every method may raise BackendError when a server is away."""

    async def status(self) -> Status:
        """Describe the backend and its totals."""
        ...

    async def events(self) -> Sequence[EventState]:
        """List the catalogue in order of id."""
        ...

    async def subscriptions(self, event: str | None = None, socket: str | None = None) -> Sequence[SubscriptionState]:
        """List the subscriptions of one event (newest first) or of all events (events by id).

        `socket` leaves only that socket's, however it is spelled; one that cannot be parsed has none.
        raises UnknownEventError.
        """
        ...

    async def subscribe(self, event: str, socket: str, expire: int | None = None) -> tuple[Subscription, ...]:
        """Subscribe a socket to an event or a wildcard, refresh it, or end it with expire 0; None is permanent.

        Returns the subscriptions made, refreshed or ended (several for a wildcard, none when 0 found nothing).
        raises UnknownEventError, UnknownSchemeError, BadSocketError, BadExpireError, ReadOnlyError.
        """
        ...

    async def raise_event(self, event: str, params: Params) -> Raised | None:
        """Raise an event; the record says the serial and what each subscriber got (None: a server did not say).

        raises UnknownEventError, NestingError, ReadOnlyError.
        """
        ...

    async def watch(self, events: Sequence[str] = ()) -> Watch:
        """Start to watch: all records, or those of the named events. What happened before the call is not told."""
        ...
