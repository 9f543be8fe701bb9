"""The port between front ends and backends, the states that a backend shows, and the clock.

A front end uses a `Backend` and nothing else: an engine, a server reached over MI, a RabbitMQ source, a recording."""

from collections.abc import Callable, Sequence
from typing import Final, Literal, Protocol, TypeAlias

from msgspec import Struct

from evtui.core.delivery_report import DeliveryReport
from evtui.core.fleet_port import ServerState
from evtui.core.records import Raised, Record, SubscriberTest
from evtui.core.transport import TransportInfo
from evtui.core.values import Event, Params, Socket, Subscription

Clock: TypeAlias = Callable[[], float]
"""Seconds as a float; where a clock is a parameter, its docstring says whether it is monotonic or wall time."""

EVENT_COUNTERS: Final = ("raised", "sent", "failed", "dropped", "no_subscribers", "refused")
"""The counters of an `EventState` that the management interface and the command line tell."""

SUBSCRIPTION_COUNTERS: Final = ("sent", "failed", "dropped", "queued", "latency", "last_at", "last_error")
"""What is told of a `SubscriptionState` beside its times, over the management interface and on the command line."""


class EventState(Struct, frozen=True, gc=False):
    """One event of the catalogue with its counters since start."""

    event: Event
    subscribers: int | None = 0
    """Its subscribers without viewers; of this and the next four, None is what a backend does not tell."""
    raised: int | None = 0
    sent: int | None = 0
    failed: int | None = 0
    dropped: int | None = 0
    last_at: float | None = None
    """Wall seconds of the last raise."""
    last_params: Params | None = None
    """The parameters of the last raise."""
    is_unlisted: bool = False
    """Whether a server could not list its subscribers, so that their number is not known."""
    is_watched: bool = True
    """Whether this program is told when it is raised; events that cost a server much are not watched unasked."""
    viewers: int = 0
    """The subscriptions of viewers: programs that watch the server, such as another console."""
    received: int = 0
    """Notifications that this program received; counted where a backend does not tell what was raised."""
    no_subscribers: int | None = None
    """Raises without subscribers; of this and the next one, None is what a backend does not tell."""
    refused: int | None = None
    """Raises that were refused."""
    server: str = ""
    """The server of a fleet that tells this; empty for one server, and for all of them together."""
    parts: tuple["EventState", ...] = ()
    """In a fleet: the same event at each server that has it."""

    @classmethod
    def seen(
        cls, event: Event, received: int, last_at: float | None, last_params: Params | None, *,
        subscribers: int | None = None, viewers: int = 0,
    ) -> "EventState":  # fmt: skip
        """Describe an event of which a backend tells no counters, but what was received."""
        return cls(event, subscribers, None, None, None, None, last_at, last_params, viewers=viewers, received=received)


class SubscriptionState(Struct, frozen=True, gc=False):
    """One subscription with its counters since it was made."""

    subscription: Subscription
    ttl: float | None = None
    """Seconds until it expires, 0.0 when it has expired; None when it is permanent, or when a server does not tell."""
    sent: int | None = 0
    """Of this and the next three counters, None is what a backend does not tell."""
    failed: int | None = 0
    queued: int | None = 0
    """Notifications in its outbox. Subscriptions of the same socket share the outbox; each shows the whole number."""
    dropped: int | None = 0
    last_error: str | None = None
    last_at: float | None = None
    """Wall seconds of the last delivery, failed or not."""
    latency: float | None = None
    """Seconds the last delivery took."""
    codec: str = "jsonrpc"
    """The codec of its payload, as `codecs.payload.encoder` takes it; empty when a server does not tell."""
    outbox: "OutboxState | None" = None
    """Its outbox; None when the subscriber is served in place, or when a server does not tell."""
    viewer: bool = False
    """Whether the subscriber is a viewer, such as this console: not a subscriber that anyone made for events."""


LinkState: TypeAlias = Literal["idle", "sending", "retrying"]


class OutboxState(Struct, frozen=True, gc=False):
    """The outbox of one destination: what waits, and how the delivery goes."""

    socket: Socket
    link: LinkState = "idle"
    """`idle`: nothing to do; `sending`: a batch is on its way; `retrying`: the last attempt failed."""
    queued: int = 0
    bytes: int = 0
    age: float = 0.0
    """Seconds the oldest notification has waited."""
    attempt: int = 0
    """Failed attempts in a row."""
    retry_in: float | None = None
    """Seconds until the next attempt, None when none is due."""
    delivered: int = 0
    """Notifications sent or acknowledged since the outbox was opened."""
    failed: int = 0
    dropped: int = 0
    last_error: str | None = None
    """Why the last delivery failed; None when deliveries have succeeded since."""
    last_error_age: float | None = None
    """Seconds since the last delivery that failed, None when none has failed."""
    durable: bool = False
    """Whether what waits outlives the process."""


class QueueUse(Struct, frozen=True):
    """What all outboxes together hold, under the bound over all of them."""

    bytes: int = 0
    """Payloads, and a fixed number of bytes for each notification."""
    limit: int = 0
    """What they may hold; 0: a server does not tell."""
    overflows: int = 0
    """Notifications that were dropped or failed because of this bound."""
    destinations: int = 0
    """The number of outboxes."""
    destination_limit: int = 0
    """The most outboxes that subscriptions may open."""
    destinations_refused: int = 0
    """Outboxes that were not opened because of that."""


