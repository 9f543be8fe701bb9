"""Records: everything that happens in an engine, as values. The engine writes them, all others only read them.

A raise and all its deliveries are ONE record (`Raised`), so that a raise does not cost a record for each subscriber;
`Raised.deliveries()` lists the deliveries one by one. For a queued transport, that record says that the notification
was queued; one `Settled` says later how the delivery ended. `Retrying` reports a failed attempt that is tried again.
"""

from collections.abc import Iterator
from typing import Final, Literal, TypeAlias, assert_never

from msgspec import Struct

from evtui.core.values import Params, Socket, Subscription

TEST_PARAMS: Final = Params(("test",), ("evtui",))
"""What a test notification holds when nothing else is asked for."""


class DispatchGroup(Struct, frozen=True, gc=False):
    """Neighbouring subscribers that one call serves: same transport, same codec, in the order of delivery."""

    sockets: tuple[Socket, ...]
    codec: int
    """Place of this group's payload in `Raised.payloads`."""
    queued: bool = False
    """Whether the raise only queued it: a `Settled` of the same serial and socket says later how it ended."""


class DispatchPlan(Struct, frozen=True, gc=False):
    """Whom a raise of one event serves. All raises share it until the subscriptions of the event change.

    First the subscribers that are served in place, newest first, then those with a queue, newest first.
    """

    codecs: tuple[str, ...] = ()
    groups: tuple[DispatchGroup, ...] = ()
    size: int = 0
    """The number of subscribers in all groups."""
    queued: int = 0
    """The number of subscribers with a queue."""

    def place_of(self, socket: Socket) -> tuple[int, int] | None:
        """Return the number of a socket's group and its place there; None when it is not served."""
        for number, group in enumerate(self.groups):
            if socket in group.sockets:
                return number, group.sockets.index(socket)
        return None


NO_SUBSCRIBERS: Final = DispatchPlan()
"""The plan of a raise without subscribers."""


class Failure(Struct, frozen=True, gc=False):
    """One failed delivery of a raise: the subscriber at `place` in the dispatch group number `group`."""

    group: int
    place: int
    reason: str
    """Short and stable: `ECONNREFUSED: Connection refused`."""


class Delivery(Struct, frozen=True, gc=False):
    """One notification to one subscriber, as the stream shows it."""

    serial: int
    at: float
    """Wall seconds."""
    event: str
    params: Params
    socket: Socket
    codec: str
    payload: bytes
    latency: float
    """Seconds from the raise until it was sent; 0.0 when it was only queued, NaN when a server does not tell."""
    error: str | None = None
    queued: bool = False
    """Whether it was queued: a `Settled` says later how it ended."""


class Raised(Struct, frozen=True, gc=False):
    """An event was raised: its deliveries on direct transports, and the subscribers it was queued for."""

    serial: int
    at: float
    """Wall seconds."""
    event: str
    params: Params
    plan: DispatchPlan
    payloads: tuple[bytes, ...]
    """The bytes sent, one for each of `plan.codecs`."""
    latencies: tuple[float, ...]
    """Seconds from the raise until each of `plan.groups` was sent; 0.0 for a queued one, NaN when a server does not
    tell."""
    failures: tuple[Failure, ...] = ()
    is_test: bool = False
    """Whether it is a test notification to one subscriber: the event was not raised, and nothing counts it as that."""
    server: str = ""
    """The server of a fleet that raised it; empty where there is one server, as in the records below."""

    @property
    def subscribers(self) -> int:
        """Count the subscribers it went to."""
        return self.plan.size

    def deliveries(self) -> Iterator[Delivery]:
        """List one Delivery for each subscriber, in the order they were served."""
        failed = {(failure.group, failure.place): failure.reason for failure in self.failures}
        for number, group in enumerate(self.plan.groups):
            codec, payload = self.plan.codecs[group.codec], self.payloads[group.codec]
            for place, socket in enumerate(group.sockets):
                yield Delivery(
                    self.serial, self.at, self.event, self.params, socket, codec, payload,
                    self.latencies[number], failed.get((number, place)), group.queued,
                )  # fmt: skip


class Published(Struct, frozen=True, gc=False):
    """A dynamic event was published."""

    at: float
    event: str
    server: str = ""


class Subscribed(Struct, frozen=True, gc=False):
    """A subscription was made."""

    at: float
    subscription: Subscription


