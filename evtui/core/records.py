"""What happened, as values: a closed union that the engine writes and everyone else reads.

A raise and all its deliveries on the direct carriers are ONE record (`Raised`), so that the cost of a raise does not
grow with a record per subscriber; `Raised.deliveries()` spells them out for whoever shows them.
"""

from collections.abc import Iterator
from typing import TypeAlias

from msgspec import Struct

from evtui.core.values import Params, Socket, Subscription


class Run(Struct, frozen=True):
    """Neighbouring subscribers that are served by one call: same carrier, same codec, in delivery order."""

    sockets: tuple[Socket, ...]
    codec: int
    """Place of this run's payload in `Raised.payloads`."""


class Plan(Struct, frozen=True):
    """Whom a raise of one event serves, newest first; made when its subscriptions change, then shared by its raises."""

    codecs: tuple[str, ...] = ()
    runs: tuple[Run, ...] = ()
    size: int = 0
    """How many subscribers all runs have."""


class Failure(Struct, frozen=True):
    """One subscriber of a raise that did not get it."""

    run: int
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
    """Seconds from the raise to the carrier's answer."""
    error: str | None = None


class Raised(Struct, frozen=True, gc=False):
    """An event was raised, and what became of it on the direct carriers."""

    serial: int
    at: float
    """Wall seconds."""
    event: str
    params: Params
    plan: Plan
    payloads: tuple[bytes, ...]
    """The bytes sent, one for each of `plan.codecs`."""
    latencies: tuple[float, ...]
    """Seconds from the raise until each of `plan.runs` was sent."""
    failures: tuple[Failure, ...] = ()

    @property
    def subscribers(self) -> int:
        """Count the subscribers it went to."""
        return self.plan.size

    def deliveries(self) -> Iterator[Delivery]:
        """Spell out one Delivery a subscriber, in the order they were served."""
        failed = {(failure.run, failure.place): failure.reason for failure in self.failures}
        for number, run in enumerate(self.plan.runs):
            codec, payload = self.plan.codecs[run.codec], self.payloads[run.codec]
            for place, socket in enumerate(run.sockets):
                yield Delivery(
                    self.serial, self.at, self.event, self.params, socket, codec, payload,
                    self.latencies[number], failed.get((number, place)),
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


Record: TypeAlias = Raised | Published | Subscribed | Refreshed | Unsubscribed | Expired | Dropped
