"""A backend that remembers what was subscribed through it, so that it can be offered again after a restart."""

import math
from collections.abc import Sequence
from typing import Final, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from evtui.core.delivery_report import DeliveryReport
from evtui.core.fleet_port import Fleet, ServerRequests
from evtui.core.ports import Backend, Clock, EventState, Status, SubscriptionState, Watch
from evtui.core.records import Raised, SubscriberTest
from evtui.core.values import Params, Subscription

MAX_REMEMBERED: Final = 1000
"""Subscriptions that are remembered; of more, those that were made first are forgotten."""


Listed: TypeAlias = frozenset[tuple[str, str, str]]
"""Event, socket and server of subscriptions, as the backend lists them."""


class OwnSubscription(Struct, frozen=True):
    """One request to subscribe, with the socket as it was typed, which a list may show in another way."""

    event: str
    """A name or a wildcard."""
    socket: str
    until: float
    """The monotonic second at which it ends."""
    listed: Listed
    """The subscriptions that it made."""
    server: str = ""
    """The server of a fleet that was asked alone; empty when all were, and where there is one server."""

    def left(self, now: float) -> int:
        """Return the seconds it has left, rounded up; 0 when it has ended."""
        return max(0, math.ceil(self.until - now))


class RememberingBackend:
    """Passes everything on to a backend; satisfies `core.ports.Backend`. `clock` is monotonic."""

    def __init__(self, backend: Backend, clock: Clock) -> None:
        self._backend = backend
        self._clock = clock
        self._own: dict[tuple[str, str, str], OwnSubscription] = {}
        self.fleet: Fleet | None = None
        """The servers that are shown as one; None where there is one server."""

    def missing(self, states: Sequence[SubscriptionState]) -> tuple[OwnSubscription, ...]:
        """Return what was subscribed here, has not ended, and is not listed any more."""
        now = self._clock()
        listed = _listed([state.subscription for state in states])
        return tuple(own for own in self._own.values() if own.left(now) and not own.listed <= listed)

    def at(self, server: str) -> ServerRequests:
        """Return the requests to one server of a fleet; what is subscribed there is remembered too.

        raises UnknownServerError.
        """
        return self if self.fleet is None or not server else _RememberedRequests(self, self.fleet.at(server), server)

    async def status(self) -> Status:
        """Describe the backend."""
        return await self._backend.status()

    async def events(self) -> Sequence[EventState]:
        """List the catalogue."""
        return await self._backend.events()

    async def subscriptions(self, event: str | None = None, socket: str | None = None) -> Sequence[SubscriptionState]:
        """List the subscriptions."""
        return await self._backend.subscriptions(event, socket)

    async def subscribe(self, event: str, socket: str, expire: int | None = None) -> tuple[Subscription, ...]:
        """Subscribe, refresh or end a socket, and remember it or forget it."""
        made = await self._backend.subscribe(event, socket, expire)
        self.note(event, socket, expire, made)
        return made

    def note(self, event: str, socket: str, expire: int | None, made: Sequence[Subscription], server: str = "") -> None:
        """Take note of what was subscribed, refreshed or ended; at one server of a fleet, when it has a name."""
        listed = _listed(made)
        if expire == 0:
            self._forget(listed)
        elif expire is not None and listed:
            self._remember(OwnSubscription(event, socket, self._clock() + expire, listed, server))

    async def raise_event(self, event: str, params: Params) -> Raised | None:
        """Raise an event."""
        return await self._backend.raise_event(event, params)

    async def test_subscriber(self, event: str, socket: str, params: Params) -> SubscriberTest:
        """Send one notification to one subscriber alone."""
        return await self._backend.test_subscriber(event, socket, params)

    async def report_delivery(self, event: str, socket: str = "") -> DeliveryReport:
        """Say why a socket got an event or did not."""
        return await self._backend.report_delivery(event, socket)

    async def watch(self, events: Sequence[str] = ()) -> Watch:
        """Follow the records."""
        return await self._backend.watch(events)

    def _remember(self, new: OwnSubscription) -> None:
        for key, own in self._own.items():
            if own.event == new.event and own.listed == new.listed:  # a renewal names the socket as it is listed
                self._own[key] = replace(own, until=new.until)
                return
        if len(self._own) >= MAX_REMEMBERED:
            del self._own[next(iter(self._own))]
        self._own[new.event, new.socket, new.server] = new

    def _forget(self, ended: Listed) -> None:
        for key, own in tuple(self._own.items()):
            left = own.listed - ended
            if not left:
                del self._own[key]
            elif left != own.listed:
                self._own[key] = replace(own, listed=left)


class _RememberedRequests:
    """The requests to one server of a fleet."""

    def __init__(self, backend: RememberingBackend, requests: ServerRequests, server: str) -> None:
        self._backend = backend
        self._requests = requests
        self._server = server

    async def subscribe(self, event: str, socket: str, expire: int | None = None) -> tuple[Subscription, ...]:
        """Subscribe, refresh or end a socket, and remember it or forget it."""
        made = await self._requests.subscribe(event, socket, expire)
        self._backend.note(event, socket, expire, made, self._server)
        return made

    async def raise_event(self, event: str, params: Params) -> Raised | None:
        """Raise an event."""
        return await self._requests.raise_event(event, params)

    async def test_subscriber(self, event: str, socket: str, params: Params) -> SubscriberTest:
        """Send one notification to one subscriber alone."""
        return await self._requests.test_subscriber(event, socket, params)

    async def report_delivery(self, event: str, socket: str = "") -> DeliveryReport:
        """Say why a socket got an event or did not."""
        return await self._requests.report_delivery(event, socket)


def _listed(made: Sequence[Subscription]) -> Listed:
    return frozenset((each.event, str(each.socket), each.server) for each in made)