class Refreshed(Struct, frozen=True, gc=False):
    """A subscription was refreshed: its expiry begins anew, its place and counters stay."""

    at: float
    subscription: Subscription


class Unsubscribed(Struct, frozen=True, gc=False):
    """A subscription was ended by a request: by its subscriber (expire 0) or by a user."""

    at: float
    subscription: Subscription
    by: str = ""
    """Who asked for it, in words; empty when that is not known."""


class Expired(Struct, frozen=True, gc=False):
    """A subscription reached its deadline."""

    at: float
    subscription: Subscription


RefusalCause: TypeAlias = Literal["nested", "read-only", "bad parameters", "unknown event", "not a notification"]
"""Why a raise was refused: too many raises inside each other; nothing may be changed; its parameters cannot be read;
no such event is published; what arrived from a broker is not a notification."""


class Refused(Struct, frozen=True, gc=False):
    """A raise was refused; it served no subscriber."""

    at: float
    event: str
    """Its name as it was asked for; empty when it cannot be read."""
    params: Params
    reason: str
    """What is wrong, in words."""
    cause: RefusalCause = "nested"
    server: str = ""


Outcome: TypeAlias = Literal["sent", "acknowledged", "failed", "dropped"]
"""How a queued notification ends: sent to a peer that does not acknowledge, acknowledged by the peer, failed (after all
retries, or refused by the peer), or dropped by a bound (count, bytes, age) or at shutdown."""


class Settled(Struct, frozen=True, gc=False):
    """A queued notification for one subscriber is settled."""

    serial: int
    at: float
    """Wall seconds."""
    event: str
    socket: Socket
    outcome: Outcome
    latency: float
    """Seconds from the raise to the end, also over a restart."""
    attempt: int = 1
    """The number of attempts; 0 when there was none."""
    reason: str | None = None
    """Why it failed or was dropped: short and stable."""
    is_test: bool = False
    """Whether it was a test notification."""


class SubscriberTest(Struct, frozen=True):
    """What became of a test notification to one subscriber while it was waited for."""

    event: str
    socket: Socket
    serial: int
    outcome: Outcome | Literal["queued"]
    """`queued`: it still waits in the queue of the subscriber."""
    latency: float | None = None
    """Seconds that it took, None while it waits."""
    reason: str | None = None
    """Why it failed or was dropped; of one that waits, why the last attempt failed."""


class Retrying(Struct, frozen=True, gc=False):
    """An attempt at a destination failed; its notifications are tried again, in order, after a pause."""

    at: float
    event: str
    """The event of the first notification that is tried again."""
    socket: Socket
    """The destination: the socket of a subscriber, or of a branch of a multicast."""
    first: int
    """The serials of the first and last notification of the attempt that are tried again."""
    last: int
    queued: int
    """The number of notifications in the outbox, these included."""
    attempt: int
    """The number of failed attempts in a row."""
    reason: str
    pause: float
    """Seconds until the next attempt."""


class Restarted(Struct, frozen=True, gc=False):
    """The watched server was started again. It has lost its subscriptions; the watch is subscribed again."""

    at: float
    """Wall seconds."""
    hole: float
    """The seconds before `at` of which notifications may be missing."""
    server: str = ""


Record: TypeAlias = (
    Settled | Retrying | Raised | Published | Subscribed | Refreshed | Unsubscribed | Expired | Refused | Restarted
)


RaiseKey: TypeAlias = tuple[str, int]
"""What tells a raise from all others: the server of a fleet, and its serial there."""


def raise_key(record: Raised | Settled) -> RaiseKey:
    """Return the key of the raise that a record is, or that it is about."""
    return (record.server if isinstance(record, Raised) else record.socket.server), record.serial


def event_of(record: Record) -> str:
    """Name the event that a record is about; empty when it is about the server."""
    match record:
        case Raised() | Published() | Refused() | Settled() | Retrying():
            return record.event
        case Subscribed() | Refreshed() | Unsubscribed() | Expired():
            return record.subscription.event
        case Restarted():
            return ""
        case _:
            assert_never(record)


def server_of(record: Record) -> str:
    """Name the server of a fleet where a record happened; empty where there is one server."""
    match record:
        case Raised() | Published() | Refused() | Restarted():
            return record.server
        case Settled() | Retrying():
            return record.socket.server
        case Subscribed() | Refreshed() | Unsubscribed() | Expired():
            return record.subscription.server
        case _:
            assert_never(record)