class Status(Struct, frozen=True):
    """The backend as a whole."""

    source: str
    """`embedded`, or the address of the server."""
    connected: bool = True
    detail: str = ""
    """Why it is not connected, and when it tries again."""
    silence: float = 0.0
    """Seconds for which it has said nothing although its connection stands, when that is why it is not `connected`."""
    read_only: bool = False
    tells_all: bool = True
    """Whether its records tell every raise and delivery. A server that is watched sends only notifications."""
    can_raise: bool = True
    can_be_permanent: bool = True
    """Whether `subscribe` without an expiry is possible."""
    raises_as: Literal["evtui", "opensips"] = "evtui"
    """Who sends a raise on: evtui as it is written, OpenSIPS with other values (`codecs/opensips_raise.py`)."""
    gaps: str = ""
    """What the server's lists leave out, and why; empty when they are complete."""
    why_no_raise: str = ""
    """Why it cannot raise, where that is worth a sentence of its own."""
    transports: tuple[TransportInfo, ...] = ()
    """The schemes that the backend accepts in sockets; empty when a server cannot list them."""
    schemes: tuple[TransportInfo, ...] = ()
    """The schemes that this program knows, for checking and showing sockets; also those a server does not list."""
    raised: int | None = 0
    """Of this and the next four counters, None is what a backend does not tell."""
    sent: int | None = 0
    failed: int | None = 0
    dropped: int | None = 0
    """Raises that were refused and notifications that were dropped."""
    queued: int | None = 0
    """Notifications that wait in outboxes."""
    no_subscribers: int | None = None
    """Raises without subscribers; of this and the next one, None is what a backend does not tell."""
    refused: int | None = None
    """Raises that were refused: nested too deep, read-only, bad parameters, an unknown event."""
    outboxes: tuple[OutboxState, ...] = ()
    """All outboxes, also those without a subscription; empty when a server does not tell."""
    queue_use: QueueUse = QueueUse()
    """What waits in all outboxes together, and its bound."""
    set_aside: int = 0
    """Damaged notifications that the spool keeps apart; 0 when a server does not tell."""
    duplicates: int = 0
    """Messages left out because they came before; only a source that may deliver a message twice counts any."""
    servers: tuple[ServerState, ...] = ()
    """How each server of a fleet stands; empty for one server."""

    list_trouble: str = ""
    """Why a file that lists the servers of a fleet does not count now; empty while it does."""

    @property
    def told_by(self) -> str:
        """Say how many servers of a fleet tell outcomes, as `2 of 3`; empty where all do, or none, and for one server.

        Then the counters are of these servers alone, and what was received is of all.
        """
        telling = sum(server.tells_all for server in self.servers)
        return "" if self.tells_all or not telling else f"{telling:,} of {len(self.servers):,}"


class Totals(Struct, frozen=True):
    """The counters of a backend over all events."""

    events: int = 0
    subscriptions: int = 0
    raised: int = 0
    sent: int = 0
    failed: int = 0
    dropped: int = 0
    """Raises that were refused and notifications that were dropped."""
    queued: int = 0
    """Notifications that wait in outboxes."""
    queue_use: QueueUse = QueueUse()
    set_aside: int = 0
    """Damaged notifications that the spool keeps apart."""
    no_subscribers: int = 0
    refused: int = 0
    """Raises that were refused, as in `Status`."""
    subscription_limit: int = 0
    """The most subscriptions and wildcards there may be."""
    subscriptions_refused: int = 0
    """Subscriptions that were refused because of this bound."""
    tests: int = 0
    """Test notifications to single subscribers; no other counter counts them."""


class JournalUse(Struct, frozen=True):
    """What the journal that a watch reads holds."""

    kept: int = 0
    """The newest records, which it holds."""
    evicted: int = 0
    """The records that newer ones have replaced."""


class Watch(Protocol):
    """The place of one reader in the records. Each reader has its own; a slow one delays nothing else."""

    def read(self, limit: int | None = None) -> Sequence[Record]:
        """Take the new records, oldest first, at most the newest `limit`; those skipped or evicted count as `lost`."""
        ...

    @property
    def lost(self) -> int:
        """Count the records that this reader never got."""
        ...

    @property
    def skipped(self) -> int:
        """Count those of `lost` that reached this program: this reader read too late or too few of them."""
        ...

    @property
    def journal(self) -> JournalUse:
        """Say what the journal holds that the records are read from."""
        ...

    async def wait(self) -> None:
        """Return when there is something to read."""
        ...

    async def aclose(self) -> None:
        """Stop watching; a remote backend unsubscribes."""
        ...


class Backend(Protocol):
    """The requests of front ends. Every method may raise BackendError when a server cannot be reached."""

    async def status(self) -> Status:
        """Describe the backend and its totals."""
        ...

    async def events(self) -> Sequence[EventState]:
        """List the catalogue in order of id."""
        ...

    async def subscriptions(self, event: str | None = None, socket: str | None = None) -> Sequence[SubscriptionState]:
        """List the subscriptions of one event (newest first) or of all events (events by id).

        With `socket`, list only the subscriptions of that socket, in any of its spellings; none if it cannot be parsed.
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
        """Raise an event. The record holds the serial and each delivery; None when a server does not tell.

        raises UnknownEventError, NestingError, ReadOnlyError.
        """
        ...

    async def test_subscriber(self, event: str, socket: str, params: Params) -> SubscriberTest:
        """Send one notification to one subscriber alone, and wait some seconds until it is settled.

        raises UnknownEventError, NoSubscriberError, BadSocketError, ReadOnlyError, UnsupportedError.
        """
        ...

    async def report_delivery(self, event: str, socket: str = "") -> DeliveryReport:
        """Say why a socket got an event or did not; without one, that whose subscription to it changed last.

        What a server does not tell is `not told`. raises UnknownEventError, UnknownSchemeError, BadSocketError.
        """
        ...

    async def watch(self, events: Sequence[str] = ()) -> Watch:
        """Follow all records from now on, or only those of the named events or wildcards."""
        ...
