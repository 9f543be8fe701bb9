"""What happened, as values: a closed union that the engine writes and everyone else reads.

A raise and all its deliveries on the direct transports are ONE record (`Raised`), so that the cost of a raise does not
grow with a record per subscriber; `Raised.deliveries()` spells them out for whoever shows them. On a transport that
waits the same record says that the notification was queued, and one `Settled` says later how each of them ended;
`Retrying` tells of a destination that has to be tried again.
"""

from collections.abc import Iterator
from typing import Literal, TypeAlias

from msgspec import Struct

from evtui.core.values import Params, Socket, Subscription


class DispatchGroup(Struct, frozen=True):
    """Neighbouring subscribers that are served by one call: same transport, same codec, in delivery order."""

    sockets: tuple[Socket, ...]
    codec: int
    """Place of this group's payload in `Raised.payloads`."""
    queued: bool = False
    """Whether the raise only queued it: a `Settled` of the same serial and socket says later what became of it."""


class DispatchPlan(Struct, frozen=True):
    """Whom a raise of one event serves; made when its subscriptions change, then shared by its raises.

    First those served in place, newest first, then those that wait in an outbox, newest first.
    """

    codecs: tuple[str, ...] = ()
    groups: tuple[DispatchGroup, ...] = ()
    size: int = 0
    """How many subscribers all groups have."""
    queued: int = 0
    """How many of them wait in an outbox."""


class Failure(Struct, frozen=True):
    """One subscriber of a raise that did not get it."""

    group: int
    place: int
    reason: str
    """Short and stable: `ECONNREFUSED: Connection refused`."""


class Delivery(Struct, frozen=True):
    """One notification to one subscriber, as a stream shows it."""

    serial: int
    at: float
    """Wall seconds."""
    event: str
    params: Params
    socket: Socket
    codec: str
    payload: bytes
    latency: float
    """Seconds from the raise to the transport's answer; 0.0 for one that was only queued."""
    error: str | None = None
    queued: bool = False
    """Whether it was queued: how it ended stands in a `Settled`."""


class Raised(Struct, frozen=True, gc=False):
    """An event was raised, what became of it on the direct transports, and for whom it was queued."""

    serial: int
    at: float
    """Wall seconds."""
    event: str
    params: Params
    plan: DispatchPlan
    payloads: tuple[bytes, ...]
    """The bytes sent, one for each of `plan.codecs`."""
    latencies: tuple[float, ...]
    """Seconds from the raise until each of `plan.groups` was sent; 0.0 for one that waits."""
    failures: tuple[Failure, ...] = ()

    @property
    def subscribers(self) -> int:
        """Count the subscribers it went to."""
        return self.plan.size

    def deliveries(self) -> Iterator[Delivery]:
        """Spell out one Delivery a subscriber, in the order they were served."""
        failed = {(failure.group, failure.place): failure.reason for failure in self.failures}
        for number, group in enumerate(self.plan.groups):
            codec, payload = self.plan.codecs[group.codec], self.payloads[group.codec]
            for place, socket in enumerate(group.sockets):
                yield Delivery(
                    self.serial, self.at, self.event, self.params, socket, codec, payload,
                    self.latencies[number], failed.get((number, place)), group.queued,
                )  # fmt: skip


class Published(Struct, frozen=True):
    """A dynamic event joined the catalogue."""

    at: float
    event: str


class Subscribed(Struct, frozen=True):
    """A new subscription."""

    at: float
    subscription: Subscription


class Refreshed(Struct, frozen=True):
    """A subscription was subscribed again: new time, same place."""

    at: float
    subscription: Subscription


class Unsubscribed(Struct, frozen=True):
    """A subscription was ended by its subscriber (expire 0) or by hand."""

    at: float
    subscription: Subscription


class Expired(Struct, frozen=True):
    """A subscription's time ran out."""

    at: float
    subscription: Subscription


class Dropped(Struct, frozen=True):
    """A raise that served nobody because it was refused (nested too deep)."""

    at: float
    event: str
    params: Params
    reason: str


Outcome: TypeAlias = Literal["sent", "acknowledged", "failed", "dropped"]
"""How a queued notification ends: handed to a peer that does not answer, confirmed by the peer, given up after trying
(or refused by the peer), or thrown away untried (too many, too old, shut down)."""


class Settled(Struct, frozen=True, gc=False):
    """A queued notification came to its end at one subscriber."""

    serial: int
    at: float
    """Wall seconds."""
    event: str
    socket: Socket
    outcome: Outcome
    latency: float
    """Seconds from the raise (after a restart: from when it was taken out of the spool)."""
    attempt: int = 1
    """How many times it was tried; 0 when it never was."""
    reason: str | None = None
    """Why it failed or was dropped: short and stable."""


class Retrying(Struct, frozen=True):
    """A destination could not be served; what was on its way goes again, in order, after a pause."""

    at: float
    event: str
    """The event of the first notification that is held up."""
    socket: Socket
    """The destination: a subscriber's socket, or one member of a virtual one."""
    first: int
    """Serials of the first and last notification that were tried."""
    last: int
    waiting: int
    """How many wait in the outbox, those included."""
    attempt: int
    """Which attempt failed, from 1."""
    reason: str
    pause: float
    """Seconds until the next attempt."""


Record: TypeAlias = Settled | Retrying | Raised | Published | Subscribed | Refreshed | Unsubscribed | Expired | Dropped
